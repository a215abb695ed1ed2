"""The KPIs of the strategy, in its words and order, and whether each is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.older import has_strategy
from safer_kpi.reading.sealing.sealed import require_sealed
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture

COLUMNS = (
    "kpi",
    "kind",
    "priority",
    "words",
    "direction",
    "explanation",
    "headlines",
    "wanted",
    "status",
    "note",
    "plan",
    "document",
    "paragraph",
    "release_id",
    "known_at",
)
MEASURED, NOT_MEASURED, NOT_RECORDED = "measured", "not measured", "strategy not recorded"

_KPIS = """
WITH line AS (
  SELECT * FROM {lines}
), valued AS (
  SELECT DISTINCT metric_id FROM {numbers} WHERE value IS NOT NULL AND {where}
), named AS (
  SELECT kpi, metric_id FROM kpi.metric UNION SELECT kpi, unnest(headlines) AS metric_id FROM line
), measured AS (
  SELECT DISTINCT kpi FROM named JOIN valued ON named.metric_id = valued.metric_id
)
SELECT
  line.kpi, kind, priority, words, direction, explanation, headlines, wanted,
  CASE WHEN measured.kpi IS NULL THEN '{not_measured}' ELSE '{measured}' END AS status,
  CASE WHEN measured.kpi IS NULL
    THEN concat('{not_measured}: no partner supplies ', data, ', asked for from ', asked_from) END AS note,
  plan, document, paragraph, {stamp}
FROM line LEFT JOIN measured ON line.kpi = measured.kpi
ORDER BY place
"""
_NOT_RECORDED = """
SELECT
  kpi, 'kpi' AS kind, {none} AS priority, {none} AS words, {none} AS direction, {none} AS explanation,
  CAST(NULL AS VARCHAR[]) AS headlines, CAST(NULL AS VARCHAR[]) AS wanted, '{not_recorded}' AS status,
  '{not_recorded}' AS note, {none} AS plan, {none} AS document, {none} AS paragraph, {stamp}
FROM (SELECT DISTINCT kpi FROM kpi.metric)
ORDER BY kpi
"""


def kpis_table(lake: Picture, *, area: str | None, release: str | None) -> Table:
    """Return the table that ``Lake.kpis`` documents."""
    chosen = lake.latest_release() if release is None else release
    where = "TRUE" if area is None else f"area_code = {literal(lake.book.area_code(area))}"
    if chosen is None or chosen == "now":
        lake.require_live("The live balance")
        lines, numbers = _lines(lake, None), "kpi.observation"
        stamp = f"CAST(NULL AS VARCHAR) AS release_id, {literal(lake.book.as_of)} AS known_at"
    else:
        release_id = lake.release_id(chosen)
        own = f"release_id = {literal(release_id)}"
        require_sealed(lake, release_id, area=None if area is None else lake.book.area_code(area))
        # Where nobody asks for this release by its name, the strategy of today is shown if the release has none.
        lines = _lines(lake, release_id) or (_lines(lake, None) if release is None else None)
        numbers, where = "kpi.certified", f"{where} AND {own}"
        stamp = f"{literal(release_id)} AS release_id, (SELECT known_at FROM kpi.release WHERE {own}) AS known_at"
    if lines is None:
        sql = _NOT_RECORDED.format(none="CAST(NULL AS VARCHAR)", not_recorded=NOT_RECORDED, stamp=stamp)
    else:
        sql = _KPIS.format(
            lines=lines, numbers=numbers, where=where, measured=MEASURED, not_measured=NOT_MEASURED, stamp=stamp
        )
    return Table(lake.book, sql, COLUMNS)


def _lines(lake: Picture, release_id: str | None) -> str | None:
    """Return the rows of the strategy that a release was made under, or of today's; None if none are recorded."""
    table = "strategy" if release_id is None else "certified_strategy"
    if not has_strategy(lake.book, table, release_id):
        return None
    return f"kpi.{table}" + ("" if release_id is None else f" WHERE release_id = {literal(release_id)}")
