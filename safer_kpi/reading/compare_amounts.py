"""From balances and movements to amounts: integers for counts, decimals of nine places for rates and proportions.

The formulas are those of :func:`safer_kpi.domain.reconcile.rate_effects`, in whole numbers of 1e-9 so that nothing is
ever a float: a ratio x/y is rounded as (2|x| + y) // 2y with the sign of x.
"""

from __future__ import annotations

_NANO = "CAST(1000000000 AS HUGEINT)"


def _rounded(x: str, y: str) -> str:
    return f"(sign({x}) * ((2 * abs({x}) + ({y})) // (2 * ({y}))))"


# A numerator change n counts n (1/D1 + 1/D2) / 2, a denominator change d counts -(N1 + N2) d / (2 D1 D2).
# Where one side has no denominator: n / D, and d N / D^2 with the numerator of the side without.
_TWICE = "2 * d1 * d2"
_OTHER = "(CASE WHEN d1 = 0 THEN n1 ELSE n2 END)"
_EFFECT = f"""
CASE
  WHEN d1 IS NULL THEN amount
  WHEN d1 = 0 AND d2 = 0 THEN 0
  WHEN d1 <> 0 AND d2 <> 0 AND part = 'n' THEN {_rounded(f"amount * (d1 + d2) * b_base * {_NANO}", _TWICE)}
  WHEN d1 <> 0 AND d2 <> 0 THEN {_rounded(f"-(n1 + n2) * amount * b_base * {_NANO}", _TWICE)}
  WHEN part = 'n' THEN {_rounded(f"amount * b_base * {_NANO}", "(d1 + d2)")}
  ELSE {_rounded(f"{_OTHER} * amount * b_base * {_NANO}", "((d1 + d2) * (d1 + d2))")}
END
"""


def _balance(numerator: str, denominator: str, base: str) -> str:
    return f"""
        CASE WHEN d1 IS NULL THEN {numerator} WHEN {denominator} = 0 THEN 0
          ELSE {_rounded(f"{numerator} * {base} * {_NANO}", denominator)} END
    """


# One row per observation that has something to tell: what it opened and closed at.
_TOLD = f"""
CREATE TABLE {{told}} AS
SELECT
  cell_id, d1 IS NOT NULL AS is_ratio, rule,
  {_balance("n1", "d1", "a_base")} AS opening, {_balance("n2", "d2", "b_base")} AS closing,
  {_balance("n1", "d1", "b_base")} AS rescaled
FROM balance
WHERE n1 <> 0 OR n2 <> 0 OR cell_id IN (SELECT cell_id FROM movement)
"""
# What rounding leaves goes to the largest line, so that a statement of decimals adds up as it is shown.
_LINES = f"""
CREATE TABLE {{lines}} AS
WITH effect AS (
  SELECT cell_id, CASE WHEN m.cause = 'rule' THEN rule ELSE m.cause END AS cause, feed, delivery_id,
    {_EFFECT} AS amount
  FROM movement AS m JOIN balance USING (cell_id)
), line AS (
  SELECT cell_id, cause, feed, delivery_id, sum(amount) AS amount FROM effect
  GROUP BY cell_id, cause, feed, delivery_id
), ranked AS (
  SELECT cell_id, cause, feed, delivery_id, amount, sum(amount) OVER (PARTITION BY cell_id) AS total,
    row_number() OVER (
      PARTITION BY cell_id ORDER BY abs(amount) DESC, delivery_id NULLS FIRST, cause, feed
    ) AS place
  FROM line
)
SELECT cell_id, cause, feed, delivery_id,
  CAST(CASE WHEN place = 1 THEN amount + closing - rescaled - total ELSE amount END AS HUGEINT) AS amount
FROM ranked JOIN {{told}} USING (cell_id)
UNION ALL
SELECT cell_id, rule, NULL, NULL, rescaled - opening FROM {{told}} WHERE rescaled <> opening
"""
AMOUNTS = (_TOLD, _LINES, "DELETE FROM {lines} WHERE amount = 0")


def statement_rows(cells: str, told: str, lines: str, *, backwards: bool, rates: bool) -> str:
    """The query of a comparison's rows over its computed cells and lines.

    Backwards, opening and closing change places and movements their signs.
    """
    opening, closing, sign = ("closing", "opening", "-") if backwards else ("opening", "closing", "")
    amount = "CAST(amount AS BIGINT)"
    if rates:
        # Decimal times decimal stays exact; a division would pass through a float.
        amount = """
            CASE WHEN is_ratio THEN CAST(amount AS DECIMAL(28, 0)) * CAST('0.000000001' AS DECIMAL(9, 9))
              ELSE CAST(amount AS DECIMAL(28, 9)) END
        """
    none = "CAST(NULL AS VARCHAR) AS cause, CAST(NULL AS VARCHAR) AS feed, CAST(NULL AS BIGINT) AS delivery_id"
    return f"""
        WITH t AS (
          SELECT * FROM {told}
          WHERE opening <> 0 OR closing <> 0 OR cell_id IN (SELECT cell_id FROM {lines})
        ), line AS (
          SELECT cell_id, is_ratio, 1 AS place, 'opening' AS step, {none}, {opening} AS amount FROM t
          UNION ALL
          SELECT cell_id, is_ratio, 2, 'movement', cause, feed, delivery_id, {sign}amount
          FROM t JOIN {lines} USING (cell_id)
          UNION ALL
          SELECT cell_id, is_ratio, 3, 'closing', {none}, {closing} FROM t
        )
        SELECT metric_id, area_code, area_name, period, breakdown, step, cause, feed, delivery_id, {amount} AS amount
        FROM line JOIN {cells} AS cell ON cell.rowid = line.cell_id
        ORDER BY metric_id, area_code, breakdown, period_type, period_start, place,
          delivery_id NULLS FIRST, abs(line.amount) DESC, cause, feed
    """
