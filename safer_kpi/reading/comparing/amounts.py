"""The amounts of a statement: integers for counts, decimals of nine places for rates and proportions.

If N1/D1 is the opening and N2/D2 the closing, a numerator change n has the effect n * (1/D1 + 1/D2) / 2. The
denominator's effect, (N1 + N2)/2 * (1/D2 - 1/D1), is shared in proportion to the denominator's changes. A side whose
denominator is 0 has the balance 0. In that case a numerator change counts over the other side's denominator, and the
denominator's changes count with the numerator of the side without a denominator. Amounts are whole numbers of 1e-9,
never floats: a ratio x/y is rounded as (2|x| + y) // 2y with the sign of x.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.reading.comparing.keys import Keys

_NANO = "CAST(1000000000 AS HUGEINT)"


def _rounded(x: str, y: str) -> str:
    return f"(sign({x}) * ((2 * abs({x}) + ({y})) // (2 * ({y}))))"


def _balance(kind: str, numerator: str, denominator: str, base: str) -> str:
    return f"""
        CASE WHEN {kind} = 'count' THEN CASE WHEN is_ratio THEN {numerator} * {_NANO} ELSE {numerator} END
          WHEN coalesce({denominator}, 0) = 0 THEN 0
          ELSE {_rounded(f"{numerator} * {base} * {_NANO}", denominator)} END
    """


# A numerator change n counts n (1/D1 + 1/D2) / 2, a denominator change d counts -(N1 + N2) d / (2 D1 D2).
# If one side has no denominator: n / D, and d N / D^2 with the numerator of the side without a denominator.
_EFFECT = f"""
CASE
  WHEN dr = 0 AND d2 = 0 THEN 0
  WHEN dr <> 0 AND d2 <> 0 AND part = 'n' THEN {_rounded(f"amount * (dr + d2) * b_base * {_NANO}", "2 * dr * d2")}
  WHEN dr <> 0 AND d2 <> 0 THEN {_rounded(f"-(nr + n2) * amount * b_base * {_NANO}", "2 * dr * d2")}
  WHEN part = 'n' THEN {_rounded(f"amount * b_base * {_NANO}", "(dr + d2)")}
  ELSE {_rounded(f"(CASE WHEN dr = 0 THEN nr ELSE n2 END) * amount * b_base * {_NANO}", "((dr + d2) * (dr + d2))")}
END
"""
# One row per cell: its opening, its closing, and its opening under the new rules.
_EFFECTIVE = f"""
CREATE TABLE restated AS
WITH typed AS (
  SELECT cell_key, in_b, metric_no, a_kind, b_kind, a_kind <> 'count' OR b_kind <> 'count' AS is_ratio, a_base, b_base,
    CAST(n1 AS HUGEINT) AS n1, CAST(nr AS HUGEINT) AS nr, CAST(n2 AS HUGEINT) AS n2,
    CAST(d1 AS HUGEINT) AS d1, CAST(dr AS HUGEINT) AS dr, CAST(d2 AS HUGEINT) AS d2
  FROM balance JOIN rule ON metric_no = cell_key // {{places}}
)
SELECT cell_key, in_b, metric_no, is_ratio, b_kind, b_base, nr, dr, n2, d2,
  {_balance("a_kind", "n1", "d1", "a_base")} AS opening,
  {_balance("b_kind", "nr", "dr", "b_base")} AS restated,
  {_balance("b_kind", "n2", "d2", "b_base")} AS closing
