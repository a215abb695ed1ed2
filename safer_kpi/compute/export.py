"""``safer_kpi.duckdb``: everything people read, from one snapshot of the lake, renamed into place when it is whole."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

from safer_kpi.compute import components, contributors, derived, metrics, peers, published, schema, verdicts
from safer_kpi.compute.carrying import Carried, carried, digest_of_project, digest_of_releases, versions, write_carried
from safer_kpi.compute.changed import EVER, Since
from safer_kpi.compute.explained import require_explained
from safer_kpi.compute.observations import EVERY, insert_observations
from safer_kpi.compute.observed import rule_hash
from safer_kpi.compute.renewing import (
    Built,
    CarriedOverWrongError,
    Examination,
    MostIsNewError,
    renew,
    unexamined,
    write_build,
)
from safer_kpi.compute.strategy import DDL as STRATEGY
from safer_kpi.compute.strategy import strategy_rows
from safer_kpi.errors import NotFound, ProjectError
from safer_kpi.lake import connect, lease
from safer_kpi.lake.identity import identity_of
from safer_kpi.lake.read_files import recorded, replacing_read_file
from safer_kpi.landing.registry import write_terms
from safer_kpi.settings import RELEASES
from safer_kpi.sql import identifier, literal

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
        built = Built(last_entry=entry, built_at=built_at, snapshot=snapshot, lake_id=lake_id)
        write_kpi_file(settings, built, since=None, built_from=None)
    return settings.kpi_file


def write_kpi_file(
    settings: Settings,
    built: Built,
    *,
    since: dt.date | None,
    built_from: str | None,
    full: bool = False,
    examine: Examination = unexamined,
) -> list[str]:
    """Write ``safer_kpi.duckdb`` beside its place from the lake at one snapshot, then rename it in under any readers.

    What the file in its place holds and nothing has changed is carried over, in a copy of that file; all is made again
    where another version, rule or hand wrote it, or where most of it has changed.

    Args:
        settings: the lake.
        built: the build.
        since: the first day whose ledgers were built again; None where none was.
        built_from: hash of the project's files if the lake was just built from them; None if they may have been edited.
        full: whether all is made again in any case.
        examine: asked of the copied tables before any number is made of them.

    Returns:
        The metrics of which a number that was to be carried over was not what the rule gives: everything was made again
        then. None are expected.
    """
    target = settings.kpi_file
    rule, project = rule_hash(settings.project), built_from or digest_of_project(settings.project)
    before = None if full else carried(settings)
    wrong: list[str] = []
    with (
        replacing_read_file(settings, target) as beside,
        closing(connect(settings, read_only=True, snapshot=built.snapshot)) as connection,
    ):
        added = None
        if before is not None and before.is_orderly and before.rule == rule and _is_of_lake(connection, before):
            shutil.copyfile(target, beside)
            start = Since(entry=before.last_entry + 1, day=since) if before.project == project else EVER
            try:
                added = before.added + _carry(connection, settings, beside, built, start, examine)
            except (CarriedOverWrongError, MostIsNewError) as found:
                wrong = found.metric_ids if isinstance(found, CarriedOverWrongError) else []
                _abandon(connection, beside)
        if added is None:
            _write_all(connection, settings, beside, built, examine)
        components.write(connection)
        published.renew(connection, settings.home / RELEASES)
        ((posted, numbers),) = connection.execute(
            "SELECT as_of, (SELECT count(*) FROM kpi.observation) FROM kpi.build"
        ).fetchall()
        _close(connection)
    made_of = Carried(
        sha256=recorded(settings)[target.name][-1],
        versions=versions(),
        rule=rule,
        project=built_from or (project if before is not None and before.project == project else ""),
        last_entry=built.last_entry,
        last_posted=str(posted),
        snapshot=built.snapshot,
        releases=digest_of_releases(settings.home / RELEASES),
        numbers=numbers,
        added=added or 0,
    )
    write_carried(settings, made_of)
    return wrong


def _is_of_lake(connection: duckdb.DuckDBPyConnection, before: Carried) -> bool:
    """Return whether the lake has the last entry of a read file."""
    sql = f"SELECT posted_at FROM lake.kpi.entry WHERE entry = {before.last_entry}"
    return [str(posted) for (posted,) in connection.execute(sql).fetchall()] == [before.last_posted]


def _carry(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    beside: Path,
    built: Built,
    since: Since,
    examine: Examination,
) -> int:
    """Bring the copy of the last read file up to the lake; return how many numbers were made again."""
    _attach(connection, beside)
    connection.execute("USE book")
    if since == EVER:
        models = schema.read_schema(settings.project)
        for table in schema.COPIED:
            _require_columns(connection, models, table, f"lake.kpi.{table.name}")
        _describe(connection, settings.project, models)
    return renew(connection, settings.project, built, since, examine=examine, engine=settings)


def _write_all(
    connection: duckdb.DuckDBPyConnection, settings: Settings, beside: Path, built: Built, examine: Examination
) -> None:
    """Write a whole read file."""
    models = schema.read_schema(settings.project)
    _attach(connection, beside)
    connection.execute("CREATE SCHEMA book.kpi")
    for table in schema.COPIED:
        _copy(connection, models, table, f"lake.kpi.{table.name}")
    _fill(connection, settings, models, built, examine)


def write_preview(settings: Settings, built: Built, environment: str, *, examine: Examination) -> Path:
    """Write the read file of another environment than prod, all of it.

    It holds what the environment's models make of the entries up to the build's last, with the definitions and
    contracts of the project as they stand in its folder. ``examine`` is asked of the copied tables first.
    """
    target = settings.read_file(environment)
    models = schema.read_schema(settings.project)
    with (
        replacing_read_file(settings, target) as beside,
        closing(connect(settings, read_only=True, snapshot=built.snapshot)) as connection,
    ):
        _attach(connection, beside)
        connection.execute("CREATE SCHEMA book.kpi")
        _copy_preview(connection, settings, models, environment, built.last_entry)
        _fill(connection, settings, models, built, examine)
        components.write(connection)
        published.renew(connection, settings.home / RELEASES)
        _close(connection)
    return target


def _attach(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Attach a read file as ``book``, to be written at once and not statement by statement."""
    connection.execute(f"ATTACH {literal(str(file))} AS book (STORAGE_VERSION 'v1.0.0')")
    connection.execute("BEGIN")


