"""Count distinct things, such as people: not linear, so the postings are the things that came and those that went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp, parse_one
from sqlmesh import macro

if TYPE_CHECKING:
    from sqlglot.expressions import Expression
    from sqlmesh.core.macros import MacroEvaluator

_GROUP = "metric_id, item, breakdown, area_code, la_code, force_code, period_type, month"


def rank(evaluator: MacroEvaluator, cause: str) -> str:
    """Return the SQL of a cause's place in the order of precedence, which safer-kpi gives SQLMesh as a variable.

    As a variable it is part of a model's fingerprint and of the cache's key, so a new order makes the models anew.
    """
    causes = evaluator.var("causes")
    if causes is None:
        raise ValueError("The variable causes is missing: run the project through safer-kpi.")
    known = str(causes).split()
    places = " ".join(f"WHEN '{word}' THEN {place}" for place, word in enumerate(known))
    return f"CASE {cause} {places} ELSE {len(known)} END"


@macro()
def cause_rank(evaluator: MacroEvaluator, cause: Expression) -> Expression:
    """Return the place of a cause in the order of precedence; the first is posted."""
    return parse_one(rank(evaluator, cause.sql(dialect="duckdb")), dialect="duckdb")


@macro()
def leading_cause(evaluator: MacroEvaluator, cause: Expression) -> Expression:
    """Return the one cause of a group whose change is posted as a whole: the first in the order of precedence."""
    name = cause.sql(dialect="duckdb")
    return parse_one(f"ARG_MIN({name}, {rank(evaluator, name)})", dialect="duckdb")


@macro()
def distinct_items(
    evaluator: MacroEvaluator, member: Expression, *period_types: Expression, at_least: Expression | None = None
) -> Expression:
    """Return the postings of the number of distinct items, given change rows that each make an item a member.

    ``member`` names a CTE of ``metric_id, item, breakdown, ward_code, la_code, force_code, month, entry, posted_at,
    posted_on, feed, delivery_id, cause, weight, origin_delivery_id, origin_row``. It must hold every change row of each
    item it holds, whatever the day, and may leave out the items that no entry of the built days touches.

    Without ``period_types`` the count is additive over wards and months: an item counts once per ward and month, and
    the codes of local authority and force stay for the roll-up. With them (``month``, ``quarter``, ``year``,
    ``rolling12``) an item counts once in each ward, local authority and force and in each period of these lengths, and
    nothing rolls up.

    With ``at_least := 3`` an item counts where it is a member three times or more, as a person who called three times.

    A subquery of the columns of a ledger's CTE ``change``, one row per item that came into a group (weight 1) or went
    out of it (weight -1) in an entry, with one source row as evidence. Filter it by ``posted_on``.
    """
    kinds = [kind.name for kind in period_types]
    least = int(at_least.name) if at_least is not None else 1
    spread = _spread(member.sql(dialect="duckdb"), kinds)
    query = f"""
      SELECT
        metric_id, area_code, la_code, force_code, period_type, month, breakdown, 'amount' AS measure, 1 AS series,
        entry, posted_at, posted_on, feed, delivery_id, cause, CASE WHEN total >= {least} THEN 1 ELSE -1 END AS weight,
        origin.delivery_id AS origin_delivery_id, origin.source_row AS origin_row
      FROM (
        SELECT
          {_GROUP}, entry, posted_at, posted_on, feed, delivery_id, cause, weight, origin,
          SUM(weight) OVER (PARTITION BY {_GROUP} ORDER BY entry) AS total
        FROM (
          SELECT
            {_GROUP}, entry, posted_at, posted_on, feed, MAX(delivery_id) AS delivery_id, SUM(weight) AS weight,
            ARG_MIN(cause, {rank(evaluator, "cause")}) AS cause,
            CASE WHEN SUM(weight) > 0
              THEN MIN({{'delivery_id': origin_delivery_id, 'source_row': origin_row}}) FILTER (weight > 0)
              ELSE MIN({{'delivery_id': origin_delivery_id, 'source_row': origin_row}}) FILTER (weight < 0)
            END AS origin
          FROM ({spread}) AS spread
          GROUP BY {_GROUP}, entry, posted_at, posted_on, feed
          HAVING SUM(weight) <> 0
        ) AS by_entry
      ) AS running
      WHERE (total >= {least}) <> (total - weight >= {least})
    """
    return exp.Subquery(this=parse_one(query, dialect="duckdb"))


def _spread(member: str, kinds: list[str]) -> str:
    """Return the member rows, once for each area and period they count in."""
    stamp = "entry, posted_at, posted_on, feed, delivery_id, cause, weight, origin_delivery_id, origin_row"
    if not kinds:
        return (
            f"SELECT metric_id, item, breakdown, ward_code AS area_code, la_code, force_code, 'month' AS period_type, "
            f"month, {stamp} FROM {member}"
        )
    starts = {
        "month": "month",
        "quarter": "DATE_TRUNC('quarter', month)::DATE",
        "year": "(DATE_TRUNC('year', month - INTERVAL 3 MONTH) + INTERVAL 3 MONTH)::DATE",
    }
    columns = "metric_id, item, breakdown, ward_code, la_code, force_code"
    branches = {
        kind: f"SELECT {columns}, '{kind}' AS period_type, {start} AS month, {stamp} FROM {member}"
        for kind, start in starts.items()
    }
    # A month lies in the twelve rolling periods that end with it or later.
    stepped = f"SELECT {columns}, UNNEST(GENERATE_SERIES(0, 11)) AS step, month, {stamp} FROM {member}"
    branches["rolling12"] = (
        f"SELECT {columns}, 'rolling12' AS period_type, (month - step * INTERVAL 1 MONTH)::DATE AS month, {stamp} "
        f"FROM ({stepped}) AS stepped"
    )
    union = " UNION ALL ".join(branches[kind] for kind in kinds)
    return (
        "SELECT metric_id, item, breakdown, UNNEST(LIST_DISTINCT([ward_code, la_code, force_code])) AS area_code, "
        f"'none' AS la_code, 'none' AS force_code, period_type, month, {stamp} FROM ({union}) AS in_period"
    )
