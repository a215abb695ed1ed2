"""The observations two sides hold, and what was posted to them in between, as temporary tables of one cursor.

``cell``: one row per observation of either side. ``parts``: which ledgers make each metric. ``rule``: what changed in a
metric's definition. ``calendar``: the months of each period. ``movement``: one row per cell, part (numerator ``n`` or
denominator ``d``), cause and delivery.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.reading.sql import literal

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.reading.sides import Side

# A posting counts in its smallest area, its local authority and its force; what is unplaced only where it is unplaced,
# and what does not roll up (none) only in its own area.
AREAS = (
    "unnest(list_distinct([area_code, CASE WHEN la_code NOT IN ('unplaced', 'none') THEN la_code END, "
    "CASE WHEN force_code NOT IN ('unplaced', 'none') THEN force_code END])) AS area"
)
# How postings find the cells they count in: those by month in every period that holds the month, the others (of
# metrics that are never summed) in the one period they were posted for.
TO_CELLS = """
JOIN calendar
  ON calendar.month = l.month
  AND (l.is_summed OR (calendar.period_type = l.period_type AND calendar.period_start = l.month))
JOIN cell
  ON cell.metric_id = l.metric_id AND cell.area_code = l.area AND cell.breakdown = l.breakdown
  AND cell.period_type = calendar.period_type AND cell.period_start = calendar.period_start
