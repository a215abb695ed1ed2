"""Who may see a metric's numbers: ``official``, or ``official_sensitive`` for partners only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.book import Book


def sensitivity(book: Book, metric_id: str) -> str | None:
    """Return the sensitivity of a metric; None where an older version wrote the file, or it defines no such metric."""
    told: str | None = (book.metrics.get(metric_id) or {}).get("sensitivity")
    return told


def sensitivity_of(book: Book, column: str = "metric_id") -> str:
    """Return the SQL for the sensitivity of the metric that a column names."""
    named: dict[str, list[str]] = {}
    for metric_id in book.metrics:
        if (told := sensitivity(book, metric_id)) is not None:
            named.setdefault(told, []).append(literal(metric_id))
    cases = " ".join(f"WHEN {column} IN ({', '.join(ids)}) THEN {literal(told)}" for told, ids in named.items())
    return f"CAST({f'CASE {cases} END' if cases else 'NULL'} AS VARCHAR)"
