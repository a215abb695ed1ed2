"""The rules of each metric on both sides, and the changes between them.

``rule``: one row per metric. A side's kind is the divisor of its numbers: none (``count``), a ``constant``,
``residents``, or another balance of the ledger (``ledger``). A side without the metric uses the other side's rules and
starts from 0. ``account``: one row per pair of ledgers (the first side's and the second's) that hold a metric's
numerator or denominator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.reading.comparing.rule_changes import rule_change
from safer_kpi.reading.older import kind_of
from safer_kpi.sql import literal, values

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.reading.sides import Sides
    from safer_kpi.sql import Value

_UNSUMMED = """
CREATE TABLE unsummed_{letter} AS
SELECT metric_id FROM {alias}.kpi.metric WHERE denominator IS NULL AND NOT additive
"""
_HALF = """
CREATE TABLE half_{letter} AS
SELECT
  metric_id, numerator, denominator, CAST(coalesce(rate_base, 1) AS HUGEINT) AS base,
  CASE WHEN {divides_by} = 'constant' THEN CAST(denominator AS BIGINT) END AS divisor,
  CASE {divides_by} WHEN 'none' THEN 'count' WHEN 'count' THEN 'ledger' ELSE {divides_by} END AS kind,
  numerator NOT IN (SELECT metric_id FROM unsummed_{letter}) AS n_summed,
  denominator NOT IN (SELECT metric_id FROM unsummed_{letter}) AS d_summed
FROM {alias}.kpi.metric WHERE {named}
"""
_PAIRED = """
CREATE TABLE paired AS
SELECT
  metric_id, coalesce(a.base, b.base) AS a_base, coalesce(b.base, a.base) AS b_base,
  coalesce(a.kind, b.kind) AS a_kind, coalesce(b.kind, a.kind) AS b_kind,
  CASE WHEN a.kind IS NULL THEN b.divisor ELSE a.divisor END AS a_divisor,
  CASE WHEN b.kind IS NULL THEN a.divisor ELSE b.divisor END AS b_divisor,
  CASE WHEN a.kind IS NULL THEN b.denominator ELSE a.denominator END AS a_denominator,
  CASE WHEN b.kind IS NULL THEN a.denominator ELSE b.denominator END AS b_denominator,
  a.numerator AS a_n, b.numerator AS b_n, a.n_summed AS a_n_summed, b.n_summed AS b_n_summed,
  CASE WHEN a.kind = 'ledger' THEN a.denominator END AS a_d, CASE WHEN b.kind = 'ledger' THEN b.denominator END AS b_d,
  CASE WHEN a.kind = 'ledger' THEN a.d_summed END AS a_d_summed,
  CASE WHEN b.kind = 'ledger' THEN b.d_summed END AS b_d_summed
FROM half_a AS a FULL JOIN half_b AS b USING (metric_id)
"""
_ACCOUNT = """
CREATE TABLE account AS
SELECT a_ledger, a_summed, b_ledger, b_summed, CAST(row_number() OVER () - 1 AS BIGINT) AS account_no
FROM (
  SELECT a_n AS a_ledger, a_n_summed AS a_summed, b_n AS b_ledger, b_n_summed AS b_summed FROM paired
  UNION
  SELECT a_d, a_d_summed, b_d, b_d_summed FROM paired WHERE a_d IS NOT NULL OR b_d IS NOT NULL
)
"""


def _is(part: str) -> str:
    """Return the join condition of a metric's numerator (``n``) or denominator (``d``) with its account."""
    return " AND ".join(
        f"{part}.{side}_{column} IS NOT DISTINCT FROM paired.{side}_{part}{suffix}"
        for side in "ab"
        for column, suffix in (("ledger", ""), ("summed", "_summed"))
    )


_RULE = f"""
CREATE TABLE rule AS
SELECT
  metric_no, metric_id, a_base, b_base, a_kind, b_kind, a_divisor, b_divisor, a_denominator, b_denominator, cause, feed,
  n.account_no AS n_account, d.account_no AS d_account,
  a_base IS DISTINCT FROM b_base OR a_denominator IS DISTINCT FROM b_denominator AS is_rescaled
FROM paired JOIN metric_key USING (metric_id) JOIN rule_cause USING (metric_id)
LEFT JOIN account AS n ON {_is("n")}
LEFT JOIN account AS d ON (a_d IS NOT NULL OR b_d IS NOT NULL) AND {_is("d")}
"""


def write_rules(cursor: duckdb.DuckDBPyConnection, sides: Sides) -> bool:
    """Write ``rule`` and ``account``; return whether any compared metric is a rate or proportion."""
    named = f"metric_id = {literal(sides.metric_id)}" if sides.metric_id else "TRUE"
    for letter in "ab":
        for statement in (_UNSUMMED, _HALF):
            alias = sides.of(letter).alias
            stated = cursor.execute(f"SELECT * FROM {alias}.kpi.metric LIMIT 0").description or ()
            divides_by = kind_of(is_column="denominator_kind" in {column[0] for column in stated})
            cursor.execute(statement.format(letter=letter, alias=alias, named=named, divides_by=divides_by))
    metrics = {letter: _metrics(cursor, sides.of(letter).alias, named) for letter in "ab"}
    causes: list[tuple[Value, ...]] = [
        (metric_id, *rule_change(metrics["a"].get(metric_id), metrics["b"].get(metric_id)))
        for metric_id in sorted({*metrics["a"], *metrics["b"]})
    ]
    columns = dict.fromkeys(("metric_id", "cause", "feed"), "VARCHAR")
    cursor.execute(f"CREATE TABLE rule_cause AS {values(columns, causes)}")
    for statement in (_PAIRED, _ACCOUNT, _RULE):
        cursor.execute(statement)
    ratios = "SELECT count(*) FROM paired WHERE a_kind <> 'count' OR b_kind <> 'count'"
    return bool(cursor.execute(ratios).fetchall()[0][0])


def _metrics(cursor: duckdb.DuckDBPyConnection, alias: str, named: str) -> dict[str, dict[str, Any]]:
    """Return the rows of a side's ``kpi.metric`` by metric id, with the columns that the file has."""
    result = cursor.execute(f"SELECT * FROM {alias}.kpi.metric WHERE {named}")
    names = [column[0] for column in result.description or ()]
    rows = (dict(zip(names, row, strict=True)) for row in result.fetchall())
    return {row["metric_id"]: row for row in rows}
