"""What stands around the numbers of a public edition: its metrics, areas and strategy, and its release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.domain.periods import PERIOD_TYPES
from safer_kpi.publishing.public.schema import ELSEWHERE, elsewhere_code
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import duckdb

#: The tables that a public edition has as the release has them.
_COPIED = ("certified_strategy", "contributor", "feed", "peer", "poisson_exact", "police_force")
_AREAS = """
INSERT INTO edition.kpi.area BY NAME
SELECT * FROM book.kpi.area
WHERE area_code IN (SELECT area_code FROM edition.kpi.certified)
  OR area_code IN (SELECT area_code FROM edition.kpi.published)
  OR area_code = {area} OR area_type = 'ward' AND la_code = {area}
UNION ALL BY NAME
SELECT {code} AS area_code, area_name || ' outside its wards' AS area_name, {kind} AS area_type, area_code AS la_code,
  force_code
FROM book.kpi.area WHERE area_code = {area} AND {code} IN (SELECT area_code FROM edition.kpi.published)
ORDER BY ALL
"""
#: The lengths and parts of a metric are those that it has numbers of. Whatever is here, anybody may see.
_METRICS = """
INSERT INTO edition.kpi.metric BY NAME
WITH held AS (
  SELECT metric_id, list(DISTINCT period_type ORDER BY list_position({lengths}, period_type)) AS periods,
    list(DISTINCT area_type ORDER BY list_position(['ward', 'local_authority', 'force'], area_type))
      FILTER (area_type <> 'elsewhere') AS areas,
    list(DISTINCT split_part(breakdown, ':', 1) ORDER BY split_part(breakdown, ':', 1))
      FILTER (breakdown <> 'all') AS breakdowns
  FROM edition.kpi.certified
  GROUP BY metric_id
)
SELECT m.* REPLACE (
  coalesce(held.periods, rule.periods) AS periods,
  coalesce(held.areas, CAST([] AS VARCHAR[])) AS areas,
  coalesce(held.breakdowns, CAST([] AS VARCHAR[])) AS breakdowns,
  'official' AS sensitivity
)
FROM book.kpi.metric AS m JOIN rule ON m.metric_id = rule.metric_id LEFT JOIN held ON m.metric_id = held.metric_id
WHERE rule.method <> 'none'
ORDER BY m.metric_id
"""
_RELEASE = """
INSERT INTO edition.kpi.release BY NAME
SELECT release_id, quarter, known_at, supersedes, revision, 'published' AS status
FROM book.kpi.release WHERE release_id = {release}
"""


def write_areas(connection: duckdb.DuckDBPyConnection, area: str) -> None:
    """Write the own authority, its wards, what lies outside them, and the areas of exact numbers."""
    code, kind = literal(elsewhere_code(area)), literal(ELSEWHERE)
    connection.execute(_AREAS.format(area=literal(area), code=code, kind=kind))


def write_around(connection: duckdb.DuckDBPyConnection, release_id: str) -> None:
    """Write the metrics that have a public rule, the strategy and its like, and the release."""
    connection.execute(_METRICS.format(lengths=literal([*map(str, PERIOD_TYPES)])))
    connection.execute(_RELEASE.format(release=literal(release_id)))
    for table in _COPIED:
        connection.execute(f"INSERT INTO edition.kpi.{table} BY NAME SELECT * FROM book.kpi.{table} ORDER BY ALL")
