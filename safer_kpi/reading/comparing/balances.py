"""The table ``balance``: the opening and closing of each cell, and the check that movements connect them.

One row per cell: numerator and denominator on the first side (``n1``, ``d1``), under the new rules on the first side's
evidence (``nr``, ``dr``), and on the second side (``n2``, ``d2``). If a side stored no number, its ledger balance is
used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import CheckFailed
from safer_kpi.reading.comparing.cells import insert_touched
from safer_kpi.reading.comparing.ledgers import rolled, write_sums

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.reading.comparing.keys import Keys
    from safer_kpi.reading.sides import Sides


def _write_wanted(cursor: duckdb.DuckDBPyConnection, name: str, cells: str, keys: Keys, condition: str) -> None:
    """Write the accounts and periods of the numerators and denominators that a condition selects."""
    parts = " UNION ".join(
        f"""
        SELECT {part}_account AS account_no, cell_key % {keys.periods} AS period_no
        FROM {cells} JOIN rule ON metric_no = cell_key // {keys.places}
        WHERE {part}_account IS NOT NULL AND {condition.format(part=part)}
        """
        for part in "nd"
    )
    cursor.execute(f"CREATE TABLE {name} AS {parts}")


def _denominator(own: str, other: str) -> str:
    # Residents are an estimate, not a balance: a side without the observation uses the other side's residents, unless
    # it stored the status unavailable.
    return f"""
        CASE {own}_kind
          WHEN 'count' THEN NULL
          WHEN 'constant' THEN {own}_divisor
          WHEN 'residents' THEN CASE WHEN {own}_unavailable THEN 0
            ELSE coalesce({own}_d, CASE WHEN {other}_kind = 'residents' THEN {other}_d END, 0) END
          ELSE coalesce({own}_d, d.{own}, 0)
        END
    """


def write_balances(cursor: duckdb.DuckDBPyConnection, sides: Sides, keys: Keys) -> None:
    """Write ``balance`` and ``housed`` (movements of residents), and add the cells that only postings reveal."""
    wanted = {letter: f"wanted_{letter}" for letter in "ab"}
    for letter, table in wanted.items():
        _write_wanted(cursor, table, "cell", keys, f"{letter}_{{part}} IS NULL")
    write_sums(cursor, sides, keys, wanted)
    insert_touched(cursor, keys)
    cursor.execute(
        f"""
        CREATE TABLE balance AS
        WITH held AS (
          SELECT
            cell_key, in_b, a_kind, b_kind,
            coalesce(a_n, n.a, 0) AS n1, coalesce(b_n, n.b, 0) AS n2,
            {_denominator("a", "b")} AS d1, {_denominator("b", "a")} AS d2,
            coalesce(n.moved, 0) AS n_moved, coalesce(n.ruled, 0) AS n_ruled,
            coalesce(d.moved, 0) AS d_moved, coalesce(d.ruled, 0) AS d_ruled
          FROM cell JOIN rule ON metric_no = cell_key // {keys.places}
          LEFT JOIN account_sum AS n ON n.account_key = {keys.account("n")}
          LEFT JOIN account_sum AS d ON d.account_key = {keys.account("d")}
        )
        SELECT
          cell_key, in_b, n1, n2, d1, d2, n1 + n_ruled AS nr,
          CASE b_kind WHEN 'ledger' THEN CASE WHEN a_kind = 'ledger' THEN d1 + d_ruled END ELSE d2 END AS dr,
          n1 + n_ruled + n_moved <> n2 AS n_off,
          b_kind = 'ledger' AND (a_kind <> 'ledger' OR d1 + d_ruled + d_moved <> d2) AS d_off
        FROM held
        """
    )
    _move_residents(cursor, sides, keys)


def _move_residents(cursor: duckdb.DuckDBPyConnection, sides: Sides, keys: Keys) -> None:
    """Write ``housed``: changes in residents, each with the delivery that last posted to the area's estimates."""
    levels = " UNION ALL ".join(
        f"SELECT metric_id, {code} AS area_code, breakdown, entry, cause, feed, delivery_id FROM posted_estimate "
        f"WHERE {rolls_up}"
        for code, rolls_up in (
            ("area_code", "TRUE"),
            ("la_code", "la_code NOT IN ('unplaced', 'none')"),
            ("force_code", "force_code NOT IN ('unplaced', 'none')"),
        )
    )
    cursor.execute(
        f"""
        CREATE TABLE housed AS
        WITH posted_estimate AS (
          SELECT metric_id, area_code, la_code, force_code, breakdown, entry, cause, feed, delivery_id
          FROM {sides.b.alias}.kpi.ledger
          WHERE metric_id IN (SELECT b_denominator FROM rule WHERE b_kind = 'residents') AND {sides.between}
        ), latest AS (
          SELECT metric_id AS denominator, area_no, breakdown_no,
            max_by({{cause: cause, feed: feed, delivery_id: delivery_id}}, entry) AS p
          FROM ({levels}) JOIN area_key USING (area_code) JOIN breakdown_key USING (breakdown)
          GROUP BY metric_id, area_no, breakdown_no
        ), moved AS (
          SELECT cell_key, b_denominator AS denominator, d2 - d1 AS amount,
            cell_key // {keys.periods} // {keys.breakdowns} % {keys.areas} AS area_no,
            cell_key // {keys.periods} % {keys.breakdowns} AS breakdown_no
          FROM balance JOIN rule ON metric_no = cell_key // {keys.places}
          WHERE b_kind = 'residents' AND a_denominator = b_denominator AND d1 <> d2
        )
        SELECT cell_key, move_no, amount
        FROM moved JOIN latest USING (denominator, area_no, breakdown_no)
        JOIN move ON move.cause = p.cause AND move.feed IS NOT DISTINCT FROM p.feed
          AND move.delivery_id IS NOT DISTINCT FROM p.delivery_id
        """
    )
    cursor.execute("UPDATE balance SET dr = d1 WHERE cell_key IN (SELECT cell_key FROM housed)")


