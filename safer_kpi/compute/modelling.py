"""Bring the models of a lake up to its last entry: SQLMesh where the project changed, else what it recorded."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from safer_kpi.compute import lineage, project
from safer_kpi.compute.engine_tables import run_elsewhere
from safer_kpi.compute.recipes import Due, Recipe, forget, recipes_of, run
from safer_kpi.compute.state import working_copy
from safer_kpi.errors import ProjectError
from safer_kpi.lake.transaction import transaction
from safer_kpi.settings import DUCKDB, PROD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb
    from sqlmesh import Context

    from safer_kpi.compute.entries import Entry
    from safer_kpi.settings import Settings

EPOCH = dt.date(2000, 1, 1)


class Modelled(NamedTuple):
    """What a run of SQLMesh tells.

    Attributes:
        made_with: what each metric is made with; None where the lake knows it.
        recipes: what it would run for other days; None where that cannot be told.
    """

    made_with: list[lineage.Row] | None
    recipes: list[Recipe] | None


def built_digest(settings: Settings) -> str | None:
    """Return the digest of the project that SQLMesh built here last, which its lake knows too; None before that."""
    file = _built(settings)
    return file.read_text() if file.is_file() else None


def _built(settings: Settings) -> Path:
    return settings.home / "state" / f"built.{PROD}"


def run_recipes(
    settings: Settings, connection: duckdb.DuckDBPyConnection, recipes: Sequence[Recipe], due: Sequence[Entry]
) -> None:
    """Build what new entries post by what is recorded of the last run of SQLMesh on this project."""
    if not due:
        return
    new = Due(
        first=due[0].posted_on,
        last=due[-1].posted_on,
        entry=due[0].entry,
        feeds=frozenset(entry.feed for entry in due),
    )
    with transaction(connection, "models.commit"):
        if settings.engine == DUCKDB:
            run(connection, recipes, new)
        else:
            run_elsewhere(settings, connection, recipes, new)


def run_models(
    settings: Settings,
    every: tuple[Entry, ...],
    due: tuple[Entry, ...],
    feeds: Mapping[str, Sequence[str]],
    known: str | None,
) -> Modelled:
    """Bring the models up to date: those that changed over all entries, the ledgers over the days of unbuilt ones."""
    digest = project.digest(settings.project)
    forget(settings)
    with working_copy(settings) as state:
        context = project.open_project(settings, feeds, state=state)
        try:
            empty = context.state_reader.get_environment(PROD) is None
            with project.transaction(context):
                if settings.engine == DUCKDB:
                    _run_sqlmesh(context, settings, every, due, is_first=empty, is_new=built_digest(settings) != digest)
                else:
                    _make_tables(context, settings, every)
            made_with = None if known == digest else lineage.rows_of(context, settings.project, digest)
            found = recipes_of(context)
        finally:
            context.close()
    _built(settings).write_text(digest)
    return Modelled(made_with, found)


def _run_sqlmesh(
    context: Context,
    settings: Settings,
    every: tuple[Entry, ...],
    due: tuple[Entry, ...],
    *,
    is_first: bool,
    is_new: bool,
) -> None:
    """Let SQLMesh make what changed of the project and build the days of new entries."""
    if is_first or is_new:
        project.apply(context, PROD, start=EPOCH, end=every[-1].posted_on, restate=None)
        since = _previewed_since(settings)
        _restate(context, [entry for entry in every if entry.posted_on >= since])
    if not is_first:
        _restate(context, due)


def _make_tables(context: Context, settings: Settings, every: tuple[Entry, ...]) -> None:
    """Let SQLMesh make tables, views and reference data, and another engine every row that comes from change rows.

    Raises:
        ProjectError: a table is built in a way that only SQLMesh knows.
    """
    last = every[-1].posted_on
    project.apply_tables(context, PROD, end=last)
    recipes = recipes_of(context)
    if recipes is None:
        raise ProjectError(
            f"SAFER_KPI_ENGINE is {settings.engine}, and a model is of a kind that it cannot build.",
            next_action="Make every model that holds rows FULL or INCREMENTAL_BY_TIME_RANGE, or compute with DuckDB.",
        )
    run_elsewhere(settings, context.engine_adapter.cursor, recipes, Due(first=EPOCH, last=last))


def _restate(context: Context, entries: Sequence[Entry]) -> None:
    """Build the days of entries anew, in the models that read their feeds."""
    if entries:
        models = project.tables_of(context, {entry.feed for entry in entries})
        project.apply(context, PROD, start=entries[0].posted_on, end=entries[-1].posted_on, restate=models)


def _previewed_since(settings: Settings) -> dt.date:
    """From when on a model that a preview built first may lack entries: those posted after it, on its last day too."""
    days = (settings.home / "state").glob("previewed.*")
    return min((dt.date.fromisoformat(path.read_text()) for path in days), default=dt.date.max)
