"""The table ``cell``: the observations that differ between the two sides or received postings in between.

Most observations of a comparison are equal on both sides. One pass finds them; only the others need further work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.reading.comparing.keys import Keys
    from safer_kpi.reading.sides import Sides

_NAMES = "metric_id, area_code, breakdown, period_type, period_start"
_VALUES = "area_name, period, period_end, numerator, denominator, status"


def write_stored(cursor: duckdb.DuckDBPyConnection, sides: Sides, within: str) -> None:
    """Create the views ``stored_a`` and ``stored_b``: the compared observations of each side."""
    for letter in "ab":
        side = sides.of(letter)
        where = " AND ".join([side.condition, *sides.conditions])
        query = f"SELECT {_NAMES}, {_VALUES} FROM {side.observations} WHERE {where}"
        if not side.is_stored:
            # A balance at a moment sums the whole ledger, so it is computed once and stored.
            cursor.execute(f"CREATE TABLE {within}.balance_{letter} AS {query}")
            query = f"SELECT * FROM {within}.balance_{letter}"
        cursor.execute(f"CREATE VIEW {within}.stored_{letter} AS {query}")


def write_cells(cursor: duckdb.DuckDBPyConnection, keys: Keys) -> None:
    """Write ``cell`` with the observations that differ, and those that need work even if they look equal.

    The latter have no stored number, or belong to a metric whose rule changed.
    """
    half = f"""
        SELECT {keys.cell} AS cell_key, TRUE AS here, numerator, denominator, status = 'unavailable' AS unavailable,
          is_rescaled, b_kind = 'ledger' AS is_divided
        FROM stored_{{letter}} JOIN rule USING (metric_id) JOIN area_key USING (area_code)
        JOIN breakdown_key USING (breakdown) JOIN period_key USING (period_type, period_start)
    """
    cursor.execute(
        f"""
        CREATE TABLE cell AS
        SELECT cell_key, coalesce(b.here, FALSE) AS in_b, a.numerator AS a_n, b.numerator AS b_n, a.denominator AS a_d,
          b.denominator AS b_d, a.unavailable AS a_unavailable, b.unavailable AS b_unavailable
        FROM ({half.format(letter="a")}) AS a FULL JOIN ({half.format(letter="b")}) AS b USING (cell_key)
        WHERE a.numerator IS DISTINCT FROM b.numerator OR a.denominator IS DISTINCT FROM b.denominator
          OR a.numerator IS NULL OR a.unavailable OR b.unavailable OR a.is_rescaled
          OR (a.is_divided AND a.denominator IS NULL)
        """
    )


def insert_touched(cursor: duckdb.DuckDBPyConnection, keys: Keys) -> None:
    """Add to ``cell`` the observations that are equal on both sides but received postings in between."""
    cursor.execute(
        f"""
        CREATE TABLE touched AS
        SELECT DISTINCT metric_no * {keys.places} + account_key % {keys.places} AS cell_key
        FROM account_sum JOIN (
          SELECT metric_no, n_account AS account_no FROM rule
          UNION SELECT metric_no, d_account FROM rule WHERE d_account IS NOT NULL
        ) ON account_no = account_key // {keys.places} AND is_posted
        ANTI JOIN cell ON cell.cell_key = metric_no * {keys.places} + account_key % {keys.places}
        """
    )
    cursor.execute(
        f"""
        INSERT INTO cell
        SELECT cell_key, TRUE, numerator, numerator, denominator, denominator, FALSE, FALSE
        FROM (
          SELECT cell_key, metric_id, area_code, breakdown, period_type, period_start
          FROM touched {keys.names("cell_key")}
        ) JOIN stored_b USING ({_NAMES})
        """
    )
