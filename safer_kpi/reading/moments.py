"""One metric as known at each of its moments, read from the file's own ``kpi.vintages`` in one query.

The macro takes every entry of ``kpi.entry`` as a moment. A stand-in for the book, of views on its tables, holds only
the entries that matter: those asked for, or those at which a number may have changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.tracing.trace import ledgers
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.reading.picture import Picture

MACRO = "vintages"
TOLD = (
    "area_code, area_name, period, period_type, period_start, period_end, breakdown, numerator, denominator, value, "
    "unit, status, series"
)
#: The tables that the macro reads, but for that of the moments.
_READ = ("area_change", "coverage", "feed", "held", "ledger", "metric", "poisson_exact", "police_force")


def can_be_told(lake: Picture) -> bool:
    """Return whether the file has the macro; an older version's has only ``as_of``, one moment at a time."""
    return lake.book.has_macro(MACRO)


def tell(
    cursor: duckdb.DuckDBPyConnection,
    lake: Picture,
    metric_id: str,
    area_code: str | None,
    conditions: Sequence[str],
    *,
    year: str,
    entries: Sequence[int] | None = None,
) -> None:
    """Write ``entry``, the moments, and ``told``, the numbers known after each, into the cursor's schema.

    The moments are ``entries``, or every entry that may have changed a number. ``year`` is the SQL for the year of the
    estimate of residents.
    """
    chosen = _may_change(lake, metric_id) if entries is None else ", ".join(map(str, entries)) or "NULL"
    cursor.execute(f"CREATE TABLE entry AS FROM book.kpi.entry WHERE entry IN ({chosen})")
    for table in _READ:
        cursor.execute(f"CREATE VIEW {table} AS FROM book.kpi.{table}")
    cursor.execute(
        f"""
        CREATE TABLE told AS
        SELECT entry, {TOLD}, {year} AS denominator_year
        FROM book.kpi.{MACRO}({literal(metric_id)}, {literal(area_code)}) JOIN entry ON as_of = posted_at
        WHERE {" AND ".join(conditions)}
        """
    )


def _may_change(lake: Picture, metric_id: str) -> str:
    """Return the query of the entries that may have changed a number of a metric.

    They posted to its ledgers, or changed its cells, what is held in them or an area. Time settles a period, too: it
    has by the first entry of some day.
    """
    counted = ", ".join(map(literal, ledgers(lake, metric_id)))
    feeds = f"(SELECT unnest({literal(lake.book.metrics[metric_id]['feeds'] or [])}::VARCHAR[]))"
    return f"""
        SELECT entry FROM book.kpi.ledger WHERE metric_id IN ({counted})
        UNION SELECT entry FROM book.kpi.coverage WHERE feed IN {feeds}
        UNION SELECT entry FROM book.kpi.held WHERE feed IN {feeds}
        UNION SELECT entry FROM book.kpi.area_change
        UNION SELECT min(entry) FROM book.kpi.entry GROUP BY posted_at::DATE
    """
