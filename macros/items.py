"""What no sum over rows gives: how many distinct things there are, and what a thing is that several rows tell of.

Distinct things, such as people, are counted by the things that came and those that went. What a thing is, such as an
order in several lists, is worked out anew for the things that an entry touched, after less before: the CTEs of such a
model are ``touched``, the rows of each thing on either side, the model's own logic, and ``change``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlglot import exp, parse_one
from sqlmesh import macro

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlglot.expressions import Expression
    from sqlmesh.core.macros import MacroEvaluator

_GROUP = "metric_id, item, breakdown, area_code, la_code, force_code, period_type, month"
#: A query without rows, with the columns of a ledger's CTE ``change``.
_NOTHING = (
    "SELECT NULL::TEXT AS metric_id, NULL::TEXT AS area_code, NULL::TEXT AS la_code, NULL::TEXT AS force_code, "
    "NULL::TEXT AS period_type, NULL::DATE AS month, NULL::TEXT AS breakdown, NULL::TEXT AS measure, "
    "NULL::BIGINT AS series, NULL::BIGINT AS entry, NULL::TIMESTAMP AS posted_at, NULL::DATE AS posted_on, "
    "NULL::TEXT AS feed, NULL::BIGINT AS delivery_id, NULL::TEXT AS cause, NULL::BIGINT AS weight, "
    "NULL::BIGINT AS origin_delivery_id, NULL::BIGINT AS origin_row WHERE FALSE"
)


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
    ``calendar_quarter``, ``calendar_year``, ``rolling12``) an item counts once in each ward, local authority and force
    and in each period of these lengths, and nothing rolls up.

    With ``at_least := 3`` an item counts where it is a member three times or more, as a person who called three times.

    A subquery of the columns of a ledger's CTE ``change``, one row per item that came into a group (weight 1) or went
    out of it (weight -1) in an entry, with one source row as evidence. Filter it by ``posted_on``.
    """
    least = int(at_least.name) if at_least is not None else 1
    query = _distinct(evaluator, member.sql(dialect="duckdb"), [kind.name for kind in period_types], least)
    return exp.Subquery(this=parse_one(query, dialect="duckdb"))


@macro()
def counted_distinct(evaluator: MacroEvaluator) -> Expression:
    """Return the change rows of every metric whose ``count`` has ``distinct``, as a subquery.

    They are a variable that safer-kpi gives SQLMesh: a list, in JSON, of what each metric's items are (``member``), the
    lengths of period they are counted in, how often an item must be a member to count, and the rows of files that could
    not name an item (``untold``): these make the number unavailable.
    """
    told = evaluator.var("counted_distinct")
    if told is None:
        raise ValueError("The variable counted_distinct is missing: run the project through safer-kpi.")
    metrics = json.loads(str(told))
    # Each named query has a name of its own: an engine may take those of one name in a statement for one.
    queries = [
        f"SELECT * FROM (WITH member_{place} AS ({one['member']}) "
        f"{_distinct(evaluator, f'member_{place}', one['periods'], one['at_least'])}) AS change "
        "WHERE posted_on BETWEEN @start_date AND @end_date"
        for place, one in enumerate(metrics)
    ]
    queries += [
        f"SELECT * FROM (WITH untold_{place} AS ({one['untold']}) {_unavailable(f'untold_{place}', one['periods'])}) "
        "AS change"
        for place, one in enumerate(metrics)
        if one["untold"]
    ]
    whole = parse_one(" UNION ALL ".join(queries) or _NOTHING, dialect="duckdb")
    return exp.Subquery(this=evaluator.transform(whole))


def _distinct(evaluator: MacroEvaluator, member: str, kinds: Sequence[str], least: int) -> str:
    """Return the postings of the number of distinct items, as ``distinct_items`` says."""
    spread = _spread(member, kinds)
    return f"""
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
            {_GROUP}, entry, posted_at, posted_on, feed, MAX(delivery_id) AS delivery_id, SUM(spread.weight) AS weight,
            ARG_MIN(cause, {rank(evaluator, "cause")}) AS cause,
            CASE WHEN SUM(spread.weight) > 0
              THEN MIN({{'delivery_id': origin_delivery_id, 'source_row': origin_row}}) FILTER (spread.weight > 0)
              ELSE MIN({{'delivery_id': origin_delivery_id, 'source_row': origin_row}}) FILTER (spread.weight < 0)
            END AS origin
          FROM ({spread}) AS spread
          GROUP BY {_GROUP}, entry, posted_at, posted_on, feed
          HAVING SUM(spread.weight) <> 0
        ) AS by_entry
      ) AS running
      WHERE (total >= {least}) <> (total - weight >= {least})
    """


def _unavailable(untold: str, kinds: Sequence[str]) -> str:
    """Return the postings of rows that could not name an item: one figure that is not known for each."""
    return f"""
      SELECT
        metric_id, area_code, la_code, force_code, period_type, month, breakdown, 'unavailable' AS measure, 1 AS series,
        entry, posted_at, posted_on, feed, delivery_id, cause, weight, origin_delivery_id, origin_row
      FROM ({_spread(untold, kinds)}) AS spread
    """


