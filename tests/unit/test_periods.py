from __future__ import annotations

import datetime as dt

import pytest

from safer_kpi.domain.periods import add_months, parse_period, period_at, period_type
from safer_kpi.errors import UsageError


@pytest.mark.parametrize(
    ("label", "start", "end", "kind"),
    [
        ("2024-05", dt.date(2024, 5, 1), dt.date(2024, 5, 31), "month"),
        ("2024-02", dt.date(2024, 2, 1), dt.date(2024, 2, 29), "month"),  # a leap year
        ("2024-25-Q1", dt.date(2024, 4, 1), dt.date(2024, 6, 30), "quarter"),
        ("2024-25-Q4", dt.date(2025, 1, 1), dt.date(2025, 3, 31), "quarter"),
        ("2024-25", dt.date(2024, 4, 1), dt.date(2025, 3, 31), "year"),
        ("1999-00", dt.date(1999, 4, 1), dt.date(2000, 3, 31), "year"),
        ("2024-Q1", dt.date(2024, 1, 1), dt.date(2024, 3, 31), "calendar_quarter"),
        ("2024-Q4", dt.date(2024, 10, 1), dt.date(2024, 12, 31), "calendar_quarter"),
        ("2024", dt.date(2024, 1, 1), dt.date(2024, 12, 31), "calendar_year"),
        ("2025-03-R12", dt.date(2024, 4, 1), dt.date(2025, 3, 31), "rolling12"),
        ("2025-12-R12", dt.date(2025, 1, 1), dt.date(2025, 12, 31), "rolling12"),
    ],
)
def test_a_label_names_its_first_and_last_day(label: str, start: dt.date, end: dt.date, kind: str) -> None:
    period = parse_period(label)
    assert (period.start, period.end, period.period_type, period.label) == (start, end, kind, label)
    assert period_at(start, period.period_type) == period


@pytest.mark.parametrize(
    "label", ["2024-26", "2024-13", "2024-25-Q5", "2024-Q5", "0000", "24-05", "2024-05-R6", "", " 2024-05"]
)
def test_what_is_no_period_is_a_usage_error(label: str) -> None:
    with pytest.raises(UsageError, match="is not a period"):
        parse_period(label)


def test_a_month_whose_year_follows_needs_its_length() -> None:
    # 2001-02 is February 2001, and April 2001 to March 2002.
    with pytest.raises(UsageError, match="both a month and a financial year"):
        parse_period("2001-02")
    assert parse_period("2001-02", by="month").start == dt.date(2001, 2, 1)
    assert parse_period("2001-02", by="year").start == dt.date(2001, 4, 1)


def test_a_label_of_another_length_is_refused() -> None:
    with pytest.raises(UsageError, match="is not a quarter"):
        parse_period("2024-05", by="quarter")


def test_the_same_months_are_two_periods_in_two_calendars() -> None:
    financial, calendar = parse_period("2023-24-Q4"), parse_period("2024-Q1")
    assert (financial.start, financial.end) == (calendar.start, calendar.end)
    assert financial.period_type != calendar.period_type
    with pytest.raises(UsageError, match="is not a quarter"):
        parse_period("2024-Q1", by="quarter")


def test_months_are_counted_across_years() -> None:
    assert add_months(dt.date(2024, 11, 30), 3) == dt.date(2025, 2, 1)
    assert add_months(dt.date(2024, 1, 1), -1) == dt.date(2023, 12, 1)
    assert parse_period("2024-25").months == 12


def test_a_length_is_one_of_those_known() -> None:
    assert period_type("rolling12") == "rolling12"
    assert period_type(None) is None
    with pytest.raises(UsageError, match="week"):
        period_type("week")
