"""The periods of one kind, one after another, each written as a file's name or an address writes it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import add_months
from safer_kpi.domain.spans import SPAN_KINDS, Span

if TYPE_CHECKING:
    from collections.abc import Iterator


def periods_from(kind: str, first: str, *, until: dt.date) -> Iterator[tuple[str, dt.date]]:
    """Return the periods from ``first`` on that end by ``until``, each with its first day.

    Args:
        kind: one of ``SPAN_KINDS``.
        first: the first period, as its kind is written.
        until: the day after the last day that a period may hold.

    Raises:
        ValueError: ``first`` is not a period of that kind.
    """
    span = SPAN_KINDS[kind].read(first)
    if span is None:
        raise ValueError(f"{first!r} is not a {SPAN_KINDS[kind].words}")
    while _end(span) <= until:
        yield write_period(kind, span.starts_on), span.starts_on
        span = Span(_end(span), span.months)


def write_period(kind: str, starts_on: dt.date) -> str:
    """Write the period of a kind that begins on a day: ``2024-05``, ``2024-Q2``, ``2024-25``, ``2024-W18``."""
    if kind == "week":
        week = starts_on.isocalendar()
        return f"{week.year}-W{week.week:02}"
    if kind == "month":
        return f"{starts_on:%Y-%m}"
    if kind == "calendar_year":
        return f"{starts_on:%Y}"
    quarter = (starts_on.month + 2) // 3
    if kind == "calendar_quarter":
        return f"{starts_on:%Y}-Q{quarter}"
    first = starts_on.year if kind == "academic_year" else add_months(starts_on, -3).year
    years = f"{first}-{(first + 1) % 100:02}"
    return f"{years}-Q{(quarter + 2) % 4 + 1}" if kind == "financial_quarter" else years


def _end(span: Span) -> dt.date:
    return add_months(span.starts_on, span.months) if span.months else span.starts_on + dt.timedelta(days=7)
