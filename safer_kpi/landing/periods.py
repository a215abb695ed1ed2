"""The periods of scope cells in words, from what the lake holds of each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.domain.spans import Span, span_label
from safer_kpi.lake import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.settings import Settings


def periods_of(settings: Settings, feed: str, cells: Sequence[str]) -> list[str]:
    """Return the sorted periods that cells of a feed cover, such as ``2024-05``; for others the cell's name."""
    with connect(settings, read_only=True) as connection:
        rows = connection.execute(
            "SELECT DISTINCT CASE WHEN starts_on IS NULL THEN cell END, starts_on, months FROM journal.cell "
            "WHERE feed = ? AND list_contains(?, cell)",
            [feed, list(cells)],
        ).fetchall()
    return sorted(name or span_label(Span(starts_on, months)) for name, starts_on, months in rows)
