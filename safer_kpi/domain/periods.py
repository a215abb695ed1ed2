"""Periods and their labels: ``2024-05``, ``2024-25-Q1``, ``2024-25``, ``2025-03-R12``, ``2020-12-R36``.

Quarters and years are financial (April to March). Those of the calendar are lengths of their own, labelled ``2024-Q1``
and ``2024``, so that the two are never compared or summed.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal, get_args

from safer_kpi.errors import UsageError

PeriodType = Literal["month", "quarter", "calendar_quarter", "year", "calendar_year", "rolling12", "rolling36"]
PERIOD_TYPES: tuple[PeriodType, ...] = get_args(PeriodType)
#: The period types that end in every month and so overlap each other.
ROLLING: frozenset[PeriodType] = frozenset({"rolling12", "rolling36"})
#: Of the lengths that a metric has, the first of these is the one to show where there is room for one.
LONGEST_FIRST: tuple[PeriodType, ...] = (
    "year", "calendar_year", "rolling12", "rolling36", "quarter", "calendar_quarter", "month",
)  # fmt: skip

_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])(-R(?P<rolling>12|36))?")
_CALENDAR = re.compile(r"(?P<year>\d{4})(-Q(?P<quarter>[1-4]))?")
_FINANCIAL = re.compile(r"(?P<year>\d{4})-(?P<next>\d{2})(-Q(?P<quarter>[1-4]))?")


@dataclass(frozen=True, order=True)
class Period:
    """A run of whole months; ``start`` is its first day and ``end`` its last."""

    start: dt.date
    end: dt.date
    period_type: PeriodType
    label: str

    @property
    def months(self) -> int:
        """The number of months in the period."""
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the first day of the month that is ``months`` after the month of ``day``."""
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def _spanning(start: dt.date, months: int, period_type: PeriodType, label: str) -> Period:
    return Period(start, add_months(start, months) - dt.timedelta(days=1), period_type, label)


def period_at(start: dt.date, kind: PeriodType) -> Period:
    """Return the period of a length that begins on a first day of a month."""
    if kind in ROLLING:
        months = 12 if kind == "rolling12" else 36
        return _spanning(start, months, kind, f"{add_months(start, months - 1):%Y-%m}-R{months}")
    if kind == "month":
        return _spanning(start, 1, kind, f"{start:%Y-%m}")
    if kind == "calendar_quarter":
        return _spanning(start, 3, kind, f"{start.year:04}-Q{(start.month + 2) // 3}")
    if kind == "calendar_year":
        return _spanning(start, 12, kind, f"{start.year:04}")
    april = add_months(start, -3)  # the financial year is the calendar year of three months ago
    year = f"{april.year}-{(april.year + 1) % 100:02}"
    if kind == "quarter":
        return _spanning(start, 3, kind, f"{year}-Q{(april.month + 2) // 3}")
    return _spanning(start, 12, kind, year)


def months_between(earlier: dt.date, later: dt.date) -> int:
    """Return how many months the month of ``later`` is after the month of ``earlier``."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def period_type(text: str | None) -> PeriodType | None:
    """Return the period length that a text names, or None for None.

    Raises:
        UsageError: the text is not a period length.
    """
    for known in PERIOD_TYPES:
        if text == known:
            return known
    if text is None:
        return None
    raise UsageError(f"{text!r} is not a period length.", next_action=f"Use one of {', '.join(PERIOD_TYPES)}.")


def parse_period(label: str, *, by: PeriodType | None = None) -> Period:
    """Return the period that a label names; ``by`` is needed if the label could be a month or a year (2001-02).

    Raises:
        UsageError: the label has none of these forms, is ambiguous, or is not a ``by``.
    """
    readings = _readings(label)
    if not readings:
        raise UsageError(f"{label!r} is not a period.", next_action=f"Write {', '.join(_FORMS.values())}.")
    if by is not None:
        readings = [period for period in readings if period.period_type == by]
        if not readings:
            raise UsageError(f"{label!r} is not a {by}.", next_action=f"Write it as {_FORMS[by]}.")
    if len(readings) > 1:
        raise UsageError(
            f"{label!r} is both a month and a financial year.", next_action="Choose with by='month' or by='year'."
        )
    return readings[0]


_FORMS: dict[PeriodType, str] = {
    "month": "2024-05",
    "quarter": "2024-25-Q1",
    "calendar_quarter": "2024-Q1",
    "year": "2024-25",
    "calendar_year": "2024",
    "rolling12": "2025-03-R12",
    "rolling36": "2020-12-R36",
}


def _readings(label: str) -> list[Period]:
    """Return every period the label could name: none, one, or both a month and a year."""
    readings = []
    if match := _MONTH.fullmatch(label):
        first = dt.date(int(match["year"]), int(match["month"]), 1)
        if match["rolling"]:
            months = int(match["rolling"])
            length: PeriodType = "rolling12" if months == 12 else "rolling36"
            readings.append(_spanning(add_months(first, 1 - months), months, length, label))
        else:
            readings.append(_spanning(first, 1, "month", label))
    match = _FINANCIAL.fullmatch(label)
    if match and (int(match["year"]) + 1) % 100 == int(match["next"]):
        april = dt.date(int(match["year"]), 4, 1)
        if match["quarter"]:
            readings.append(_spanning(add_months(april, 3 * (int(match["quarter"]) - 1)), 3, "quarter", label))
        else:
            readings.append(_spanning(april, 12, "year", label))
    match = _CALENDAR.fullmatch(label)
    if match and int(match["year"]) > 0:
        january = dt.date(int(match["year"]), 1, 1)
        if match["quarter"]:
            start = add_months(january, 3 * (int(match["quarter"]) - 1))
            readings.append(_spanning(start, 3, "calendar_quarter", label))
        else:
            readings.append(_spanning(january, 12, "calendar_year", label))
    return readings
