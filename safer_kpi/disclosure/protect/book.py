"""All figures that are published so far, those of earlier editions first; a signed correction alone replaces one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.values import ALL, AUTHORITY, ROUNDED
from safer_kpi.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from safer_kpi.disclosure.protect.values import Period, Published

Key = tuple[str, str, str, str, str]


class Book:
    """All figures that are published so far.

    A period of a metric is closed once an earlier edition has published any figure of it: nothing finer, and nothing
    else of it, is added later. Its parts by a breakdown are closed by themselves.
    """

    def __init__(self, frozen: Iterable[Published]) -> None:
        """Begin with what earlier editions published, the oldest first.

        Raises:
            CheckFailed: two editions give different figures for one cell, and the later does not correct the earlier.
        """
        self._rows: dict[Key, Published] = {}
        for row in frozen:
            held = self._rows.setdefault(_key(row), row)
            if _is_correction(row, held):
                self._rows[_key(row)] = row
            elif held.figure != row.figure:
                raise CheckFailed(
                    f"The editions {held.edition} and {row.edition} give different figures for one cell of"
                    f" {row.metric_id} in {row.period.label}.",
                    next_action="Compare both with what was published; a figure is kept unless a correction is signed.",
                )
        self._closed = {_span(row.metric_id, row.period, row.breakdown) for row in self._rows.values()}
        self._first: dict[tuple[str, str, str], dict[Key, Published]] = {}
        for row in self._rows.values():
            self._enter(row)

    def is_closed(self, metric: str, period: Period, kind: str = ALL) -> bool:
        """Whether an earlier edition has published a figure of a metric's period; ``kind`` names a breakdown."""
        return (metric, period.length, period.label, kind) in self._closed

    def add(self, row: Published) -> None:
        """Add a new figure, or one that corrects another of the same cell."""
        self._rows[_key(row)] = row
        self._enter(row)

    def rows(self) -> list[Published]:
        """Return every figure, in one order."""
        return [self._rows[key] for key in sorted(self._rows)]

    def find(self, metric: str, area: str, period: Period) -> Published | None:
        """Return the figure of an area's whole; None if it is not published."""
        return self._rows.get((metric, area, period.length, period.label, ALL))

    def inside(self, metric: str, period: Period, *, length: str, area_type: str) -> list[Published]:
        """Return the figures of wholes, of one level and length, whose periods lie inside a period."""
        return [row for row in self._of(metric, length, area_type) if row.breakdown == ALL and period.holds(row.period)]

    def parts(self, metric: str, period: Period, breakdown: str) -> list[Published]:
        """Return the figures of the authority's parts by a breakdown in a period."""
        rows = self._of(metric, period.length, AUTHORITY)
        return [row for row in rows if row.period == period and row.breakdown.startswith(f"{breakdown}:")]

    def authority(self, metric: str, length: str) -> list[Published]:
        """Return the authority's figures of a metric's wholes of one length."""
        return [row for row in self._of(metric, length, AUTHORITY) if row.breakdown == ALL]

    def labels(self, breakdown: str) -> frozenset[str]:
        """Return the parts of a breakdown that are published of any metric."""
        return frozenset(row.breakdown for row in self._rows.values() if row.breakdown.startswith(f"{breakdown}:"))

    def _of(self, metric: str, length: str, area_type: str) -> Iterator[Published]:
        return iter(self._first.get((metric, length, area_type), {}).values())

    def _enter(self, row: Published) -> None:
        self._first.setdefault((row.metric_id, row.period.length, row.area_type), {})[_key(row)] = row


def _key(row: Published) -> Key:
    return row.metric_id, row.area_code, row.period.length, row.period.label, row.breakdown


def _is_correction(row: Published, held: Published) -> bool:
    """Return whether a row says that it corrects the one that is held; what is rounded is never corrected."""
    return row.corrects == held.edition and row.how == held.how != ROUNDED


def _span(metric: str, period: Period, breakdown: str) -> tuple[str, str, str, str]:
    return metric, period.length, period.label, breakdown.partition(":")[0]
