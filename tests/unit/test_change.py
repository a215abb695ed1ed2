"""Like for like, percentages and equal age, on numbers small enough to add up in the head."""

from __future__ import annotations

import datetime as dt

import pytest

from safer_kpi.domain.change import (
    Figure,
    Known,
    Measure,
    at_equal_age,
    difference,
    is_broken,
    paired,
    percentage,
    summed,
)

COUNT = Measure(is_summed=True, denominator_kind="none", rate_base=None, is_percentage=False)
RATE = Measure(is_summed=True, denominator_kind="residents", rate_base=1000.0, is_percentage=False)
SHARE = Measure(is_summed=True, denominator_kind="count", rate_base=100.0, is_percentage=True)
PEOPLE = Measure(is_summed=False, denominator_kind="none", rate_base=None, is_percentage=False)


def count(number: int | None, *, status: str = "final", series: int | None = 1) -> Figure:
    value = None if number is None else float(number)
    return Figure(numerator=number, denominator=None, value=value, status=status, series=series)


def ratio(numerator: int, denominator: int, base: float) -> Figure:
    value = numerator / denominator * base
    return Figure(numerator=numerator, denominator=denominator, value=value, status="final", series=1)


GAP = count(None, status="incomplete")


def test_whole_periods_are_compared_as_they_are() -> None:
    pair = paired(Known(whole=count(60), parts=[]), Known(whole=count(47), parts=[]), COUNT)
    assert pair is not None
    assert (pair.now.value, pair.reference.value, pair.places) == (60, 47, None)


def test_a_gap_leaves_the_months_that_both_have() -> None:
    # The second month is missing now, the third was missing then: 5 of 5 + 7, and 4 of 4 + 6, are of the first month.
    now = Known(whole=GAP, parts=[count(5), GAP, count(7)])
    before = Known(whole=GAP, parts=[count(4), count(6), GAP])
    pair = paired(now, before, COUNT)
    assert pair is not None
    assert (pair.now.value, pair.reference.value, pair.places) == (5, 4, (0,))


def test_without_a_common_month_nothing_is_compared() -> None:
    now, before = Known(whole=GAP, parts=[count(5), GAP]), Known(whole=GAP, parts=[GAP, count(6)])
    assert paired(now, before, COUNT) is None


def test_people_of_months_do_not_add_up() -> None:
    now = Known(whole=GAP, parts=[count(5), GAP])
    assert paired(now, Known(whole=count(9), parts=[count(4), count(6)]), PEOPLE) is None


def test_a_rate_of_some_months_is_over_the_residents_of_the_period() -> None:
    # (10 + 20) of 2,000 residents: 15 per 1,000. The months' own rates are over residents of other years.
    whole = Figure(numerator=30, denominator=2000, value=None, status="incomplete", series=1)
    known = Known(whole=whole, parts=[ratio(10, 1900, 1000), ratio(20, 1900, 1000), None])
    found = summed(known, (0, 1), RATE)
    assert found is not None
    assert (found.numerator, found.denominator, found.value) == (30, 2000, pytest.approx(15.0))


def test_a_share_of_some_months_is_over_what_they_count() -> None:
    # (2 + 3) of (10 + 40): 10 per cent, not the mean of 20 and 7.5
    found = summed(Known(whole=GAP, parts=[ratio(2, 10, 100), ratio(3, 40, 100)]), (0, 1), SHARE)
    assert found is not None
    assert (found.denominator, found.value) == (50, pytest.approx(10.0))


def test_a_month_without_a_value_is_never_added_as_nothing() -> None:
    assert summed(Known(whole=GAP, parts=[count(5), GAP]), (0, 1), COUNT) is None


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [(30, 20, 50.0), (10, 20, -50.0), (0, 20, -100.0), (30, 19, None), (30, 0, None)],
)
def test_a_percentage_needs_a_reference_of_twenty(now: int, before: int, expected: float | None) -> None:
    assert difference(count(now), count(before)) == now - before
    assert percentage(count(now), count(before), COUNT) == expected


def test_the_percentage_of_a_rate_rests_on_its_count() -> None:
    # 0.5 to 0.75 per 1,000: the rate is below 20, the 25 offences behind it are not
    assert percentage(ratio(30, 40000, 1000), ratio(25, 50000, 1000), RATE) == pytest.approx(50.0)
    assert percentage(ratio(30, 40000, 1000), ratio(19, 50000, 1000), RATE) is None


def test_a_share_changes_in_points() -> None:
    assert difference(ratio(30, 100, 100), ratio(25, 100, 100)) == pytest.approx(5.0)
    assert percentage(ratio(30, 100, 100), ratio(25, 100, 100), SHARE) is None


def test_another_series_is_a_break_and_so_are_mixed_months() -> None:
    assert not is_broken(count(5), count(6))
    assert is_broken(count(5, series=2), count(6, series=1))
    mixed = summed(Known(whole=GAP, parts=[count(5, series=1), count(5, series=2)]), (0, 1), COUNT)
    assert mixed is not None
    assert is_broken(mixed, mixed)


@pytest.mark.parametrize(
    ("moment", "months", "expected"),
    [
        ("2025-07-14T09:00:00.000002", 12, "2024-07-14T09:00:00.000002"),
        ("2025-03-31T12:00:00", 1, "2025-02-28T12:00:00"),  # the last day of a shorter month
        ("2024-02-29T12:00:00", 12, "2023-02-28T12:00:00"),
        ("2025-01-15T00:00:00", 36, "2022-01-15T00:00:00"),
    ],
)
def test_equal_age_is_as_many_months_before(moment: str, months: int, expected: str) -> None:
    assert at_equal_age(dt.datetime.fromisoformat(moment), months) == dt.datetime.fromisoformat(expected)
