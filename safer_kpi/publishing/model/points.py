"""The main points of a report and the questions that its figures raise, each with a link to its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.statements.wording import count, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from safer_kpi.publishing.facts import Facts, Key
    from safer_kpi.publishing.model.score import Score
    from safer_kpi.publishing.model.scorecard import KpiLine, PriorityLines

MOST_POINTS = 6
MOST_QUESTIONS = 5
_WORSE = "worse, by more than chance explains. What is known of the reasons, and what is being done?"
_BETTER = "better, by more than chance explains. What helped, and can it be kept up?"
_BROKEN = "cannot be compared with the year before. What changed in how it is counted or asked?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A sentence, or a few, with a link to the page that shows the evidence.

    Attributes:
        text: the sentence; ``leads`` says that the words of the link stand before it.
        page, link: the page, and the words that link to it.
        of: the number it is about; None if it is about several.
    """

    text: str
    page: str
    link: str
    leads: bool = False
    of: Key | None = None


def points(facts: Facts, card: Sequence[PriorityLines]) -> tuple[Point, ...]:
    """Return at most six main points: worse, better, what has no figure, what changed, what is not measured.

    Of several measures of one KPI that stand alike, the first in the strategy's order speaks for all.
    """
    last = [*_revised(facts), *_gaps(card)]
    first = _first_of_each(card)
    found = [
        *(_of(line) for line in _standing(card, "worse")),
        *(_of(line) for line in _standing(card, "better")),
        *(_of(line) for line in _lacking(card)),
        *(_of(line) for line in first if line.judgement.kind == "same"),
        *(_of(line) for line in first if line.judgement.kind in ("waiting", "unjudged") and line.figure),
    ]
    return (*found[: MOST_POINTS - len(last)], *last)


def _standing(card: Sequence[PriorityLines], kind: str) -> list[Score]:
    """Return of each KPI the first headline metric that is judged so."""
    return _first(card, lambda line: line.judgement.kind == kind)


def _lacking(card: Sequence[PriorityLines]) -> list[Score]:
    """Return of each KPI the first headline metric that has no figure."""
    return _first(card, lambda line: line.figure is None and line.number is not None)


def _first(card: Sequence[PriorityLines], holds: Callable[[Score], bool]) -> list[Score]:
    found: dict[str, Score] = {}
    for priority in card:
        for kpi in priority.kpis:
            one = next((line for line in kpi.scores if holds(line)), None)
            if one is not None:
                found.setdefault(one.metric.metric_id, one)
    return list(found.values())


def _first_of_each(card: Sequence[PriorityLines]) -> list[Score]:
    """Return the first headline metric of each KPI."""
    return _first(card, lambda _: True)


def _of(line: Score) -> Point:
    key = None if line.number is None else line.number.key
    return Point(
        text=_after_link(line.sentence), page=f"metrics/{line.page}", link=line.metric.title, leads=True, of=key
    )


def _after_link(sentence: str) -> str:
    """Return a sentence that goes on after the words of a link."""
    return f"{sentence[:1].lower()}{sentence[1:]}" if sentence.startswith("No figure") else sentence


def _revised(facts: Facts) -> list[Point]:
    if facts.explained is None:
        return []
    totals = facts.explained.totals
    if not totals.both:
        return []
    text = f"Of {totals.both:,} figures that the last report could show, {totals.revised:,} are different now."
    if not totals.revised:
        text = f"All {totals.both:,} figures that the last report could show are the same now."
    return [Point(text=text, page="changes.html", link="What changed since the last report, and why")]


def not_measured(card: Sequence[PriorityLines]) -> list[KpiLine]:
    """Return the KPIs of which nothing is measured."""
    return [line for priority in card for line in priority.kpis if not line.kpi.is_measured]


def _gaps(card: Sequence[PriorityLines]) -> list[Point]:
    gaps = not_measured(card)
    if not gaps:
        return []
    every = sum(len(priority.kpis) for priority in card)
    named = listed([line.kpi.kpi for line in gaps])
    verb = "is" if len(gaps) == 1 else "are"
    text = f"Of the {every} indicators, {len(gaps)} {verb} not measured: {named}."
    return [Point(text=text, page="quality.html#not-measured", link="What is missing, and who was asked")]


def tally(lines: Sequence[Score], one: str = "headline measure", many: str = "headline measures") -> str:
    """Return how many measures got better, got worse, and so on, as one sentence; ``one`` and ``many`` name them."""
    kinds = [line.judgement.kind for line in lines]
    told = [
        (kinds.count("better"), "got better by more than chance explains", ""),
        (kinds.count("worse"), "got worse by more than chance explains", ""),
        (kinds.count("same"), "shows no clear change", "show no clear change"),
        (sum(line.judgement.word == "Provisional" for line in lines), "is provisional", "are provisional"),
        (sum(line.figure is None for line in lines), "has no figure", "have no figure"),
        (kinds.count("unjudged"), "is shown without a judgement", "are shown without a judgement"),
    ]
    parts = [f"{number} {single if number == 1 or not plural else plural}" for number, single, plural in told if number]
    return f"Of {count(len(lines), one, many)}, {listed(parts)}." if parts else ""


def questions(facts: Facts, card: Sequence[PriorityLines]) -> tuple[Point, ...]:
    """Return at most five questions that the figures raise and cannot answer."""
    broken = _first(
        card, lambda line: line.figure is not None and not line.change.is_known and "break in" in line.change.words
    )
    asked = [
        *(_question(line, _WORSE) for line in _standing(card, "worse")),
        *(_question(line, f"no figure for {line.period}. When will the missing data come?") for line in _lacking(card)),
        *(_question(line, _BROKEN) for line in broken),
    ]
    if facts.explained is not None and facts.explained.totals.revised:
        asked.append(
            Point(
                text="Figures of the last report have changed. Does that change what was concluded then?",
                page="changes.html",
                link="What changed, and why",
            )
        )
    gaps = not_measured(card)
    if gaps:
        which = listed([line.kpi.kpi for line in gaps])
        asked.append(
            Point(
                text=f"Who will supply figures for {which}, and from when?",
                page="quality.html#not-measured",
                link="What is missing, and who was asked",
            )
        )
    rest = [_question(line, _BETTER) for line in _standing(card, "better")]
    return tuple([*asked, *rest][:MOST_QUESTIONS])


def _question(line: Score, asked: str) -> Point:
    key = None if line.number is None else line.number.key
    return Point(text=asked, page=f"metrics/{line.page}", link=line.metric.title, leads=True, of=key)
