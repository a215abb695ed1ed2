"""Check every ledger: the balance of all postings must equal the model run over the live rows alone.

The postings of many entries and corrections must sum to what the same model posts if all live rows arrive at once. This
reads the lake in one pass; it runs for a release and not for every build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from safer_kpi.compute import project
from safer_kpi.errors import CheckFailed
from safer_kpi.lake import change_tables, connect

if TYPE_CHECKING:
    import duckdb
    from sqlmesh import Context

    from safer_kpi.settings import Settings

_BALANCE = "metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series"
#: Reference data stands before the rows that are placed by it.
_FIRST, _SECOND = 1, 2


def recount(settings: Settings) -> None:
    """Compare every ledger's balances with the models run over the live rows.

    Raises:
        CheckFailed: they differ; the metrics are named.
    """
    with connect(settings, read_only=True) as connection:
        feeds = change_tables(connection)
        context = project.open_project(settings, feeds)
        try:
            places = context.dag.upstream(context.get_model("core.placement", raise_if_missing=True).fqn)
            for feed, columns in feeds.items():
                landed = context.get_model(f"landing.{feed}", raise_if_missing=True).fqn
                _write_live(connection, feed, columns, _FIRST if landed in places else _SECOND)
            for name in sorted(model.name for model in context.models.values() if model.name.startswith("ledger.")):
                _hold_against(connection, context, name)
        finally:
            context.close()


def _write_live(connection: duckdb.DuckDBPyConnection, feed: str, columns: list[str], entry: int) -> None:
    """Write ``live_<feed>``: the rows that are live now, as if one delivery had brought them."""
    own = "".join(f', "{column}"' for column in columns)
    connection.execute(
        f"""CREATE TEMP TABLE "live_{feed}" AS
        SELECT {entry}::BIGINT AS entry, TIMESTAMP '2000-01-01' + INTERVAL {entry} DAY AS posted_at,
            (DATE '2000-01-01' + {entry})::DATE AS posted_on, {entry}::BIGINT AS delivery_id,
            NULL::BIGINT AS source_row, origin_delivery_id, origin_row, sum(weight)::INTEGER AS weight, 'new' AS cause,
            cell, contract_version{own}
        FROM landing."{feed}" GROUP BY ALL HAVING sum(weight) <> 0"""
    )


def _hold_against(connection: duckdb.DuckDBPyConnection, context: Context, name: str) -> None:
    query = context.render(name, start="2000-01-01", end="2000-01-31", expand=True)
    for table in query.find_all(exp.Table):
        if table.db == "landing":
            table.replace(exp.to_table(f'temp.main."live_{table.name}"', alias=table.alias_or_name, dialect="duckdb"))
    found = connection.execute(
        f"""SELECT metric_id, count(*) FROM (
            SELECT {_BALANCE}, sum(amount) AS residual FROM (
                SELECT {_BALANCE}, amount FROM {name}
                UNION ALL
                SELECT {_BALANCE}, -amount FROM ({query.sql(dialect="duckdb")})
            ) GROUP BY ALL
        ) WHERE residual <> 0 GROUP BY metric_id ORDER BY metric_id"""
    ).fetchall()
    if found:
        told = ", ".join(f"{metric} in {count} cells" for metric, count in found)
        raise CheckFailed(
            f"Audit balance_from_scratch: {name} differs from what its live rows make: {told}.",
            next_action="Do not release these numbers; the model does not post what its change rows change.",
        )
