"""The numbers of a comparison: one row per observation of either side, with opening, closing and both statuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.reading.metric import period_filter
from safer_kpi.sql import literal
from safer_kpi.statements.moved import Totals

if TYPE_CHECKING:
    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.comparing.compare import Comparison
    from safer_kpi.reading.lake import Lake
    from safer_kpi.reading.sides import Side
    from safer_kpi.reading.table import Table
    from safer_kpi.reading.times import Moment


@dataclass(frozen=True)
class Slice:
    """The selection of a comparison: two sides and, if given, one metric, area, period length or period."""

    a: Moment
    b: Moment
    metric: str | None = None
    area: str | None = None
    by: PeriodType | None = None
    period: str | None = None

    def conditions(self, lake: Lake) -> str:
        """Return the SQL condition that selects the observations."""
        conditions = ["TRUE", *period_filter(self.by, self.period)]
        if self.metric is not None:
            conditions.append(f"metric_id = {literal(lake.book.metric_id(self.metric))}")
        if self.area is not None:
            conditions.append(f"area_code = {literal(lake.book.area_code(self.area))}")
        return " AND ".join(conditions)

    def rows(self, lake: Lake) -> Comparison:
        """Return the rows of the comparison."""
        return lake.compare(self.a, self.b, metric=self.metric, area=self.area, by=self.by, period=self.period)

    @property
    def is_narrow(self) -> bool:
        """Whether the selection is one metric in one area."""
        return bool(self.metric and self.area)


_KEY = "metric_id, area_code, period_type, period, breakdown"
_NUMBERS = """
SELECT
  {key}, coalesce(b.area_name, a.area_name) AS area_name, coalesce(b.area_type, a.area_type) AS area_type,
  coalesce(b.period_start, a.period_start) AS period_start, coalesce(b.period_end, a.period_end) AS period_end,
  a.status AS a_status, b.status AS b_status, a.value IS NOT NULL AS has_a, b.value IS NOT NULL AS has_b,
  greatest(abs(coalesce(a.numerator, 0)), abs(coalesce(b.numerator, 0))) AS events,
  coalesce(opening, 0) AS opening, coalesce(closing, 0) AS closing, coalesce(lines, 0) AS lines,
  CASE
    WHEN a.value IS NOT NULL AND b.value IS NOT NULL THEN 'revised' WHEN a.value IS NOT NULL THEN 'gone'
    WHEN b.value IS NOT NULL THEN 'first' ELSE 'unstated'
  END AS change
FROM ({a}) AS a
FULL JOIN ({b}) AS b USING ({key})
LEFT JOIN (
  SELECT {key}, coalesce(sum(amount) FILTER (step = 'opening'), 0) AS opening,
    coalesce(sum(amount) FILTER (step = 'closing'), 0) AS closing, count(*) FILTER (step = 'movement') AS lines
  FROM this GROUP BY {key}
) AS told USING ({key})
"""


def numbers(sides: tuple[Side, Side], conditions: str, typed: Table) -> Table:
    """Return one row per observation of at least one side, computed once.

    ``opening`` and ``closing`` come from ``typed``; they are 0 for an unchanged number that ``typed`` leaves out.
    """
    first, second = sides
    return typed.query(
        _NUMBERS.format(key=_KEY, a=_observations(first, conditions), b=_observations(second, conditions))
    ).kept()


def _observations(half: Side, conditions: str) -> str:
    return (
        f"SELECT {_KEY}, area_name, area_type, period_start, period_end, status, value, numerator "
        f"FROM {half.observations} WHERE {half.condition} AND {conditions}"
    )


_TOTALS = """
SELECT
  count(*) AS numbers, count(*) FILTER (change = 'revised') AS both, count(*) FILTER (lines > 0) AS moved,
  count(*) FILTER (lines > 0 AND change = 'revised') AS revised,
  count(*) FILTER (lines > 0 AND change = 'gone') AS gone,
  count(*) FILTER (lines > 0 AND change = 'first') AS first,
  count(*) FILTER (lines > 0 AND change = 'unstated') AS unstated,
  count(*) FILTER (lines > 0 AND opening = closing) AS settled
FROM this
"""


def totals(found: Table) -> Totals:
    """Return the totals of the numbers."""
    return Totals(**found.query(_TOTALS).rows()[0])
