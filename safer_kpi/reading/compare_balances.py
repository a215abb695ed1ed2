"""What each side of a comparison holds: the table ``balance``, one row per cell with both sides' two parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.compare_cells import AREAS, TO_CELLS, postings

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.reading.sides import Side


def rolled_up(letter: str, source: Side, last_entry: int, cells: str) -> str:
    """The ledger's own balance of the chosen cells, by cell and part."""
    return f"""
        SELECT cell.cell_id, l.part, CAST(sum(l.amount) AS HUGEINT) AS amount
        FROM (
          SELECT metric_id, part, is_summed, {AREAS}, period_type, month, breakdown, amount
          FROM ({postings(letter, source, 0, last_entry)})
        ) AS l {TO_CELLS}
        WHERE cell.cell_id IN ({cells})
        GROUP BY cell.cell_id, l.part
    """


def _numerator(half: str, name: str) -> str:
    return f"coalesce({half}_n, {half}n.amount, 0) AS {name}"


def _denominator(half: str, other: str, name: str) -> str:
    # A population belongs to a year, not to a balance: a side without the observation counts over the other side's
    # residents, unless it said itself that there were none.
    return f"""
        CASE
          WHEN rule.denominator IS NULL THEN NULL
          WHEN TRY_CAST(rule.denominator AS BIGINT) IS NOT NULL THEN TRY_CAST(rule.denominator AS BIGINT)
          WHEN NOT rule.denominator LIKE 'population%' THEN coalesce({half}_d, {half}d.amount, 0)
          WHEN {half}_status = 'unavailable' THEN 0
          ELSE coalesce({half}_d, {other}_d, 0)
        END AS {name}
    """


def write_balances(cursor: duckdb.DuckDBPyConnection, first: Side, second: Side) -> None:
    """Write ``balance``: what each side stored; where it stored nothing, what its ledger sums to."""
    for letter, source in (("a", first), ("b", second)):
        missing = f"SELECT cell_id FROM cell WHERE {letter}_n IS NULL"
        cursor.execute(f"CREATE TEMP TABLE rolled_{letter} AS {rolled_up(letter, source, source.last_entry, missing)}")
    joins = " ".join(
        f"LEFT JOIN (SELECT * FROM rolled_{half} WHERE part = '{part}') AS {half}{part} "
        f"ON {half}{part}.cell_id = cell.cell_id"
        for half in "ab"
        for part in "nd"
    )
    cursor.execute(
        f"""
        CREATE TEMP TABLE balance AS
        WITH held AS (
          SELECT
            cell.cell_id, rule.cause AS rule, rule.denominator, a_base, b_base,
            {_numerator("a", "n1")}, {_numerator("b", "n2")},
            {_denominator("a", "b", "d1")}, {_denominator("b", "a", "d2")}
          FROM cell JOIN rule USING (metric_id) {joins}
        )
        SELECT
          cell_id, rule, denominator, a_base, b_base, CAST(n1 AS HUGEINT) AS n1, CAST(n2 AS HUGEINT) AS n2,
          CAST(d1 AS HUGEINT) AS d1, CAST(d2 AS HUGEINT) AS d2
        FROM held
        """
    )


def insert_population(cursor: duckdb.DuckDBPyConnection, first: Side, second: Side) -> None:
    """Add a changed population as one movement: of the delivery that last posted to the area's estimates."""
    cursor.execute(
        f"""
        INSERT INTO movement
        WITH posted AS (
          SELECT metric_id AS ledger_id, {AREAS}, breakdown, entry, cause, feed, delivery_id
          FROM {second.alias}.kpi.ledger
          WHERE metric_id LIKE 'population%' AND entry > {first.last_entry} AND entry <= {second.last_entry}
        ), latest AS (
          SELECT ledger_id, area, breakdown, max_by({{cause: cause, feed: feed, delivery_id: delivery_id}}, entry) AS p
          FROM posted GROUP BY ledger_id, area, breakdown
        )
        SELECT cell_id, 'd', coalesce(p.cause, 'rule'), p.feed, p.delivery_id, d2 - d1
        FROM balance JOIN cell USING (cell_id)
        LEFT JOIN latest
          ON latest.ledger_id = balance.denominator AND latest.area = cell.area_code
          AND latest.breakdown = cell.breakdown
        WHERE balance.denominator LIKE 'population%' AND d1 <> d2
        """
    )
