"""What a public edition says of the one before, from its own list of published figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from safer_kpi.domain.periods import PeriodType, parse_period
from safer_kpi.publishing.editions import PublishedPeriod
from safer_kpi.publishing.facts import Facts
from safer_kpi.publishing.model.report import report
from safer_kpi.publishing.model.since_edition import SinceEdition, since_edition
from safer_kpi.publishing.site.render import render
from tests.publishing import read_back
from tests.publishing.made import METRIC, RELEASE, facts

FIRST, SECOND, THIRD = (f"2024-25-Q{place}.public.1" for place in (1, 2, 3))


def published(
    period: str, edition: str, *, by: PeriodType = "quarter", figures: int = 3, **more: Any
) -> PublishedPeriod:
    given: dict[str, Any] = {"metric_id": METRIC.metric_id, "series": 1, "corrects": None, **more}
    start = parse_period(period, by=by).start
    return PublishedPeriod(period=period, period_type=by, start=start, edition=edition, figures=figures, **given)


def edition(own: str, before: str | None, *rows: PublishedPeriod) -> Facts:
    release = replace(RELEASE, publication_id=own, follows=before)
    return facts(release=release, published=rows, edition="public")


def told(own: str, before: str, *rows: PublishedPeriod) -> SinceEdition:
    found = since_edition(edition(own, before, *rows))
    assert found is not None
    return found


def test_a_first_edition_has_none_before_it() -> None:
    assert since_edition(edition(FIRST, None, published("2024-25-Q1", FIRST))) is None
    assert since_edition(facts()) is None, "a restricted report compares releases"


def test_new_periods_are_those_that_this_edition_published_first() -> None:
    # Of the third edition: a quarter with 3 figures and a year with 2; the first two editions published the others.
    found = told(
        THIRD,
        SECOND,
        published("2024-25-Q1", FIRST),
        published("2024-25-Q2", SECOND),
        published("2024-25-Q3", THIRD),
        published("2024-25", THIRD, by="year", figures=2),
    )
    assert found.before == SECOND
    assert found.new == ("Robbery: October to December 2024 and April 2024 to March 2025 (5 figures).",)
    assert (found.corrected, found.series, found.gone) == ((), "", "")


def test_many_new_periods_are_counted() -> None:
    quarters = [published(f"{year}-{year - 1999}-Q{place}", SECOND) for year in (2022, 2023) for place in (1, 2, 3)]
    found = told(SECOND, FIRST, published("2021-22-Q1", FIRST), *quarters)
    assert found.new == (
        "Robbery: 6 periods, the first April to June 2022 and the last October to December 2023 (18 figures).",
    )


def test_a_correction_names_the_edition_that_published_the_figure() -> None:
    row = published("2024-25-Q1", SECOND, corrects=FIRST, figures=1)
    assert told(SECOND, FIRST, row).corrected == (
        f"Robbery, April to June 2024: published in {FIRST}, corrected in this edition.",
    )
    assert told(THIRD, SECOND, row) == SinceEdition(before=SECOND, new=(), corrected=(), series="", gone="")


def test_a_new_series_and_a_measure_that_is_not_published_any_more() -> None:
    rows = [
        published("2024-25-Q4", FIRST),
        published("2024-25-Q4", FIRST, metric_id="1a.gone"),
        published("2025-26-Q1", SECOND, series=2),
    ]
    found = told(SECOND, FIRST, *rows)
    assert found.series.startswith(
        "A new series begins with April to June 2025: its figures are rounded with a new key"
    )
    assert found.gone.startswith("1 measure of earlier editions is not published any more.")
    later = told(THIRD, SECOND, *rows, published("2025-26-Q2", THIRD, series=2))
    assert later.series == "", "the series began in the edition before"


def test_the_page_says_it() -> None:
    given = edition(SECOND, FIRST, published("2024-25-Q1", FIRST), published("2024-25-Q2", SECOND, figures=1))
    text = " ".join(read_back.parse(render(report(given))["changes.html"]).text().split())
    assert f"The edition before this one is {FIRST}." in text
    assert "Protected figures that are new Robbery: July to September 2024 (1 figure)." in text
    assert "No protected figure was corrected." in text
