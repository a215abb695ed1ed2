"""Measure how values were revised after they were first known: one row per period of the revision triangle.

The measures are those that statistical offices publish: a revision is a later value minus an earlier one, the mean
revision is their average, and the mean absolute revision is the average of their absolute amounts (OECD, Guidelines on
Revisions Policy and Analysis; ONS, revision triangles).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.vintages import vintages_table

if TYPE_CHECKING:
    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.picture import Picture
    from safer_kpi.reading.table import Table

_PERIODS = """
SELECT metric_id, area_code, any_value(area_name) AS area_name, period, period_type, breakdown, any_value(unit) AS unit,
  any_value(sensitivity) AS sensitivity,
  first_value, min(known_from) AS first_known_from, arg_max(value, entry) AS latest_value,
  max(known_from) AS latest_known_from, count(*) FILTER (value <> before) AS revisions,
  arg_max(value, entry) - first_value AS revision,
  avg(value - first_value) FILTER (value <> before) AS mean_revision,
  avg(abs(value - first_value)) FILTER (value <> before) AS mean_absolute_revision,
  max(months_after) FILTER (value <> before) AS last_revised_months_after
FROM (
  SELECT *, first(value) OVER cells AS first_value, lag(value) OVER cells AS before
  FROM this WHERE value IS NOT NULL
  WINDOW cells AS (PARTITION BY area_code, breakdown, period_type, period_start ORDER BY entry)
)
GROUP BY metric_id, area_code, period, period_type, period_start, breakdown, first_value
ORDER BY area_code, breakdown, period_type, period_start
"""


def revisions_table(
    lake: Picture,
    metric: str,
    *,
    area: str | None,
    by: PeriodType | None,
    period: str | None,
    breakdown: str | None,
) -> Table:
    """Return the table that ``Lake.revisions`` documents."""
    return vintages_table(lake, metric, area=area, by=by, period=period, breakdown=breakdown).query(_PERIODS)
