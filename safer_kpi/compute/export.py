"""``safer_kpi.duckdb``: everything people read, from one snapshot of the lake, renamed into place when it is whole."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from safer_kpi.compute import components, contributors, derived, metrics, peers, published, schema, verdicts
from safer_kpi.compute.strategy import DDL as STRATEGY
from safer_kpi.compute.strategy import strategy_rows
from safer_kpi.errors import NotFound, ProjectError
from safer_kpi.lake import connect, lease
from safer_kpi.lake.identity import identity_of
from safer_kpi.lake.read_files import replacing_read_file
from safer_kpi.landing.registry import write_terms
from safer_kpi.settings import PROD
from safer_kpi.sql import identifier, literal
from safer_kpi.version import package_version

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from pathlib import Path

    import duckdb

    from safer_kpi.compute.parsed import Model
    from safer_kpi.settings import Settings


def export(settings: Settings) -> Path:
    """Write ``safer_kpi.duckdb`` again as of the last complete build, with the releases that are published now.

    Raises:
        NotFound: nothing has been built.
    """
    with lease(settings):
        connection = connect(settings, read_only=True)
        try:
            found = connection.execute(
                "SELECT entry, built_at, snapshot_id FROM journal.build ORDER BY build_id DESC LIMIT 1"
            ).fetchall()
            lake_id = identity_of(connection)
        finally:
            connection.close()
        if not found:
            raise NotFound("Nothing has been built yet.", next_action="Run safer-kpi build.")
        entry, built_at, snapshot = found[0]
        return write_kpi_file(settings, last_entry=entry, built_at=built_at, snapshot=snapshot, lake_id=lake_id)


def write_kpi_file(
    settings: Settings,
    *,
    last_entry: int,
    built_at: dt.datetime,
    snapshot: int,
    lake_id: str | None,
    environment: str = PROD,
) -> Path:
    """Write ``safer_kpi.duckdb`` beside its place from the lake at ``snapshot``, then rename it in under any readers.

    Of another environment the file holds what its models make of the entries up to ``last_entry``, with the definitions
    and contracts of the project as they stand in its folder.
    """
    target = settings.read_file(environment)
    opened = closing(connect(settings, read_only=True, snapshot=snapshot))
    with replacing_read_file(settings, target) as beside, opened as connection:
        connection.execute(f"ATTACH {literal(str(beside))} AS book (STORAGE_VERSION 'v1.0.0')")
        connection.execute("BEGIN")  # one write of the file, not one for each of some hundred statements
        connection.execute("CREATE SCHEMA book.kpi")
        models = schema.read_schema(settings.project)
        if environment == PROD:
            for table in schema.COPIED:
                _copy(connection, models, table, f"lake.kpi.{table.name}")
        else:
            _copy_preview(connection, settings, models, environment, last_entry)
        _write_build(connection, last_entry=last_entry, built_at=built_at, snapshot=snapshot, lake_id=lake_id)
        _fill(connection, settings, models)
        connection.execute("COMMIT")
        connection.execute("USE lake")
        connection.execute("DETACH book")
    return target


def _copy(connection: duckdb.DuckDBPyConnection, models: Mapping[str, Model], table: schema.Table, source: str) -> None:
    """Copy the rows of one table, every column that its model has and the lake holds.

    Raises:
        ProjectError: the model and the lake do not have the same columns.
    """
    import duckdb

    columns = list(models[table.name].columns)
    try:
        held = [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    except duckdb.CatalogException:  # no build has made the model yet: an older version knew none
        held = []
    if apart := sorted(set(columns) ^ set(held)):
        raise ProjectError(
            f"models/kpi/{table.name}.sql and the lake do not have the same columns: {', '.join(apart)}.",
            next_action="Run safer-kpi build.",
        )
    selected = ", ".join(map(identifier, columns))
    connection.execute(f"CREATE TABLE book.kpi.{table.name} AS SELECT {selected} FROM {source} ORDER BY {table.order}")


def _copy_preview(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    models: Mapping[str, Model],
    environment: str,
    last_entry: int,
) -> None:
    """Copy an environment's tables as of an entry; tables that the lake keeps only for prod come from the project."""
    connection.execute(f"CREATE TEMP TABLE edited_metric ({metrics.DDL})")
    derived.insert(connection, "edited_metric", metrics.definition_rows(settings.project))
    write_terms(connection, settings, "edited_feed", known=f"lake.kpi__{environment}.feed")
    connection.execute(f"CREATE TEMP TABLE edited_strategy ({STRATEGY})")
    derived.insert(connection, "edited_strategy", strategy_rows(settings.project))
    connection.execute(f"CREATE TEMP TABLE edited_contributor ({contributors.DDL})")
    derived.insert(connection, "edited_contributor", contributors.contributor_rows(settings.project))
    connection.execute(f"CREATE TEMP TABLE edited_peer ({peers.DDL})")
    derived.insert(connection, "edited_peer", peers.peer_rows(settings.project))
    edited = {name: f"edited_{name}" for name in ("metric", "strategy", "feed", "contributor", "peer")}
    for table in schema.COPIED:
        source = edited.get(table.name, f"lake.kpi__{environment}.{table.name}")
        if table.of_entries:
            source = f"(SELECT * FROM {source} WHERE entry IS NULL OR entry <= {last_entry})"
        _copy(connection, models, table, source)


def _write_build(
    connection: duckdb.DuckDBPyConnection,
    *,
    last_entry: int,
    built_at: dt.datetime,
    snapshot: int,
    lake_id: str | None,
) -> None:
    connection.execute(
        f"CREATE TABLE book.kpi.build AS SELECT {last_entry}::BIGINT AS last_entry, posted_at AS as_of, "
        f"'{built_at.isoformat(sep=' ')}'::TIMESTAMP AS built_at, '{package_version()}' AS package_version, "
        f"{snapshot}::BIGINT AS snapshot_id, CAST({literal(lake_id)} AS VARCHAR) AS lake_id "
        f"FROM book.kpi.entry WHERE entry = {last_entry}"
    )


def _fill(connection: duckdb.DuckDBPyConnection, settings: Settings, models: Mapping[str, Model]) -> None:
    # Written under USE, the macros hold no database's name: the file answers under any name it is attached as.
    connection.execute("USE book")
    for statement in schema.macros(models):
        connection.execute(statement)
    observation = schema.OBSERVATION
    connection.execute(
        f"CREATE TABLE kpi.observation AS SELECT {', '.join(map(identifier, models[observation.name].columns))} "
        f"FROM kpi.as_of((SELECT as_of FROM kpi.build)) ORDER BY {observation.order}"
    )
    verdicts.write(connection)
    components.write(connection)
    published.write(connection, settings.home / "releases")
    for statement in schema.comments(models):
        connection.execute(statement)
