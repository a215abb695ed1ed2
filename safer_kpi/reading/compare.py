"""Why numbers changed: a reconciliation statement per observation, computed in DuckDB, exact to the last unit."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from safer_kpi.errors import CheckFailed
from safer_kpi.reading.compare_amounts import AMOUNTS, statement_rows
from safer_kpi.reading.compare_balances import insert_population, rolled_up, write_balances
from safer_kpi.reading.compare_cells import Slice, write_cells, write_movements
from safer_kpi.reading.metric import period_filter
from safer_kpi.reading.sides import Side, side
from safer_kpi.reading.sql import literal
from safer_kpi.reading.table import Table

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.lake import Lake
    from safer_kpi.reading.times import Moment

COLUMNS = (
    "metric_id",
    "area_code",
    "area_name",
    "period",
    "breakdown",
    "step",
    "cause",
    "feed",
    "delivery_id",
    "amount",
)


def compare_table(
    lake: Lake,
    a: Moment,
    b: Moment,
    *,
    metric: str | None,
    area: str | None,
    by: PeriodType | None,
    period: str | None,
) -> Table:
    """The statements ``Lake.compare`` promises."""
    first, second = side(lake, a), side(lake, b)
    chosen = _slice(lake, metric, area, by, period)
    # Movements are read from the ledger that knows more; looking back they count with turned signs.
    backwards = first.last_entry > second.last_entry
    if backwards:
        first, second = second, first
    cells, told, lines = (lake.book.result_name() for _ in range(3))
    cursor = lake.book.cursor()
    try:
        write_cells(cursor, first, second, chosen, cells=cells)
        write_movements(cursor, first, second, chosen)
        write_balances(cursor, first, second)
        insert_population(cursor, first, second)
        _require_exact(cursor, first, second)
        for statement in AMOUNTS:
            cursor.execute(statement.format(told=told, lines=lines))
        rates = bool(cursor.execute("SELECT count(*) FROM parts WHERE part = 'd'").fetchall()[0][0])
    finally:
        cursor.close()
    table = Table(lake.book, statement_rows(cells, told, lines, backwards=backwards, rates=rates), COLUMNS)
    weakref.finalize(table, lake.book.drop, [cells, told, lines])
    return table


def _slice(lake: Lake, metric: str | None, area: str | None, by: PeriodType | None, period: str | None) -> Slice:
    conditions = period_filter(by, period)
    metric_id = lake.book.metric_id(metric) if metric is not None else None
    area_code = lake.book.area_code(area) if area is not None else None
    if metric_id is not None:
        conditions.append(f"metric_id = {literal(metric_id)}")
    if area_code is not None:
        conditions.append(f"area_code = {literal(area_code)}")
    return Slice(conditions, metric_id, area_code)


_RESIDUAL = """
WITH moved AS (
  SELECT cell_id, part, sum(amount) AS amount FROM movement GROUP BY cell_id, part
)
SELECT balance.cell_id, 'n' AS part, n1 AS opening, n2 AS closing
FROM balance LEFT JOIN (SELECT * FROM moved WHERE part = 'n') AS m ON m.cell_id = balance.cell_id
WHERE n1 + coalesce(m.amount, 0) <> n2
UNION ALL
SELECT balance.cell_id, 'd', d1, d2
FROM balance LEFT JOIN (SELECT * FROM moved WHERE part = 'd') AS m ON m.cell_id = balance.cell_id
WHERE d1 + coalesce(m.amount, 0) <> d2
"""


def _require_exact(cursor: duckdb.DuckDBPyConnection, first: Side, second: Side) -> None:
    """Numerators and denominators must add up.

    Where the first side's stored number is not what its own ledger sums to (the rules of summing changed), the effect
    of the new rules is measured directly: the new ledger up to the old entry, less what was stored.

    Raises:
        CheckFailed: they still do not: a stored number and its ledger contradict each other.
    """
    cursor.execute(f"CREATE TEMP TABLE residual AS {_RESIDUAL}")
    if not cursor.execute("SELECT count(*) FROM residual").fetchall()[0][0]:
        return
    cursor.execute(
        "DELETE FROM movement WHERE cause = 'rule' AND (cell_id, part) IN (SELECT (cell_id, part) FROM residual)"
    )
    on_old_evidence = rolled_up("b", second, first.last_entry, "SELECT cell_id FROM residual")
    cursor.execute(
        f"""
        INSERT INTO movement
        SELECT r.cell_id, r.part, 'rule', NULL, NULL, coalesce(s.amount, 0) - r.opening
        FROM residual AS r LEFT JOIN ({on_old_evidence}) AS s USING (cell_id, part)
        WHERE coalesce(s.amount, 0) <> r.opening
        """
    )
    broken = cursor.execute(
        f"""
        SELECT metric_id, area_code, period, count(*) OVER ()
        FROM ({_RESIDUAL}) JOIN cell USING (cell_id)
        ORDER BY metric_id, area_code, period LIMIT 1
        """
    ).fetchall()
    if broken:
        metric_id, area_code, period, count = broken[0]
        raise CheckFailed(
            f"{count} statements do not add up, the first is {metric_id}, {area_code}, {period}.",
            next_action="Verify both releases, and build the lake again.",
        )
