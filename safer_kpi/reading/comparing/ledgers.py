"""The postings of a comparison, summed by account.

``move``: one row per cause, feed and delivery. ``posted``: the postings between the two sides, by account, area,
breakdown, slot (see ``calendar``) and move. ``ruled``: the effect of the new rules on the old evidence, with the same
columns except the move. ``account_sum``: the sums that a balance needs, by account, area, breakdown and period. Amounts
are whole numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.comparing.keys import SLOT
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from safer_kpi.reading.comparing.keys import Keys
    from safer_kpi.reading.sides import Sides


def _postings(sides: Sides, letter: str, entries: str, *, also: str = "", ledgers: Iterable[str] | None = None) -> str:
    """Return the query for a side's postings at the ledger's own grain; ``also`` names further columns."""
    conditions = ["measure = 'amount'", entries]
    if sides.area_code is not None:
        code = literal(sides.area_code)
        conditions.append(f"(area_code = {code} OR la_code = {code} OR force_code = {code})")
    if ledgers is not None:
        # Literal names let DuckDB skip the blocks of other ledgers.
        conditions.append(f"metric_id IN ({', '.join(literal(ledger) for ledger in ledgers) or 'NULL'})")
    return f"""
        SELECT account_no, {letter}_summed AS is_summed, area_code, la_code, force_code, breakdown, period_type, month,
          amount{also}
        FROM {sides.of(letter).alias}.kpi.ledger JOIN account ON account.{letter}_ledger = metric_id
        WHERE {" AND ".join(conditions)}
    """


def _in_areas(postings: str, keys: Keys, *, also: str = "", wanted: str = "TRUE") -> str:
    """Return the query for postings summed by account, area and breakdown (``spot_key``) and slot.

    A posting counts in its smallest area, its local authority and its force. An unplaced posting counts only as
    unplaced at its own level, and one that does not roll up (none) only in its own area.
    """
    return f"""
        WITH posting AS ({postings}), coded AS (
          SELECT
            account_no, breakdown_no, {SLOT} AS slot{also}, amount, own.area_no AS own_no,
            CASE WHEN la_code NOT IN ('unplaced', 'none') AND la_code <> posting.area_code THEN la.area_no END AS la_no,
            CASE WHEN force_code NOT IN ('unplaced', 'none') AND force_code <> posting.area_code
              AND force_code IS DISTINCT FROM la_code THEN force.area_no END AS force_no
          FROM posting JOIN breakdown_key USING (breakdown)
          LEFT JOIN area_key AS own ON own.area_code = posting.area_code
          LEFT JOIN area_key AS la ON la.area_code = posting.la_code
          LEFT JOIN area_key AS force ON force.area_code = posting.force_code
          LEFT JOIN period_key
            ON period_key.period_type = posting.period_type AND period_key.period_start = posting.month
        ), leveled AS (
          SELECT account_no, own_no AS area_no, breakdown_no, slot{also}, amount FROM coded WHERE own_no IS NOT NULL
          UNION ALL
          SELECT account_no, la_no, breakdown_no, slot{also}, amount FROM coded WHERE la_no IS NOT NULL
          UNION ALL
          SELECT account_no, force_no, breakdown_no, slot{also}, amount FROM coded WHERE force_no IS NOT NULL
        )
        SELECT spot_key, slot{also}, CAST(sum(amount) AS BIGINT) AS amount
        FROM (SELECT {keys.spot} AS spot_key, slot{also}, amount FROM leveled WHERE {wanted})
        GROUP BY ALL HAVING sum(amount) <> 0
    """


# A change of rules is a move without a delivery.
_MOVE = """
CREATE TABLE move AS
SELECT cause, feed, delivery_id, CAST(dense_rank() OVER (ORDER BY delivery_id NULLS FIRST) AS INTEGER) AS turn,
  CAST(row_number() OVER (ORDER BY delivery_id NULLS FIRST, cause, feed) AS BIGINT) AS move_no
