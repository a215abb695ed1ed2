"""The periods a contract's cells may name, and how a span of months is written."""

from __future__ import annotations

import datetime as dt

import pytest

from safer_kpi.domain.spans import SPAN_KINDS, Span, span_label

# Kind, what a file's name says, first day of the period, its months.
READ = [
    ("month", "2024-05", "2024-05-01", 1),
    ("month", "2001-02", "2001-02-01", 1),
    ("financial_quarter", "2024-25-Q1", "2024-04-01", 3),
    ("financial_quarter", "2024-25-Q4", "2025-01-01", 3),
    ("financial_quarter", "1999-00-Q3", "1999-10-01", 3),
    ("financial_year", "2001-02", "2001-04-01", 12),
    ("financial_year", "2024-25", "2024-04-01", 12),
    ("calendar_quarter", "2024-Q1", "2024-01-01", 3),
    ("calendar_quarter", "2024-Q4", "2024-10-01", 3),
    ("calendar_year", "2020", "2020-01-01", 12),
    ("academic_year", "2024-25", "2024-09-01", 12),
    # Week 1 holds the year's first Thursday, so that it may begin in the year before.
    ("week", "2024-W18", "2024-04-29", 0),
    ("week", "2025-W01", "2024-12-30", 0),
    ("week", "2020-W53", "2020-12-28", 0),
]
NOT_READ = [
    ("month", "2024-13"),
    ("month", "2024-5"),
    ("month", "2024-25"),
    ("financial_quarter", "2024-26-Q1"),
    ("financial_quarter", "2024-25-Q5"),
    ("financial_quarter", "2024-Q1"),
    ("financial_year", "2024-05"),
    ("calendar_quarter", "2024-25-Q1"),
    ("calendar_quarter", "2024-Q0"),
    ("calendar_year", "0000"),
    ("calendar_year", "24"),
    ("academic_year", "2024-26"),
    ("academic_year", "2024"),
    ("week", "2024-W53"),
    ("week", "2024-W00"),
    ("week", "2024-18"),
]


@pytest.mark.parametrize(("kind", "text", "starts_on", "months"), READ)
def test_a_period_of_each_kind_has_its_first_day_and_its_months(
    kind: str, text: str, starts_on: str, months: int
) -> None:
    assert SPAN_KINDS[kind].read(text) == Span(dt.date.fromisoformat(starts_on), months)


@pytest.mark.parametrize(("kind", "text"), NOT_READ)
def test_a_text_of_another_kind_names_no_period(kind: str, text: str) -> None:
    assert SPAN_KINDS[kind].read(text) is None


@pytest.mark.parametrize("kind", SPAN_KINDS)
def test_the_example_of_a_kind_is_one(kind: str) -> None:
    assert SPAN_KINDS[kind].read(SPAN_KINDS[kind].example) is not None


@pytest.mark.parametrize(
    ("starts_on", "months", "label"),
    [
        ("2024-05-01", 1, "2024-05"),
        ("2024-04-01", 3, "2024-25-Q1"),
        ("2025-01-01", 3, "2024-25-Q4"),
        ("2024-04-01", 12, "2024-25"),
        ("2024-01-01", 12, "2024"),
        ("2024-09-01", 12, "academic 2024-25"),
        ("2024-12-30", 0, "2025-W01"),
        ("2024-05-01", 2, "2024-05+2"),
    ],
)
def test_a_span_is_written_as_periods_are(starts_on: str, months: int, label: str) -> None:
    assert span_label(Span(dt.date.fromisoformat(starts_on), months)) == label