FROM typed
"""
_MOVED = """
CREATE TABLE moved AS
SELECT spot_key * {periods} + period_no AS account_key, move_no, CAST(sum(amount) AS BIGINT) AS amount
FROM posted JOIN calendar USING (slot) GROUP BY ALL HAVING sum(amount) <> 0
"""
# The largest movement absorbs the rounding difference, so that the displayed decimals add up.
_LINES = """
CREATE TABLE line AS
WITH counted AS (
  SELECT cell_key, in_b, is_ratio, move_no, CASE WHEN is_ratio THEN amount * {nano} ELSE amount END AS amount
  FROM moved JOIN rule ON n_account = account_key // {places}
  JOIN restated ON cell_key = rule.metric_no * {places} + account_key % {places}
  WHERE restated.b_kind = 'count'
), part AS (
  SELECT rule.metric_no * {places} + account_key % {places} AS cell_key, 'n' AS part, move_no, amount
  FROM moved JOIN rule ON n_account = account_key // {places} WHERE b_kind <> 'count'
  UNION ALL
  SELECT rule.metric_no * {places} + account_key % {places} AS cell_key, 'd' AS part, move_no, amount
  FROM moved JOIN rule ON d_account = account_key // {places} WHERE b_kind = 'ledger'
  UNION ALL
  SELECT cell_key, 'd' AS part, move_no, amount FROM housed
), effect AS (
  SELECT cell_key, in_b, move_no, closing - restated AS whole, {effect} AS amount
  FROM part JOIN restated USING (cell_key)
), shared AS (
  SELECT cell_key, in_b, move_no, whole, sum(amount) AS amount FROM effect GROUP BY ALL
), ranked AS (
  SELECT cell_key, in_b, whole, move_no, amount, sum(amount) OVER (PARTITION BY cell_key) AS total,
    row_number() OVER (PARTITION BY cell_key ORDER BY abs(amount) DESC, move_no) AS place
  FROM shared
), every AS (
  SELECT cell_key, in_b, is_ratio, move_no, CAST(amount AS HUGEINT) AS amount FROM counted
  UNION ALL
  SELECT cell_key, in_b, TRUE, move_no, CAST(CASE WHEN place = 1 THEN amount + whole - total ELSE amount END AS HUGEINT)
  FROM ranked
  UNION ALL
  SELECT cell_key, in_b, is_ratio, move_no, restated - opening
  FROM restated JOIN rule USING (metric_no)
  JOIN move ON delivery_id IS NULL AND move.cause = rule.cause AND move.feed IS NOT DISTINCT FROM rule.feed
  WHERE restated <> opening
)
SELECT cell_key, in_b, turn, move_no, CAST(cause AS word) AS cause, CAST(feed AS word) AS feed, delivery_id,
  {sign}{amount} AS amount