def _abandon(connection: duckdb.DuckDBPyConnection, beside: Path) -> None:
    """Forget what was written to a read file, and the file."""
    connection.execute("ROLLBACK")
    connection.execute("USE lake")
    connection.execute("DETACH book")
    beside.unlink()
    beside.with_name(f"{beside.name}.wal").unlink(missing_ok=True)


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("COMMIT")
    connection.execute("USE lake")
    connection.execute("DETACH book")


def _copy(connection: duckdb.DuckDBPyConnection, models: Mapping[str, Model], table: schema.Table, source: str) -> None:
    """Copy the rows of one table, every column that its model has and the lake holds.

    Raises:
        ProjectError: the model and the lake do not have the same columns.
    """
    _require_columns(connection, models, table, source)
    selected = ", ".join(map(identifier, models[table.name].columns))
    connection.execute(f"CREATE TABLE book.kpi.{table.name} AS SELECT {selected} FROM {source} ORDER BY {table.order}")


def _require_columns(
    connection: duckdb.DuckDBPyConnection, models: Mapping[str, Model], table: schema.Table, source: str
) -> None:
    """Raise unless a model and the lake have the same columns.

    Raises:
        ProjectError: they do not.
    """
    import duckdb

    try:
        held = [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    except duckdb.CatalogException:  # no build has made the model yet: an older version knew none
        held = []
    if apart := sorted(set(models[table.name].columns) ^ set(held)):
        raise ProjectError(
            f"models/kpi/{table.name}.sql and the lake do not have the same columns: {', '.join(apart)}.",
            next_action="Run safer-kpi build.",
        )


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


def _fill(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    models: Mapping[str, Model],
    built: Built,
    examine: Examination,
) -> None:
    """Make what the copied tables tell: numbers, verdicts, and what both rest on."""
    connection.execute("USE book")
    examine(connection)
    for name, columns in (("build", schema.BUILD_TYPES), (schema.OBSERVATION.name, models["observation"].types)):
        connection.execute(f"CREATE TABLE kpi.{name} ({', '.join(f'{key} {kind}' for key, kind in columns.items())})")
    write_build(connection, built)
    insert_observations(connection, settings.project, EVERY, "kpi.observation", engine=settings)
    require_explained(connection, settings.project)
    verdicts.write(connection)
    components.create(connection)
    published.create(connection)
    _describe(connection, settings.project, models)


def _describe(connection: duckdb.DuckDBPyConnection, project: Path, models: Mapping[str, Model]) -> None:
    """Write the macros, and a comment on every table and column."""
    # Written under USE, the macros hold no database's name: the file answers under any name it is attached as.
    for statement in schema.macros(project, models):
        connection.execute(statement)
    for statement in schema.comments(models):
        connection.execute(statement)