"""
_BASE = "metric_id, part, is_summed, area_code, la_code, force_code, period_type, month, breakdown"


@dataclass(frozen=True)
class Slice:
    """What of the observations is compared: conditions on them, and the metric and area where one was named."""

    conditions: list[str]
    metric_id: str | None
    area_code: str | None


def write_cells(cursor: duckdb.DuckDBPyConnection, first: Side, second: Side, chosen: Slice, *, cells: str) -> None:
    """Write ``cell`` (a view of the table ``cells``, which outlives the cursor), ``parts``, ``rule``, ``calendar``."""
    stored_a, stored_b = (_stored(half, chosen) for half in (first, second))
    cursor.execute(
        f"""
        CREATE TABLE {cells} AS
        SELECT
          metric_id, area_code, coalesce(b.area_name, a.area_name) AS area_name,
          coalesce(b.period, a.period) AS period, period_type, period_start,
          coalesce(b.period_end, a.period_end) AS period_end, breakdown,
          a.numerator AS a_n, b.numerator AS b_n, a.denominator AS a_d, b.denominator AS b_d,
          a.status AS a_status, b.status AS b_status
        FROM ({stored_a}) AS a
        FULL JOIN ({stored_b}) AS b USING (metric_id, area_code, period_type, period_start, breakdown)
        """
    )
    # Numbering rows with a window would keep one core busy and the other idle.
    cursor.execute(f"CREATE TEMP VIEW cell AS SELECT rowid AS cell_id, * FROM {cells}")
    cursor.execute(
        "CREATE TEMP TABLE half_metric AS "
        + " UNION ALL ".join(
            f"""
            SELECT '{letter}' AS side, metric_id, definition_version, numerator, denominator, additive,
              CAST(coalesce(rate_base, 1) AS HUGEINT) AS base
            FROM {half.alias}.kpi.metric
            """
            for letter, half in (("a", first), ("b", second))
        )
    )
    named = f"WHERE metric_id = {literal(chosen.metric_id)}" if chosen.metric_id else ""
    cursor.execute(
        f"""
        CREATE TEMP TABLE parts AS
        WITH part AS (
          SELECT side, metric_id, unnest(['n', 'd']) AS part, unnest([numerator, denominator]) AS ledger_id
          FROM half_metric {named}
        ), unsummed AS (
          SELECT side, metric_id AS ledger_id FROM half_metric WHERE denominator IS NULL AND NOT additive
        )
        SELECT side, metric_id, part, ledger_id,
          (side, ledger_id) NOT IN (SELECT (side, ledger_id) FROM unsummed) AS is_summed
        FROM part WHERE ledger_id IS NOT NULL
        """
    )
    cursor.execute(
        """
        CREATE TEMP TABLE rule AS
        SELECT
          metric_id, coalesce(a.base, b.base) AS a_base, coalesce(b.base, a.base) AS b_base,
          coalesce(b.denominator, a.denominator) AS denominator,
          CASE WHEN a.definition_version IS DISTINCT FROM b.definition_version
            THEN 'definition' ELSE 'method' END AS cause
        FROM (SELECT * FROM half_metric WHERE side = 'a') AS a
        FULL JOIN (SELECT * FROM half_metric WHERE side = 'b') AS b USING (metric_id)
        """
    )
    cursor.execute(
        """
        CREATE TEMP TABLE calendar AS
        WITH period AS (SELECT DISTINCT period_type, period_start, period_end FROM cell)
        SELECT period_type, period_start, CAST(unnest(generate_series(
          CAST(period_start AS TIMESTAMP), CAST(period_end AS TIMESTAMP), INTERVAL 1 MONTH)) AS DATE) AS month
        FROM period
        """
    )


def _stored(half: Side, chosen: Slice) -> str:
    return f"""
        SELECT metric_id, area_code, area_name, period, period_type, period_start, period_end, breakdown,
          numerator, denominator, status
        FROM {half.observations} WHERE {" AND ".join([half.condition, *chosen.conditions])}
    """


def postings(letter: str, source: Side, first_entry: int, last_entry: int, area_code: str | None = None) -> str:
    """Postings of the compared metrics' parts after one entry and up to another, at the ledger's own grain."""
    area = ""
    if area_code is not None:
        code = literal(area_code)
        area = f"AND (area_code = {code} OR la_code = {code} OR force_code = {code})"
    return f"""
        SELECT p.metric_id, p.part, p.is_summed, l.area_code, l.la_code, l.force_code, l.period_type, l.month,
          l.breakdown, l.cause, l.feed, l.delivery_id, l.amount
        FROM {source.alias}.kpi.ledger AS l JOIN parts AS p ON p.ledger_id = l.metric_id
        WHERE p.side = '{letter}' AND NOT p.ledger_id LIKE 'population%' AND l.measure = 'amount'
          AND l.entry > {first_entry} AND l.entry <= {last_entry} {area}
    """


def write_movements(cursor: duckdb.DuckDBPyConnection, first: Side, second: Side, chosen: Slice) -> None:
    """Write ``movement``: what was posted between the sides, and as cause ``rule`` the new rules' effect before."""
    between = postings("b", second, first.last_entry, second.last_entry, chosen.area_code)
    cursor.execute(
        f"""
        CREATE TEMP TABLE delta AS
        SELECT {_BASE}, cause, feed, delivery_id, sum(amount) AS amount FROM ({between})
        GROUP BY ALL HAVING sum(amount) <> 0
        """
    )
    if first.alias != second.alias:
        old = postings("a", first, 0, first.last_entry, chosen.area_code)
        new = postings("b", second, 0, first.last_entry, chosen.area_code)
        cursor.execute(
            f"""
            INSERT INTO delta
            SELECT {_BASE}, 'rule', NULL, NULL, sum(amount)
            FROM (SELECT {_BASE}, amount FROM ({new}) UNION ALL SELECT {_BASE}, -amount FROM ({old}))
            GROUP BY ALL HAVING sum(amount) <> 0
            """
        )
    cursor.execute(
        f"""
        CREATE TEMP TABLE movement AS
        WITH leveled AS (
          SELECT metric_id, part, is_summed, {AREAS}, period_type, month, breakdown, cause, feed, delivery_id, amount
          FROM delta
        ), l AS (
          SELECT metric_id, part, is_summed, area, period_type, month, breakdown, cause, feed, delivery_id,
            sum(amount) AS amount
          FROM leveled GROUP BY ALL
        )
        SELECT cell.cell_id, l.part, l.cause, l.feed, l.delivery_id, CAST(sum(l.amount) AS HUGEINT) AS amount
        FROM l {TO_CELLS}
        GROUP BY cell.cell_id, l.part, l.cause, l.feed, l.delivery_id HAVING sum(l.amount) <> 0
        """
    )
