"""Join change rows with the places of their LSOAs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp, parse_one
from sqlmesh import macro

if TYPE_CHECKING:
    from sqlglot.expressions import Expression
    from sqlmesh.core.macros import MacroEvaluator


@macro()
def in_place(_: MacroEvaluator, staging: Expression, *columns: Expression) -> Expression:
    """Return the change rows of a staging model with ``lsoa_code``, each with its ward and local authority.

    A subquery of ``entry, posted_at, posted_on, feed, delivery_id, cause, weight, origin_delivery_id, origin_row,
    ward_code, la_code`` and the ``columns`` asked for. The join is bilinear: a row has the weight of its change row
    times that of the placement, the later of the two entries, and the cause ``reference`` where the placement is the
    later. What lies nowhere is ``unplaced``.

    Two branches that share no CTE, so that a filter on posted_on reaches both scans: a delivery reads its own rows
    only, and the whole feed is read only for entries that changed a placement.
    """
    model = staging.sql(dialect="duckdb")
    feed = model.rpartition(".")[2].strip('"')
    names = [column.name for column in columns]
    own = "".join(f", change.{name}" for name in names)
    again = "".join(f", {name}" for name in names)
    origin = "origin_delivery_id, origin_row"
    query = f"""
      SELECT
        change.entry, change.posted_at, change.posted_on, '{feed}' AS feed, change.delivery_id, change.cause,
        change.weight::BIGINT AS weight, change.origin_delivery_id, change.origin_row,
        COALESCE(placed.ward_code, 'unplaced') AS ward_code, COALESCE(placed.la_code, 'unplaced') AS la_code{own}
      FROM {model} AS change
      LEFT JOIN (
        SELECT lsoa_code, ward_code, la_code, from_entry, until_entry
        FROM (
          SELECT
            lsoa_code, ward_code, la_code, weight, entry AS from_entry,
            LEAD(entry, 1, 9223372036854775807) OVER (PARTITION BY lsoa_code ORDER BY entry, weight) AS until_entry
          FROM core.placement
        ) AS stay
        WHERE weight = 1
      ) AS placed
        ON change.lsoa_code = placed.lsoa_code
        AND placed.from_entry < change.entry
        AND placed.until_entry > change.entry
      UNION ALL
      SELECT
        entry, posted_at, posted_on, '{feed}' AS feed, delivery_id, 'reference' AS cause,
        SUM(moved.weight)::BIGINT AS weight, {origin}, ward_code, la_code{again}
      FROM (
        SELECT
          placement.entry, placement.posted_at, placement.posted_on, placement.delivery_id,
          CASE WHEN side.sign = 1 THEN placement.ward_code ELSE 'unplaced' END AS ward_code,
          CASE WHEN side.sign = 1 THEN placement.la_code ELSE 'unplaced' END AS la_code,
          change.weight * placement.weight * side.sign AS weight,
          change.origin_delivery_id, change.origin_row{own}
        FROM core.placement AS placement
        JOIN {model} AS change ON placement.lsoa_code = change.lsoa_code AND placement.entry > change.entry
        CROSS JOIN (SELECT UNNEST([1, -1]) AS sign) AS side
      ) AS moved
      GROUP BY entry, posted_at, posted_on, delivery_id, {origin}, ward_code, la_code{again}
      HAVING SUM(moved.weight) <> 0
    """
    return exp.Subquery(this=parse_one(query, dialect="duckdb"))
