"""A figure is published once, when its count is final, and kept: by tables worked out by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from safer_kpi.disclosure.protect import Published, changes_since
from safer_kpi.errors import CheckFailed
from tests.disclosure.tables import OWN, count, figures, of_wards, published, quarter, rolling, rule, wards, year

LATER = "2025-26-Q1.public.1"
#: Eighteen wards of 20 offences each and 3 elsewhere: 363, so quarters are exact and every ward's figure is rounded.
MANY = dict.fromkeys(wards(18), 20)
WHOLE = 18 * 20 + 3
BY_WARD = rule(grain="ward")


def first() -> list[Published]:
    return published(of_wards(MANY, quarter(0), whole=WHOLE), BY_WARD, wards=MANY)


@pytest.mark.parametrize(("before", "after"), [(0, 5), (5, 0), (5, 6), (6, 5), (1, 9), (14, 15)])
def test_a_count_that_moves_is_not_published_again(before: int, after: int) -> None:
    """Restricted counts move between releases; whatever they move by, the ward keeps its one figure."""
    values = MANY | {"W01": before}
    rows = published(of_wards(values, quarter(0), whole=1000), BY_WARD, wards=MANY)
    (shown,) = (row for row in rows if row.area_code == "W01")
    assert (shown.how, shown.figure % 5, abs(shown.figure - before) <= 4) == ("rounded", 0, True)
    moved = of_wards(values | {"W01": after}, quarter(0), whole=1000 + after - before)
    assert published(moved, BY_WARD, wards=MANY, frozen=rows, edition=LATER) == rows


def test_the_same_counts_give_the_same_figures_and_another_key_gives_others() -> None:
    counts = of_wards(MANY, quarter(0), whole=WHOLE)
    assert published(reversed(counts), BY_WARD, wards=MANY) == first()
    other = published(counts, BY_WARD, wards=MANY, key=bytes(32))
    assert figures(other)[OWN, "2023-24-Q1"] == (WHOLE, "exact")
    # 20 is shown as 20 under each offset; 3 elsewhere and these 19 do not
    odd = of_wards(dict.fromkeys(wards(18), 22), quarter(0), whole=WHOLE + 100)
    assert published(odd, BY_WARD, wards=MANY) != published(odd, BY_WARD, wards=MANY, key=bytes(32))


def test_what_is_not_final_is_published_once_it_is() -> None:
    open_quarter = [replace(row, value=None) for row in of_wards(MANY, quarter(1), whole=WHOLE)]
    rows = published([*of_wards(MANY, quarter(0), whole=WHOLE), *open_quarter], BY_WARD, wards=MANY)
    assert {row.period.label for row in rows} == {"2023-24-Q1"}
    one_open = [*of_wards(MANY, quarter(1), whole=WHOLE)]
    one_open[0] = replace(one_open[0], value=None)
    # one ward is not final: no ward and no elsewhere, from which it would follow, nor the authority's exact figure
    later = published(one_open, BY_WARD, wards=MANY, frozen=rows, edition=LATER)
    assert {row.period.label for row in later} == {"2023-24-Q1"}
    last = published(of_wards(MANY, quarter(1), whole=WHOLE), BY_WARD, wards=MANY, frozen=rows, edition=LATER)
    assert len([row for row in last if row.edition == LATER]) == 20
    assert {row.edition for row in last if row.period == quarter(0)} == {"2024-25-Q4.public.1"}


def test_months_are_never_published_nor_rolling_years_that_end_with_no_quarter() -> None:
    months = [replace(count(50, quarter(0)), period=replace(quarter(0), label="2023-04", length="month"))]
    ends = replace(rolling(3), label="2024-02-R12", ends_on=rolling(3).ends_on.replace(month=2, day=29))
    assert published([*months, replace(count(50, quarter(0)), period=ends)], rule()) == []


def test_a_ward_that_is_split_or_merged_changes_no_published_period() -> None:
    rows = first()
    split = {**{code: 20 for code in wards(18) if code != "W01"}, "W01A": 12, "W01B": 8}
    both = [*of_wards(split, quarter(0), whole=WHOLE), *of_wards(split, quarter(1), whole=WHOLE)]
    later = published(both, BY_WARD, wards=split, frozen=rows, edition=LATER)
    assert [row for row in later if row.period == quarter(0)] == rows
    assert {row.area_code for row in later if row.period == quarter(1)} == {*split, f"{OWN}:elsewhere", OWN}
    merged = {**{code: 20 for code in wards(18) if code not in {"W01", "W02"}}, "W12": 40}
    again = published(of_wards(merged, quarter(0), whole=WHOLE), BY_WARD, wards=merged, frozen=rows, edition=LATER)
    assert again == rows


def test_a_ward_that_is_not_there_in_every_quarter_has_no_year() -> None:
    split = {**{code: 20 for code in wards(18) if code != "W01"}, "W01A": 12, "W01B": 8}
    counts = [row for number in (0, 1) for row in of_wards(MANY, quarter(number), whole=WHOLE)]
    counts += [row for number in (2, 3) for row in of_wards(split, quarter(number), whole=WHOLE)]
    rows = published([*counts, count(4 * WHOLE, year(0))], BY_WARD, wards={*MANY, *split})
    by_year = {row.area_code: row.figure for row in rows if row.period == year(0)}
    outside = by_year.pop(f"{OWN}:elsewhere")  # whatever the wards are, it is there in every quarter
    assert outside == sum(row.figure for row in rows if row.area_type == "elsewhere" and row.period.length == "quarter")
    assert by_year == {OWN: 4 * WHOLE} | {code: 80 for code in wards(18) if code != "W01"}


def test_a_changed_definition_speaks_of_new_periods_only() -> None:
    rows = first()
    changed = [
        replace(row, definition_version=2)
        for number in (0, 1)
        for row in of_wards(dict.fromkeys(MANY, 40), quarter(number), whole=1000)
    ]
    later = published(changed, BY_WARD, wards=MANY, frozen=rows, edition=LATER)
    assert [row for row in later if row.definition_version == 1] == rows
    assert {row.period.label for row in later if row.definition_version == 2} == {"2023-24-Q2"}
    assert changes_since(rows, changed) == []


def test_a_metric_that_is_dropped_and_brought_back_keeps_its_figures() -> None:
    rows = first()
    none = rule(method="none", grain=None, periods=())
    assert published(of_wards(MANY, quarter(0), whole=WHOLE), none, wards=MANY, frozen=rows, edition=LATER) == []
    moved = of_wards(dict.fromkeys(MANY, 7), quarter(0), whole=200)
    assert published(moved, BY_WARD, wards=MANY, frozen=rows, edition="2025-26-Q2.public.1") == rows


def test_a_finer_grain_is_not_added_to_a_published_quarter() -> None:
    rows = published([count(WHOLE, quarter(0))], rule())
    assert len(rows) == 1
    assert published(of_wards(MANY, quarter(0), whole=WHOLE), BY_WARD, wards=MANY, frozen=rows, edition=LATER) == rows


def test_two_figures_of_one_cell_stop_the_edition() -> None:
    rows = first()
    other = replace(rows[3], figure=rows[3].figure + 5, edition=LATER)
    with pytest.raises(CheckFailed, match=r"give different figures for one cell of 1a\.m in") as caught:
        published([], BY_WARD, wards=MANY, frozen=[*rows, other])
    assert str(rows[3].figure) not in re.findall(r"\d+", re.sub(r"20\d\d-\d\d-Q\d", "", str(caught.value)))


def test_wards_that_count_more_than_their_authority_stop_the_edition() -> None:
    with pytest.raises(CheckFailed, match=rf"The wards of {OWN} count more than the authority in 2023-24-Q1: 1a\.m\."):
        published(of_wards(MANY, quarter(0), whole=359), BY_WARD, wards=MANY)


def test_later_changes_of_exact_figures_are_told_without_their_size() -> None:
    rows = published(
        [count(100, quarter(0)), count(100, quarter(1)), count(100, quarter(2)), count(9, year(0))], rule()
    )
    now = [count(104, quarter(0)), count(95, quarter(1)), count(100, quarter(2)), count(500, year(0))]
    told = {(change.period.label, change.is_large) for change in changes_since(rows, now)}
    # the year was small, so its figure is not exact and nothing is said of it
    assert told == {("2023-24-Q1", False), ("2023-24-Q2", True)}