FROM (
  SELECT DISTINCT cause, feed, delivery_id FROM {alias}.kpi.ledger WHERE {between}
  UNION SELECT cause, feed, CAST(NULL AS BIGINT) FROM rule
)
"""


def write_moves(cursor: duckdb.DuckDBPyConnection, sides: Sides, keys: Keys) -> None:
    """Write ``move``, ``posted`` and ``ruled``."""
    cursor.execute(_MOVE.format(alias=sides.b.alias, between=sides.between))
    postings = _postings(sides, "b", sides.between, also=", cause, feed, delivery_id")
    moved = f"""
        SELECT posting.*, move_no
        FROM ({postings}) AS posting JOIN move
          ON move.delivery_id IS NOT DISTINCT FROM posting.delivery_id
          AND move.cause = posting.cause AND move.feed IS NOT DISTINCT FROM posting.feed
    """
    cursor.execute(f"CREATE TABLE posted AS {_in_areas(moved, keys, also=', move_no')}")
    changed = [] if sides.a.alias == sides.b.alias else _changed_ledgers(cursor, sides)
    before, after = (_postings(sides, letter, sides.before, ledgers=changed) for letter in "ab")
    effect = f"SELECT * REPLACE (-amount AS amount) FROM ({before}) UNION ALL {after}"
    cursor.execute(f"CREATE TABLE ruled AS {_in_areas(effect, keys)}")


def _changed_ledgers(cursor: duckdb.DuckDBPyConnection, sides: Sides) -> list[str]:
    """Return the ledgers whose rows differ between the sides up to the first side's last entry.

    Sums of hashes are compared. If two different ledgers had equal sums, their cells would not add up, and
    ``require_exact`` would then measure the effect of the new rules directly.
    """
    prints = [
        f"""
        SELECT metric_id, count(*) AS postings, sum(hash(
          area_code, la_code, force_code, period_type, month, breakdown, measure, amount
        )) AS print
        FROM {side.alias}.kpi.ledger WHERE {sides.before} GROUP BY metric_id
        """
        for side in (sides.a, sides.b)
    ]
    otherwise = "a_ledger IS DISTINCT FROM b_ledger OR a_summed IS DISTINCT FROM b_summed"
    found = cursor.execute(
        f"""
        SELECT metric_id FROM ({prints[0]}) AS a FULL JOIN ({prints[1]}) AS b USING (metric_id)
        WHERE a.postings IS DISTINCT FROM b.postings OR a.print IS DISTINCT FROM b.print
        UNION SELECT a_ledger FROM account WHERE {otherwise}
        UNION SELECT b_ledger FROM account WHERE {otherwise}
        """
    ).fetchall()
    return [row[0] for row in found if row[0] is not None]


def rolled(cursor: duckdb.DuckDBPyConnection, sides: Sides, letter: str, keys: Keys, wanted: str, entries: str) -> str:
    """Return the query for a side's ledger balances over ``entries``, for the accounts and periods in ``wanted``."""
    cursor.execute(
        f"""
        CREATE TABLE {wanted}_slot AS
        SELECT DISTINCT account_no, period_no, slot FROM {wanted} JOIN calendar USING (period_no)
        """
    )
    named = f"SELECT DISTINCT {letter}_ledger FROM account WHERE account_no IN (SELECT account_no FROM {wanted})"
    ledgers = [row[0] for row in cursor.execute(named).fetchall() if row[0] is not None]
    summed = _in_areas(
        _postings(sides, letter, entries, ledgers=ledgers),
        keys,
        wanted=f"(account_no, slot) IN (SELECT (account_no, slot) FROM {wanted}_slot)",
    )
    return f"""
        SELECT spot_key * {keys.periods} + period_no AS account_key, amount
        FROM ({summed}) AS summed
        JOIN {wanted}_slot AS slot ON slot.account_no = spot_key // {keys.spots} AND slot.slot = summed.slot
    """


def write_sums(cursor: duckdb.DuckDBPyConnection, sides: Sides, keys: Keys, wanted: dict[str, str]) -> None:
    """Write ``account_sum``: the sums of ``posted`` and ``ruled``, and each side's balances of its ``wanted`` table.

    It contains everything that a balance needs, so a cell joins it once for the numerator and once for the denominator.
    """
    balances = "".join(
        f" UNION ALL SELECT account_key, FALSE, {', '.join(columns)} "
        f"FROM ({rolled(cursor, sides, letter, keys, wanted[letter], f'entry <= {sides.of(letter).last_entry}')})"
        for letter, columns in (("a", ("amount", "0", "0", "0")), ("b", ("0", "amount", "0", "0")))
    )
    cursor.execute(
        f"""
        CREATE TABLE account_sum AS
        WITH changed AS (
          SELECT spot_key, slot, amount AS moved, 0 AS ruled FROM posted
          UNION ALL SELECT spot_key, slot, 0 AS moved, amount AS ruled FROM ruled
        ), slotted AS (
          SELECT spot_key, slot, CAST(sum(moved) AS BIGINT) AS moved, CAST(sum(ruled) AS BIGINT) AS ruled
          FROM changed GROUP BY spot_key, slot
        ), every AS (
          SELECT spot_key * {keys.periods} + period_no AS account_key, TRUE AS is_posted, 0 AS a, 0 AS b, moved, ruled
          FROM slotted JOIN calendar USING (slot)
          {balances}
        )
        SELECT account_key, bool_or(is_posted) AS is_posted, CAST(sum(a) AS BIGINT) AS a, CAST(sum(b) AS BIGINT) AS b,
          CAST(sum(moved) AS BIGINT) AS moved, CAST(sum(ruled) AS BIGINT) AS ruled
        FROM every GROUP BY account_key
        """
    )
