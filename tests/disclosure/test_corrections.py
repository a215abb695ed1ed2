"""An exact figure that is corrected, and the sums that follow; a rounded one never is: by tables worked out by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from safer_kpi.disclosure.protect import Count, Published, protect
from safer_kpi.disclosure.rule import Rule
from safer_kpi.errors import CheckFailed, NotFound, UsageError
from tests.disclosure.tables import KEY, OWN, count, figures, place, published, quarter, rolling, rule, year

FIRST, SECOND, THIRD = "2024-25-Q4.public.1", "2025-26-Q1.public.1", "2025-26-Q1.public.2"
METRIC = "1a.m"
#: 460 in the year: 100 + 110 + 120 + 130.
QUARTERS = [count(100 + 10 * number, quarter(number)) for number in range(4)]
YEAR = [*QUARTERS, count(460, year(0)), count(460, rolling(3))]
#: The second quarter has 113 by now.
LATER = [count(113, quarter(1)) if row.period == quarter(1) else row for row in YEAR]
BY_AUTHORITY = rule()


def corrected(
    *wanted: tuple[str, str],
    frozen: Iterable[Published],
    counts: Iterable[Count] = tuple(LATER),
    rules: Mapping[str, Rule] = BY_AUTHORITY,
    edition: str = SECOND,
) -> list[Published]:
    return protect(
        counts=counts, labels=(), frozen=frozen, rules=rules, place=place(()), key=KEY,
        release_id=edition.split(".", maxsplit=1)[0], edition=edition, corrections=wanted,
    )  # fmt: skip


def test_a_corrected_quarter_and_the_sums_it_is_in() -> None:
    rows = published(YEAR, rule())
    # Nothing is corrected unasked.
    assert corrected(frozen=rows) == rows
    later = corrected((METRIC, "2023-24-Q2"), frozen=rows)
    # 100 + 113 + 120 + 130 = 463
    assert figures(later) == {
        (OWN, "2023-24-Q1"): (100, "exact"),
        (OWN, "2023-24-Q2"): (113, "exact"),
        (OWN, "2023-24-Q3"): (120, "exact"),
        (OWN, "2023-24-Q4"): (130, "exact"),
        (OWN, "2023-24"): (463, "summed"),
        (OWN, "2024-03-R12"): (463, "summed"),
    }
    said = {row.period.label: (row.release_id, row.edition, row.corrects) for row in later}
    assert said["2023-24-Q1"] == ("2024-25-Q4", FIRST, None)
    assert said["2023-24-Q2"] == said["2023-24"] == said["2024-03-R12"] == ("2025-26-Q1", SECOND, FIRST)
    # The next edition reads both, and carries the corrected one; corrected back, it says whom it corrects.
    assert corrected(frozen=[*rows, *later], counts=YEAR, edition=THIRD) == later
    back = corrected((METRIC, "2023-24-Q2"), frozen=[*rows, *later], counts=YEAR, edition=THIRD)
    assert figures(back) == figures(rows)
    assert {row.corrects for row in back if row.edition == THIRD} == {SECOND}
    assert corrected(frozen=[*rows, *later, *back], counts=YEAR, edition="2025-26-Q2.public.1") == back


def test_a_year_after_the_correction_is_the_sum_of_corrected_quarters() -> None:
    rows = published(QUARTERS, rule())
    later = corrected((METRIC, "2023-24-Q2"), frozen=rows)
    assert figures(later)[OWN, "2023-24"] == (463, "summed")
    assert {row.period.label: row.corrects for row in later}["2023-24"] is None


def test_metrics_that_are_equal_are_corrected_together() -> None:
    rules = rule(sums_to="1a.n") | rule("1a.n")
    both = [replace(row, metric_id=name) for row in QUARTERS for name in (METRIC, "1a.n")]
    rows = published(both, rules)
    moved = [replace(row, value=113) if row.period == quarter(1) else row for row in both]
    # Asked for once or twice, each is corrected once.
    for wanted in ([("1a.n", "2023-24-Q2")], [("1a.n", "2023-24-Q2"), (METRIC, "2023-24-Q2")]):
        later = corrected(*wanted, counts=moved, rules=rules, frozen=rows)
        assert figures(later)[OWN, "2023-24-Q2"] == figures(later, metric="1a.n")[OWN, "2023-24-Q2"] == (113, "exact")


def test_a_whole_that_is_the_sum_of_an_exact_and_a_rounded_part_follows() -> None:
    rules = rule("1a.w", periods=("quarter",))
    rules |= rule("1a.a", sums_to="1a.w", periods=("quarter",)) | rule("1a.b", sums_to="1a.w", periods=("quarter",))
    counts = [count(4, quarter(0), metric="1a.a"), count(100, quarter(0), metric="1a.b")]
    counts += [count(104, quarter(0), metric="1a.w")]
    rows = published(counts, rules)
    small = figures(rows, metric="1a.a")[OWN, "2023-24-Q1"][0]
    assert figures(rows, metric="1a.w")[OWN, "2023-24-Q1"] == (100 + small, "summed")
    moved = [replace(row, value=row.value + 3) if row.metric_id != "1a.a" else row for row in counts if row.value]
    later = corrected(("1a.b", "2023-24-Q1"), counts=moved, rules=rules, frozen=rows)
    assert figures(later, metric="1a.a") == figures(rows, metric="1a.a")
    assert figures(later, metric="1a.b")[OWN, "2023-24-Q1"] == (103, "exact")
    assert figures(later, metric="1a.w")[OWN, "2023-24-Q1"] == (103 + small, "summed")


def test_what_is_never_corrected() -> None:
    rows = published(YEAR, rule())
    with pytest.raises(UsageError, match="is the sum of other published figures"):
        corrected((METRIC, "2023-24"), frozen=rows)
    with pytest.raises(UsageError, match="is what the release certifies"):
        corrected((METRIC, "2023-24-Q1"), frozen=rows)
    for metric, period in ((METRIC, "2022-23-Q1"), ("1a.open", "2023-24-Q1")):
        with pytest.raises(NotFound, match="No public edition has a protected figure"):
            corrected((metric, period), frozen=rows)
    other = [replace(row, definition_version=2) for row in LATER]
    with pytest.raises(UsageError, match="by another version of its definition"):
        corrected((METRIC, "2023-24-Q2"), counts=other, frozen=rows)
    with pytest.raises(CheckFailed, match="has no final count"):
        corrected((METRIC, "2023-24-Q2"), counts=YEAR[2:], frozen=rows)
    small = [count(9, quarter(1)) if row.period == quarter(1) else row for row in YEAR]
    with pytest.raises(CheckFailed, match="may not be exact any more"):
        corrected((METRIC, "2023-24-Q2"), counts=small, frozen=rows)


def test_a_rounded_figure_is_never_corrected() -> None:
    rows = published([count(4, quarter(0))], rule())
    with pytest.raises(UsageError, match="a rounded figure is never corrected") as refused:
        corrected((METRIC, "2023-24-Q1"), counts=[count(300, quarter(0))], frozen=rows)
    assert "300" not in str(refused.value)


@pytest.mark.parametrize(("how", "corrects"), [("exact", None), ("exact", THIRD), ("rounded", FIRST)])
def test_a_second_figure_that_corrects_nothing_stops_the_edition(how: str, corrects: str | None) -> None:
    rows = [replace(row, how=how) for row in published(QUARTERS[:1], rule())]
    again = replace(rows[0], figure=105, edition=SECOND, corrects=corrects)
    with pytest.raises(CheckFailed, match="give different figures for one cell"):
        corrected(counts=[], frozen=[*rows, again])


def test_the_figure_before_a_correction_does_not_come_back() -> None:
    rows = published(YEAR, rule())
    later = corrected((METRIC, "2023-24-Q2"), frozen=rows)
    with pytest.raises(CheckFailed, match=f"The editions {SECOND} and {FIRST} give different figures"):
        corrected(counts=[], frozen=[*rows, *later, *rows])