def require_exact(cursor: duckdb.DuckDBPyConnection, sides: Sides, keys: Keys) -> None:
    """Check that numerators and denominators add up.

    If the first side's stored number differs from the sum of its own ledger (because the rules for sums changed), the
    effect of the new rules is measured directly: the new ledger up to the old entry, minus the stored number.

    Raises:
        CheckFailed: they do not add up, because a stored number and its ledger contradict each other.
    """
    cursor.execute("CREATE TABLE residual AS SELECT cell_key, n_off, d_off FROM balance WHERE n_off OR d_off")
    if not cursor.execute("SELECT count(*) FROM residual").fetchall()[0][0]:
        return
    _write_wanted(cursor, "remade", "residual", keys, "{part}_off")
    remade = rolled(cursor, sides, "b", keys, "remade", sides.before)
    cursor.execute(f"CREATE TABLE remade_sum AS SELECT account_key, sum(amount) AS amount FROM ({remade}) GROUP BY ALL")
    for part in "nd":
        cursor.execute(
            f"""
            UPDATE balance SET {part}r = made.amount, {part}_off = made.amount + made.moved <> {part}2
            FROM (
              SELECT cell_key, coalesce(remade_sum.amount, 0) AS amount, coalesce(account_sum.moved, 0) AS moved
              FROM residual JOIN rule ON metric_no = cell_key // {keys.places}
              LEFT JOIN remade_sum ON remade_sum.account_key = {keys.account(part)}
              LEFT JOIN account_sum ON account_sum.account_key = {keys.account(part)}
              WHERE {part}_off
            ) AS made
            WHERE made.cell_key = balance.cell_key
            """
        )
    broken = cursor.execute(
        f"""
        SELECT metric_id, area_code, period, count(*) OVER ()
        FROM (SELECT cell_key AS broken_key FROM balance WHERE n_off OR d_off) {keys.names("broken_key")}
        ORDER BY metric_id, area_code, period LIMIT 1
        """
    ).fetchall()
    if broken:
        metric_id, area_code, period, count = broken[0]
        raise CheckFailed(
            f"{count} statements do not add up; the first is {metric_id}, {area_code}, {period}.",
            next_action="Verify both releases, then build the lake again.",
        )
