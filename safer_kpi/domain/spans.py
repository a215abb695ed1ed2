"""The periods a contract's cells may name, each kind read from its own way of writing: a first day and whole months.

A kind is chosen by the contract, so that one text is never taken for two periods: ``2001-02`` is a month to one
contract and a financial year to another.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import add_months

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Span:
    """A stretch of whole months, or one week.

    Attributes:
        starts_on: its first day.
        months: how many months it holds; 0 for a week, which is seven days.
    """

    starts_on: dt.date
    months: int


@dataclass(frozen=True, kw_only=True)
class SpanKind:
    """One way of writing a period.

    Attributes:
        example: a period of this kind.
        words: what such a period is called, in a sentence.
        read: gives the span a text names; None if the text names none of this kind.
    """

    example: str
    words: str
    read: Callable[[str], Span | None]


def _reader(pattern: str, months: int, first_month: Callable[[re.Match[str]], int]) -> Callable[[str], Span | None]:
    """Read ``pattern``, whose first group is a year of four digits; ``first_month`` counts from its January as 0."""
    form = re.compile(pattern)

    def read(text: str) -> Span | None:
        found = form.fullmatch(text)
        if found is None or int(found[1]) == 0:
            return None
        named = found.groupdict().get("next")
        if named is not None and (int(found[1]) + 1) % 100 != int(named):
            return None
        return Span(add_months(dt.date(int(found[1]), 1, 1), first_month(found)), months)

    return read


def _week(text: str) -> Span | None:
    """Read a week of ISO 8601: Monday to Sunday, in the year that most of its days lie in."""
    found = re.fullmatch(r"(\d{4})-W(\d{2})", text)
    if found is None or int(found[1]) == 0:
        return None
    try:
        return Span(dt.date.fromisocalendar(int(found[1]), int(found[2]), 1), 0)
    except ValueError:
        return None


SPAN_KINDS: Mapping[str, SpanKind] = {
    "month": SpanKind(
        example="2024-05",
        words="month",
        read=_reader(r"(\d{4})-(0[1-9]|1[0-2])", 1, lambda found: int(found[2]) - 1),
    ),
    "financial_quarter": SpanKind(
        example="2024-25-Q1",
        words="financial quarter",
        read=_reader(r"(\d{4})-(?P<next>\d{2})-Q([1-4])", 3, lambda found: 3 * int(found[3])),
    ),
    "financial_year": SpanKind(
        example="2024-25",
        words="financial year",
        read=_reader(r"(\d{4})-(?P<next>\d{2})", 12, lambda _: 3),
    ),
    "calendar_quarter": SpanKind(
        example="2024-Q1",
        words="calendar quarter",
        read=_reader(r"(\d{4})-Q([1-4])", 3, lambda found: 3 * int(found[2]) - 3),
    ),
    "calendar_year": SpanKind(example="2024", words="calendar year", read=_reader(r"(\d{4})", 12, lambda _: 0)),
    "academic_year": SpanKind(
        example="2024-25",
        words="academic year",
        read=_reader(r"(\d{4})-(?P<next>\d{2})", 12, lambda _: 8),
    ),
    "week": SpanKind(example="2024-W18", words="week", read=_week),
}


def span_label(span: Span) -> str:
    """Write a span as periods are written: ``2024-05``, ``2024-25-Q1``, ``2024-25``; a calendar year as ``2024``.

    An academic year is written ``academic 2024-25`` and a week ``2024-W18``. Any other length is written as its first
    month and its number of months, such as ``2024-05+2``.
    """
    first = span.starts_on
    april = add_months(first, -3)
    week = first.isocalendar()
    labels = {
        (1, first.month): f"{first:%Y-%m}",
        **{(3, month): f"{_two_years(april.year)}-Q{(april.month + 2) // 3}" for month in (1, 4, 7, 10)},
        (12, 4): _two_years(april.year),
        (12, 1): f"{first:%Y}",
        (12, 9): f"academic {_two_years(first.year)}",
        (0, first.month): f"{week.year}-W{week.week:02}",
    }
    return labels.get((span.months, first.month), f"{first:%Y-%m}+{span.months}")


def _two_years(first: int) -> str:
    return f"{first}-{(first + 1) % 100:02}"