FROM every JOIN move USING (move_no) WHERE amount <> 0
"""
# Names are stored as an enum, so that rows sort as small numbers and still show names.
_WORDS = (
    """
    CREATE TYPE word AS ENUM (
      SELECT metric_id FROM metric_key UNION SELECT area_code FROM area_key
      UNION SELECT a_name FROM area_key WHERE a_name IS NOT NULL
      UNION SELECT b_name FROM area_key WHERE b_name IS NOT NULL
      UNION SELECT breakdown FROM breakdown_key UNION SELECT period FROM period_key
      UNION SELECT period_type FROM period_key
      UNION SELECT cause FROM move UNION SELECT feed FROM move WHERE feed IS NOT NULL
      UNION SELECT unnest(['opening', 'movement', 'closing'])
    )
    """,
    "CREATE TABLE metric_word AS SELECT metric_no, CAST(metric_id AS word) AS metric_id FROM metric_key",
    """
    CREATE TABLE area_word AS
    SELECT area_no, CAST(area_code AS word) AS area_code, CAST(a_name AS word) AS a_name, CAST(b_name AS word) AS b_name
    FROM area_key
    """,
    "CREATE TABLE breakdown_word AS SELECT breakdown_no, CAST(breakdown AS word) AS breakdown FROM breakdown_key",
    """
    CREATE TABLE period_word AS
    SELECT period_no, CAST(period AS word) AS period, CAST(period_type AS word) AS period_type FROM period_key
    """,
)
_TOLD = """
CREATE TABLE told AS
SELECT cell_key, in_b, {opening} AS opening, {closing} AS closing FROM restated
WHERE opening <> 0 OR closing <> 0 OR cell_key IN (SELECT cell_key FROM line)
"""
_STILL = f"""
CREATE TABLE still AS
SELECT cell_key, {{amount}} AS amount
FROM (
  SELECT cell_key, is_ratio, {_balance("b_kind", "n", "d", "b_base")} AS amount
  FROM (
    SELECT {{cell}} AS cell_key, b_kind <> 'count' AS is_ratio, b_kind, b_base, CAST(numerator AS HUGEINT) AS n,
      CASE b_kind WHEN 'constant' THEN b_divisor ELSE CAST(denominator AS HUGEINT) END AS d
    FROM stored_b JOIN metric_key USING (metric_id) JOIN area_key USING (area_code)
    JOIN breakdown_key USING (breakdown) JOIN period_key USING (period_type, period_start)
    JOIN rule USING (metric_no, metric_id)
  ) ANTI JOIN balance USING (cell_key)
)
WHERE amount <> 0
"""


def _shown(amount: str, *, rates: bool) -> str:
    """Return the SQL expression for an amount in a result row."""
    if not rates:
        return f"CAST({amount} AS BIGINT)"
    # A product of decimals is exact; a division would convert to float.
    return f"""
        CASE WHEN is_ratio THEN CAST({amount} AS DECIMAL(28, 0)) * CAST('0.000000001' AS DECIMAL(9, 9))
          ELSE CAST({amount} AS DECIMAL(28, 9)) END
    """


def write_lines(cursor: duckdb.DuckDBPyConnection, keys: Keys, *, backwards: bool, rates: bool) -> None:
    """Write ``told``, one row per cell, and ``line``, one row per movement of a cell.

    If ``backwards``, opening and closing are swapped, and movements have the opposite sign.
    """
    ends = ("closing", "opening") if backwards else ("opening", "closing")
    opening, closing = (_shown(end, rates=rates) for end in ends)
    for statement in _WORDS:
        cursor.execute(statement)
    cursor.execute(_EFFECTIVE.format(places=keys.places))
    cursor.execute(_MOVED.format(periods=keys.periods))
    cursor.execute(
        _LINES.format(
            places=keys.places,
            nano=_NANO,
            effect=_EFFECT,
            sign="-" if backwards else "",
            amount=_shown("amount", rates=rates),
        )
    )
    cursor.execute(_TOLD.format(opening=opening, closing=closing))


def write_still(cursor: duckdb.DuckDBPyConnection, keys: Keys, *, rates: bool) -> None:
    """Write ``still``: the observations that are equal on both sides, with their amount."""
    cursor.execute(_STILL.format(cell=keys.cell, amount=_shown("amount", rates=rates)))


def statement_rows(within: str, keys: Keys, *, still: bool, typed: bool = False) -> str:
    """Return the query for a comparison's rows.

    Args:
        within: the schema that contains the comparison's tables.
        keys: the numbering of names.
        still: whether to include the rows of unchanged observations.
        typed: whether to add a last column ``period_type``.
    """
    first, last = ("opening", 0), ("closing", 2147483647)
    ends = [(("told", "in_b", "opening"), first), (("told", "in_b", "closing"), last)]
    if still:
        ends += [(("still", "TRUE", "amount"), end) for end in (first, last)]
    balances = "".join(
        f"""
        UNION ALL
        SELECT cell_key, {in_b}, {turn}, CAST('{step}' AS {within}.word), NULL, NULL, NULL, NULL, {amount}
        FROM {within}.{table}
        """
        for (table, in_b, amount), (step, turn) in ends
    )
    texts = "metric_id", "area_code", "area_name", "period", "breakdown", "step", "cause", "feed"
    length = ", CAST(period_type AS VARCHAR) AS period_type" if typed else ""
    return f"""
        SELECT {", ".join(f"CAST({text} AS VARCHAR) AS {text}" for text in texts)}, delivery_id, amount{length}
        FROM (
          SELECT metric_id, area_code, CASE WHEN in_b THEN b_name ELSE a_name END AS area_name, period, period_type,
            breakdown, step, cause, feed, delivery_id, amount
          FROM (
            SELECT cell_key, in_b, turn, CAST('movement' AS {within}.word) AS step, move_no, cause, feed, delivery_id,
              amount
            FROM {within}.line
            {balances}
          ) {keys.names("cell_key", within, "word")}
          ORDER BY cell_key, turn, abs(amount) DESC, move_no
        )
    """
