"""What a lake has numbers of: areas, breakdowns, and a metric's definition term by term."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import NotFound
from safer_kpi.reading.metric import numbers_of
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.reading.picture import Picture


def areas_table(lake: Picture) -> Table:
    """Return the table that ``Lake.areas`` documents."""
    columns = ("area_code", "area_name", "area_type", "la_code", "force_code")
    largest = "list_position(['force', 'local_authority', 'ward', 'elsewhere', 'unplaced'], area_type)"
    sql = f"SELECT {', '.join(columns)} FROM kpi.area ORDER BY {largest}, area_code"
    return Table(lake.book, sql, columns)


def breakdowns_table(lake: Picture, metric: str | Sequence[str] | None, release: str | None) -> Table:
    """Return the table that ``Lake.breakdowns`` documents."""
    source, where = numbers_of(lake, release)
    if metric is not None:
        names = [metric] if isinstance(metric, str) else list(metric)
        where = [*where, f"metric_id IN ({', '.join(literal(lake.book.metric_id(name)) for name in names)})"]
    condition = f"WHERE {' AND '.join(where)} " if where else ""
    columns = ("metric_id", "breakdown", "numbers", "first_start", "last_end")
    sql = (
        "SELECT metric_id, breakdown, count(*) AS numbers, min(period_start) AS first_start, "
        f"max(period_end) AS last_end FROM {source} {condition}"
        "GROUP BY metric_id, breakdown ORDER BY metric_id, breakdown <> 'all', breakdown"
    )
    return Table(lake.book, sql, columns)


def definition_table(lake: Picture, metric: str, release: str | None) -> Table:
    """Return the table that ``Lake.definition`` documents."""
    release_id = None if release in (None, "now") else lake.release_id(release or "")
    of = lake if release_id is None or lake.place.release_id == release_id else lake.in_release(release_id)
    if of is None:
        raise NotFound(f"The folder of release {release_id} is not here.", next_action="Open a lake that has it.")
    metric_id = of.book.metric_id(metric)
    if not of.book.has_column("metric", "definition"):
        raise NotFound(
            "An older version wrote this file, without the terms of definitions.", next_action="Run safer-kpi build."
        )
    columns = ("metric_id", "definition_version", "term", "value")
    sql = (
        "SELECT metric_id, definition_version, term.key AS term, "
        "CASE WHEN json_type(term.value) = 'VARCHAR' THEN term.value ->> '$' "
        "WHEN json_type(term.value) <> 'NULL' THEN CAST(term.value AS VARCHAR) END AS value "
        f"FROM (SELECT * FROM kpi.metric WHERE metric_id = {literal(metric_id)}) AS m, "
        "json_each(CAST(m.definition AS JSON)) AS term ORDER BY term"
    )
    return Table(of.book, sql, columns)
