"""The period that a metric's baseline names, read once: models and verdicts get its kind and its first day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import parse_period
from safer_kpi.domain.spans import SPAN_KINDS

if TYPE_CHECKING:
    import datetime as dt

#: How kinds of span are called as lengths of period; a label that names both a financial year and a month is the year.
_KINDS = {
    "financial_year": "year",
    "calendar_year": "calendar_year",
    "financial_quarter": "quarter",
    "calendar_quarter": "calendar_quarter",
    "month": "month",
}


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The period a metric is judged against.

    Attributes:
        period_type: month, quarter or year (financial), calendar_quarter, calendar_year, rolling12 or rolling36.
        starts_on: its first day.
    """

    period_type: str
    starts_on: dt.date


def read_baseline(label: str) -> Baseline:
    """Read the label of a baseline, such as ``2022-23`` or ``2020-12-R36``.

    Raises:
        UsageError: the label names no period.
    """
    for kind, period_type in _KINDS.items():
        if (span := SPAN_KINDS[kind].read(label)) is not None:
            return Baseline(period_type=period_type, starts_on=span.starts_on)
    period = parse_period(label)
    return Baseline(period_type=period.period_type, starts_on=period.start)
