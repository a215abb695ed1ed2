"""Build days of the ledgers by another engine than DuckDB, which only deletes the old rows and adds the new files.

The engine reads the lake's own files of the change rows. Every other table it reads, such as reference data, is small
and is copied for it as the open transaction sees it. What it writes are the lake's files from the commit on; until then
they are files that no catalogue names, which the sweep removes.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from safer_kpi.compute.recipes import delete_due, due_of, failures, query_of, require_none
from safer_kpi.engines.session import opened
from safer_kpi.engines.translate import tables_read, view_name
from safer_kpi.errors import UsageError
from safer_kpi.lake.boundary import boundary
from safer_kpi.lake.connection import CATALOGUE
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import duckdb

    from safer_kpi.compute.recipes import Due, Recipe
    from safer_kpi.engines.session import Engine
    from safer_kpi.settings import Settings

#: The columns that a table has and always had: with others, its files do not hold the same columns.
_ALTERED = f"""SELECT count(*) FROM {CATALOGUE}.ducklake_column AS c
    JOIN {CATALOGUE}.ducklake_table AS t USING (table_id) JOIN {CATALOGUE}.ducklake_schema AS s USING (schema_id)
    WHERE s.schema_name = ? AND t.table_name = ? AND t.end_snapshot IS NULL
    AND (c.end_snapshot IS NOT NULL OR c.begin_snapshot > t.begin_snapshot)"""


@contextmanager
def engine_of(settings: Settings) -> Iterator[tuple[Engine, Path]]:
    """Yield a session of the engine of ``settings``, and a folder for files that it reads.

    Raises:
        UsageError: the lake's files lie in object storage, or Spark is asked for and nothing says where it is.
        MissingExtra: the extra ``spark`` is not installed.
        Unavailable: the engine does not answer, or a query failed.
    """
    if "://" in settings.data:
        raise UsageError(
            f"SAFER_KPI_ENGINE is {settings.engine}, which cannot read the lake's files in object storage yet.",
            next_action="Keep them in a folder that every worker of the engine sees, or compute with DuckDB.",
        )
    settings.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="engine-", dir=settings.scratch) as name:
        folder = Path(name)
        with opened(settings, folder / "made") as engine:
            yield engine, folder


def run_elsewhere(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    recipes: Collection[Recipe],
    due: Due,
) -> None:
    """Build what is due again in every table that reads one of its feeds; within a transaction.

    Raises:
        CheckFailed: an audit found rows; the error names it.
        UsageError: the lake's files lie where the engine cannot read them, or nothing says where the engine is.
        MissingExtra: the extra ``spark`` is not installed.
        Unavailable: the engine does not answer, or a query failed.
    """
    of_due, failed = due_of(recipes, due), []
    wanted = _read_by(recipes, [query_of(each, due) for each in of_due])
    with engine_of(settings) as (engine, folder):
        tables = _Tables(connection, engine, folder)
        for recipe in recipes:
            for view, query in recipe.views:
                if view_name(view) in wanted:
                    tables.offer(query)
                    engine.define(view_name(view), query)
            if recipe in of_due:
                query = query_of(recipe, due)
                tables.offer(query)
                made = engine.write(query, by=recipe.day)
                delete_due(connection, recipe, due)
                with boundary("engine.add"):
                    _add(connection, recipe, made, Path(settings.data))
                failed += failures(connection, recipe, due)
    require_none(failed)


def _read_by(recipes: Collection[Recipe], queries: list[str]) -> set[str]:
    """Return the views that queries read, directly or through others, by the names that the engine knows."""
    views = {view_name(view): query for recipe in recipes for view, query in recipe.views}
    found: set[str] = set()
    ahead = list(queries)
    while ahead:
        new = {name for name in tables_read(ahead.pop()) if name in views} - found
        found |= new
        ahead += [views[name] for name in new]
    return found


class _Tables:
    """The tables of the lake that the engine has been given to read."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, engine: Engine, folder: Path) -> None:
        self._connection = connection
        self._engine = engine
        self._folder = folder
        self._offered: set[str] = set()

    def offer(self, query: str) -> None:
        """Give the engine the tables that a query reads and that it does not have yet."""
        for schema, table in self._named(set(tables_read(query)) - self._offered):
            self._engine.read(f"{schema}__{table}", self._files(schema, table))
            self._offered.add(f"{schema}__{table}")

    def _named(self, names: set[str]) -> list[tuple[str, str]]:
        sql = """SELECT table_schema, table_name FROM information_schema.tables
            WHERE table_catalog = 'lake' AND table_type = 'BASE TABLE'"""
        return [
            (schema, table)
            for schema, table in self._connection.execute(sql).fetchall()
            if f"{schema}__{table}" in names
        ]

    def _files(self, schema: str, table: str) -> list[str]:
        """Return the files that hold the rows of a table, and no other rows."""
        ((altered,),) = self._connection.execute(_ALTERED, [schema, table]).fetchall()
        if schema == "landing" and not altered:
            listed = self._connection.execute(
                f"SELECT data_file, delete_file FROM ducklake_list_files('lake', {literal(table)}, schema => 'landing')"
            ).fetchall()
            if listed and not any(deleted for _, deleted in listed):
                return [path for path, _ in listed]
        copy = self._folder / f"{schema}__{table}.parquet"
        self._connection.execute(f'COPY lake."{schema}"."{table}" TO {literal(str(copy))} (FORMAT parquet)')
        return [str(copy)]


def _add(connection: duckdb.DuckDBPyConnection, recipe: Recipe, made: Path, data: Path) -> None:
    """Make the files that the engine wrote the lake's own, each in the folder of its table and its day."""
    _, schema, table = recipe.table.split(".")
    place = data / schema / table
    name = f"engine-{secrets.token_hex(8)}"
    for number, file in enumerate(sorted(made.rglob("*.parquet"))):
        target = place / file.parent.relative_to(made) / f"{name}-{number}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(file, target)
        os.utime(target)  # as new as the transaction, which flushes its new files before it commits
        connection.execute(
            f"CALL ducklake_add_data_files('lake', {literal(table)}, {literal(str(target))}, "
            f"schema => {literal(schema)}, hive_partitioning => {str(recipe.day is not None).lower()})"
        )