def _spread(member: str, kinds: Sequence[str]) -> str:
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
        "calendar_quarter": "DATE_TRUNC('quarter', month)::DATE",
        "year": "(DATE_TRUNC('year', month - INTERVAL 3 MONTH) + INTERVAL 3 MONTH)::DATE",
        "calendar_year": "DATE_TRUNC('year', month)::DATE",
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


@macro()
def touched_things(
    evaluator: MacroEvaluator, staging: Expression, *key: Expression, where: Expression | None = None
) -> Expression:
    """Return the things that entries of the built days touched, for the CTE ``touched``.

    A subquery of ``scene`` (a number), ``entry, posted_at, posted_on, delivery_id``, the columns of the ``key`` and
    ``cause``: the first of the causes of the entry's rows, by the order of precedence. Rows count that meet ``where``.
    """
    names = _listed(column.name for column in key)
    met = f" AND {where.sql(dialect='duckdb')}" if where is not None else ""
    query = f"""
      SELECT
        ROW_NUMBER() OVER (ORDER BY entry{names}) AS scene, entry, posted_at, posted_on, delivery_id{names},
        ARG_MIN(cause, {rank(evaluator, "cause")}) AS cause
      FROM {staging.sql(dialect="duckdb")}
      WHERE posted_on BETWEEN @start_date AND @end_date{met}
      GROUP BY entry, posted_at, posted_on, delivery_id{names}
    """
    return exp.Subquery(this=evaluator.transform(parse_one(query, dialect="duckdb")))


@macro()
def rows_of_things(
    _: MacroEvaluator, staging: Expression, key: Expression, *columns: Expression, where: Expression | None = None
) -> Expression:
    """Return the rows of each of the CTE ``touched``, as they stand after its entry (side 1) and before it (side -1).

    ``key`` is a list of the columns that make a thing, as ``touched`` has them. A subquery of ``scene``, ``side``, the
    ``columns`` asked for, ``origin_delivery_id`` and ``origin_row``. Rows count that meet ``where``.
    """
    same = " AND ".join(f"touched.{column.name} = listed.{column.name}" for column in key.expressions)
    names = _listed((*(column.name for column in columns), "origin_delivery_id", "origin_row"), "listed.")
    met = f" AND {where.sql(dialect='duckdb')}" if where is not None else ""
    query = f"""
      SELECT scene, side.side{names}
      FROM touched
      CROSS JOIN (SELECT UNNEST([1, -1]) AS side) AS side
      JOIN {staging.sql(dialect="duckdb")} AS listed
        ON {same}{met} AND listed.entry <= touched.entry - CASE side.side WHEN 1 THEN 0 ELSE 1 END
      GROUP BY scene, side.side{names}
      HAVING SUM(listed.weight) > 0
    """
    return exp.Subquery(this=parse_one(query, dialect="duckdb"))


@macro()
def changed_things(_: MacroEvaluator, worked_out: Expression, *columns: Expression) -> Expression:
    """Return what differs between the sides, for the CTE ``change``: weight 1 is so now, weight -1 is so no longer.

    ``worked_out`` names a CTE of ``scene``, ``side``, ``origin_delivery_id``, ``origin_row`` and the ``columns``.
    """
    names = _listed((*(column.name for column in columns), "origin_delivery_id", "origin_row"))
    query = f"""
      SELECT scene{names}, SUM(side) AS weight
      FROM {worked_out.sql(dialect="duckdb")}
      GROUP BY scene{names}
      HAVING SUM(side) <> 0
    """
    return exp.Subquery(this=parse_one(query, dialect="duckdb"))


@macro()
def touched_columns(_: MacroEvaluator) -> list[Expression]:
    """Return the columns of an entry and of its authority, for the select list over ``change`` and ``touched``."""
    return parse_one(
        """SELECT
          touched.entry::BIGINT AS entry, -- Journal entry that changed it
          touched.posted_at::TIMESTAMP AS posted_at, -- When the entry was posted, UTC
          touched.posted_on::DATE AS posted_on, -- Day of posted_at
          touched.delivery_id::BIGINT AS delivery_id, -- Delivery of the entry
          touched.cause::TEXT AS cause, -- The first of its causes, by the order of safer_kpi/domain/causes.py
          touched.la_code::TEXT AS la_code -- Local authority of the lists
        """,
        dialect="duckdb",
    ).expressions


@macro()
def changed_columns(_: MacroEvaluator) -> list[Expression]:
    """Return the weight and evidence of a change, for the select list over ``change`` and ``touched``."""
    return parse_one(
        """SELECT
          change.weight::BIGINT AS weight, -- +1 it is so now, -1 it no longer is
          change.origin_delivery_id::BIGINT AS origin_delivery_id, -- Delivery that had put its first row there
          change.origin_row::BIGINT AS origin_row -- Row number of its first row in that delivery
        """,
        dialect="duckdb",
    ).expressions


def _listed(names: Iterable[str], table: str = "") -> str:
    return "".join(f", {table}{name}" for name in names)
