"""The trace from a delivery to everything it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.table import Table
from safer_kpi.reading.tracing.row import find_delivery
from safer_kpi.reading.tracing.trace import EVERY_AREA

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture

COLUMNS = (
    "delivery_id",
    "feed",
    "entry",
    "posted_at",
    "kind",
    "metric_id",
    "area_code",
    "area_name",
    "area_type",
    "period",
    "period_type",
    "breakdown",
    "measure",
    "cause",
    "amount",
)
# The period labels of observations; a monthly posting of a quarterly figure has a month that no observation names.
_LABEL = """
CASE period_type
  WHEN 'month' THEN strftime(month, '%Y-%m')
  WHEN 'calendar_quarter' THEN strftime(month, '%Y-Q') || quarter(month)
  WHEN 'calendar_year' THEN strftime(month, '%Y')
  WHEN 'rolling12' THEN strftime(month + INTERVAL 11 MONTH, '%Y-%m-R12')
  WHEN 'rolling36' THEN strftime(month + INTERVAL 35 MONTH, '%Y-%m-R36')
  ELSE strftime(month - INTERVAL 3 MONTH, '%Y') || strftime(month + INTERVAL 9 MONTH, '-%y')
    || CASE period_type WHEN 'quarter' THEN '-Q' || quarter(month - INTERVAL 3 MONTH) ELSE '' END
END
"""


def trace_delivery_table(lake: Picture, delivery: int | str) -> Table:
    """Return the table that ``Lake.trace_delivery`` documents."""
    lake.require_evidence("deliveries")
    number = find_delivery(lake, delivery)["delivery_id"]
    sql = f"""
        WITH leveled AS (
          SELECT delivery_id, feed, entry, posted_at, metric_id, period_type, month, breakdown, measure, cause, amount,
            {EVERY_AREA} AS area_code
          FROM kpi.ledger WHERE delivery_id = {number}
        )
        SELECT l.delivery_id, l.feed, l.entry, l.posted_at, e.kind, l.metric_id, l.area_code, a.area_name, a.area_type,
          {_LABEL} AS period, l.period_type, l.breakdown, l.measure, l.cause, CAST(sum(l.amount) AS BIGINT) AS amount
        FROM leveled AS l
        LEFT JOIN kpi.entry AS e ON e.entry = l.entry
        LEFT JOIN kpi.area AS a ON a.area_code = l.area_code
        GROUP BY ALL
        HAVING sum(l.amount) <> 0
        ORDER BY l.entry, l.metric_id, a.area_type, l.area_code, l.period_type, period, l.breakdown, l.measure, l.cause
    """
    return Table(lake.book, sql, COLUMNS)
