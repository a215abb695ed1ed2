"""A whole report as a value: the facts of a release in words, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from safer_kpi.domain.periods import parse_period
from safer_kpi.publishing import words
from safer_kpi.publishing.model.commentary import SECTIONS, Commentary, require_true
from safer_kpi.publishing.model.metric_page import MetricPage, metric_page
from safer_kpi.publishing.model.people import PeopleTable, people_tables
from safer_kpi.publishing.model.points import Point, points, questions, tally
from safer_kpi.publishing.model.quality import Quality, quality
from safer_kpi.publishing.model.revised import Revised, revised
from safer_kpi.publishing.model.scorecard import KpiLine, PriorityLines, headlines, scorecard, scores
from safer_kpi.publishing.model.since_edition import SinceEdition, since_edition
from safer_kpi.publishing.model.ward_counts import WardCounts, ward_counts
from safer_kpi.publishing.model.wards import WardTable, ward_tables
from safer_kpi.publishing.protection import MARKS
from safer_kpi.reading.place import PUBLIC
from safer_kpi.statements.wording import day_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.publishing.facts import Facts, Metric, Signed
    from safer_kpi.publishing.model.data_file import DataFile
    from safer_kpi.publishing.model.score import Score


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Everything that a report says.

    Attributes:
        release: the release, and ``before`` that of the last report.
        area: the name of the partnership's own area, and ``area_code`` its code.
        period: the year or the quarter of the report, in words.
        known: up to when the data was known, in words.
        edition: who it is for: ``restricted`` or ``public``, and ``mark`` the same in words.
        points, tally, questions: the summary.
        card: the scorecard.
        gaps: the KPIs of which nothing is measured.
        pages: the page of each metric, by the order of the metrics.
        headlines: the pages of the headline metrics, in the order of the scorecard.
        ward_counts: of a public edition, the protected counts by ward.
        sources: of a public edition, what its data is, who sends it and how often.
        commentary: what named people say of it.
        since: of a public edition, what changed since the one before.
        data: the data files beside the pages.
    """

    kind: ClassVar[str] = "report"
    release: Signed
    before: Signed | None
    area: str
    area_code: str
    period: str
    known: str
    edition: str
    points: tuple[Point, ...]
    tally: str
    questions: tuple[Point, ...]
    card: tuple[PriorityLines, ...]
    gaps: tuple[KpiLine, ...]
    pages: tuple[MetricPage, ...]
    headlines: tuple[MetricPage, ...]
    wards: tuple[WardTable, ...]
    people: tuple[PeopleTable, ...]
    revised: Revised | None
    quality: Quality
    metrics: tuple[Metric, ...]
    commentary: Commentary
    ward_counts: tuple[WardCounts, ...] = ()
    sources: tuple[tuple[str, str, str], ...] = ()
    since: SinceEdition | None = None
    data: tuple[DataFile, ...] = ()

    @property
    def mark(self) -> str:
        """Who may read it."""
        return MARKS[self.edition]

    @property
    def is_public(self) -> bool:
        """Whether it is the report of a public edition."""
        return self.edition == PUBLIC


def report(facts: Facts, commentary: Commentary | None = None, *, sections: Sequence[str] = SECTIONS) -> Report:
    """Return the report that the facts of a release make, with what people say of it and of its ``sections``.

    Raises:
        UsageError: a comment is about nothing of the report.
        CheckFailed: a comment contradicts the release.
    """
    said = commentary or Commentary()
    lines: dict[str, Score] = scores(facts)
    require_true(said, lines, sections)
    card = scorecard(facts, lines)
    first = headlines(card)
    pages = {metric_id: metric_page(facts, line, lines) for metric_id, line in lines.items()}
    return Report(
        release=facts.release,
        before=facts.before,
        area=facts.area[1],
        area_code=facts.area[0],
        period=_period(facts.release.quarter),
        known=day_in_words(facts.release.known_at),
        edition=facts.edition,
        points=points(facts, card),
        tally=tally(first),
        questions=questions(facts, card),
        card=card,
        gaps=tuple(line for priority in card for line in priority.kpis if not line.kpi.is_measured),
        pages=tuple(pages.values()),
        headlines=tuple(pages[line.metric.metric_id] for line in first),
        wards=ward_tables(facts, lines),
        people=people_tables(facts, lines),
        revised=revised(facts),
        quality=quality(facts, first),
        metrics=tuple(facts.metrics.values()),
        commentary=said,
        ward_counts=ward_counts(facts, lines),
        sources=tuple((feed.title, feed.owner, feed.cadence) for feed in facts.feeds),
        since=since_edition(facts),
    )


def _period(quarter: str) -> str:
    """Return the period of a report in words: the year that a last quarter completes, else the quarter."""
    year, _, number = quarter.partition("-Q")
    if number == "4":
        return words.period(year, "year")
    found = parse_period(quarter, by="quarter")
    return words.period(found.label, "quarter")
