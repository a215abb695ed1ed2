"""The selection and order of the leading numbers: the moved numbers that a summary mentions first.

One change shows in many numbers: a ward, its authority and its force; a month, its quarter, its year and every
twelve-month period with that month; a count, its rate and its parts. For each metric, the selection takes the
partnership's own area (the local authority, else the force, else the wards), totals before parts, and the longest
periods that do not contain each other. It takes the last rolling period only if the metric has no other periods.
Figures that both sides have come before new figures. A rate or share follows its count as a companion.

The order is relative change times the square root of the events behind the number. For a count n that moved by d this
is d / sqrt(n), roughly the change as a multiple of chance variation. So counts, rates and percentages fit in one list,
and neither large nor small counts dominate it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.domain.periods import ROLLING
from safer_kpi.sql import literal, values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from safer_kpi.reading.table import Table
    from safer_kpi.sql import Value

#: The rolling period types as a list of SQL literals.
ROLLING_SQL = ", ".join(literal(length) for length in sorted(ROLLING))
_INFO = {"metric_id": "VARCHAR", "base_id": "VARCHAR", "kept_with": "INTEGER"}

_PICKED = """
moved AS (
  SELECT n.*, base_id, kept_with, period_type IN ({rolling}) AS rolls,
    CASE area_type WHEN 'local_authority' THEN 0 WHEN 'force' THEN 2 WHEN 'ward' THEN 3 WHEN 'unplaced' THEN 4
      ELSE 1 END AS level,
    CASE change WHEN '{expected}' THEN 1 WHEN 'unstated' THEN 2 ELSE 0 END AS rank,
    CASE WHEN kept_with = 2 THEN events ELSE greatest(abs(opening), abs(closing)) END AS weight
  FROM this AS n JOIN info USING (metric_id)
  WHERE lines > 0 AND (opening <> closing OR change IN ('gone', 'first'))
), told AS (
  SELECT * FROM moved QUALIFY rank = min(rank) OVER ()
), here AS (
  SELECT * FROM told QUALIFY level = min(level) OVER (PARTITION BY metric_id)
), whole AS (
  SELECT * FROM here
  QUALIFY breakdown = 'all' OR NOT bool_or(breakdown = 'all') OVER (PARTITION BY metric_id, area_code)
), settled AS (
  SELECT * FROM whole WINDOW series AS (PARTITION BY metric_id, area_code, breakdown)
  QUALIFY NOT rolls OR (bool_and(rolls) OVER series AND period_end = max(period_end) OVER series)
), longest AS (
  SELECT * FROM settled AS n
  WHERE NOT EXISTS (
    SELECT 1 FROM settled AS o
    WHERE o.metric_id = n.metric_id AND o.area_code = n.area_code AND o.breakdown = n.breakdown
      AND o.period_start <= n.period_start AND o.period_end >= n.period_end
      AND o.period_end - o.period_start > n.period_end - n.period_start
  )
), placed AS (
  SELECT *, row_number() OVER one AS place, first_value(metric_id) OVER one AS lead_id,
    coalesce(abs(closing - opening) / nullif(greatest(abs(opening), abs(closing)), 0), 0) * sqrt(weight) AS size
  FROM longest
  WINDOW one AS (PARTITION BY base_id, area_code, breakdown, period_type, period ORDER BY kept_with, metric_id)
)
"""
_HEADLINES = """
, headline AS (
  SELECT *, row_number() OVER (ORDER BY level, size DESC, metric_id, area_code, period_start, breakdown) AS line,
    count(*) OVER () AS of
  FROM placed WHERE place = 1
), shown AS (
  SELECT * FROM headline WHERE line <= {most}
), followed AS (
  SELECT shown.line, count(*) - 1 AS followers
  FROM shown JOIN this AS n
    ON n.metric_id = shown.metric_id AND n.lines > 0
    AND n.period_start <= shown.period_end AND n.period_end >= shown.period_start
  GROUP BY shown.line
)
SELECT shown.*, followers, TRUE AS leads FROM shown JOIN followed USING (line)
UNION ALL BY NAME
SELECT placed.*, shown.line, shown.of, 0 AS followers, FALSE AS leads
FROM placed JOIN shown
  ON placed.lead_id = shown.metric_id AND placed.place > 1 AND placed.area_code = shown.area_code
  AND placed.breakdown = shown.breakdown AND placed.period_type = shown.period_type AND placed.period = shown.period
"""


def headlines(
    found: Table, metrics: Mapping[str, Mapping[str, Any]], *, most: int, backwards: bool
) -> list[dict[str, Any]]:
    """Return the leading numbers, each followed by its companions (``leads`` is false).

    ``of`` is the number of candidates. A figure that only the later side has is not a candidate, because it is
    expected as time passes.
    """
    info: list[tuple[Value, ...]] = [
        (metric_id, str(about["numerator"]), _kept_with(about)) for metric_id, about in metrics.items()
    ]
    picked = _PICKED.format(expected="gone" if backwards else "first", rolling=ROLLING_SQL)
    sql = f"WITH info AS ({values(_INFO, info)}), {picked} {_HEADLINES.format(most=most)}"
    return found.query(f"SELECT * FROM ({sql}) ORDER BY line, leads DESC, metric_id").rows()


def _kept_with(about: Mapping[str, Any]) -> int:
    """Return the sort key within one group: hours (0), then the count (1), then its rate or share (2)."""
    denominator = about["denominator"]
    if denominator is None:
        return 1
    return 0 if str(denominator).isdigit() else 2
