"""Make numbers by another engine than DuckDB: what is counted comes from the engine, limits and rates from DuckDB.

The rule of observations is one query. An engine runs it up to the named query ``judged``, whose columns are whole
numbers, words and days; DuckDB goes on from there. So no interval depends on how an engine raises to a power, which
differs in the last bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.compute.engine_tables import engine_of
from safer_kpi.compute.filling import insert_in_order
from safer_kpi.compute.observed import observations_text
from safer_kpi.engines.translate import tables_read, view_name
from safer_kpi.errors import ProjectError
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from safer_kpi.settings import Settings

#: The named query of the rule at which DuckDB takes over.
JUDGED = "judged"


def insert_from_engine(
    connection: duckdb.DuckDBPyConnection, settings: Settings, *, moment: str, asked: str, table: str, order: str
) -> None:
    """Insert the numbers asked for into a table of the columns of ``kpi.observation``, in an order.

    Args:
        connection: the book in use, its tables filled.
        settings: the lake, and its engine.
        moment: the query of the moment that the numbers are known at.
        asked: the query of ``metric_id`` and ``area_code``.
        table: where to.
        order: the columns of the order, as SQL.

    Raises:
        ProjectError: the rule has no named query called ``judged``.
        UsageError: the engine cannot read the lake's files, or nothing says where it is.
        Unavailable: the engine does not answer, or a query failed.
    """
    given = "SELECT as_of FROM given.moment", "SELECT metric_id, area_code FROM given.asked"
    counted, rest = halves(settings.project, *given)
    columns = ", ".join(name for name, *_ in connection.execute(f"SELECT * FROM {table} LIMIT 0").description)
    with engine_of(settings) as (engine, folder):
        queries = {name: f"SELECT * FROM {name.replace('__', '.')}" for name in tables_read(counted)}
        queries |= {view_name("given.moment"): moment, view_name("given.asked"): asked}
        for name, query in queries.items():
            file = folder / f"{name}.parquet"
            connection.execute(f"COPY ({query}) TO {literal(str(file))} (FORMAT parquet)")
            engine.read(name, [str(file)])
        made = engine.write(counted)
        if not any(made.glob("*.parquet")):
            return
        judged = f"FROM read_parquet({literal(str(made / '*.parquet'))})"
        number = f"WITH {JUDGED} AS ({judged}), {rest.removeprefix('WITH ')}"
        insert_in_order(connection, table, f"SELECT {columns} FROM ({number}) AS number", order)


def halves(project: Path, moment: str, asked: str) -> tuple[str, str]:
    """Return the rule as two queries: up to ``judged``, and from there on, where ``judged`` is read and not defined.

    Raises:
        ProjectError: the rule has no named query called ``judged``.
    """
    from sqlglot import exp, parse_one

    tree = parse_one(observations_text(project, moment, asked), dialect="duckdb", into=exp.Select)
    names = [cte.alias for cte in tree.ctes]
    if JUDGED not in names:
        raise ProjectError(
            f"No named query of models/kpi/observation/values.sql is called {JUDGED}.",
            next_action="Name the one that says the status of each number so, or compute with DuckDB.",
        )
    place = names.index(JUDGED)
    before, after = tree.ctes[:place], tree.ctes[place + 1 :]
    counted = tree.ctes[place].this.copy()
    for cte in before:
        counted = counted.with_(cte.alias, cte.this, copy=False)
    tree.set("with_", None)
    for cte in after:
        tree = tree.with_(cte.alias, cte.this, copy=False)
    return counted.sql(dialect="duckdb", comments=False), tree.sql(dialect="duckdb", comments=False)
