"""What SQLMesh would run to build some days of the ledgers, kept as SQL: most builds need nothing else of it.

Where the project is the one that SQLMesh built last, a build restates the days of new entries in the tables that read
their feeds. Which tables, with which queries and audits, depends on the project alone. So it is recorded after SQLMesh
has run, and run as it is until the project changes: SQLMesh would read 120 models to come to the same statements.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.compute.branches import Branch, of_feeds, split
from safer_kpi.errors import CheckFailed
from safer_kpi.files import bytes_of, write_durably
from safer_kpi.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    import duckdb
    from sqlglot import exp
    from sqlmesh import Context, Model
    from sqlmesh.core.snapshot import Snapshot

    from safer_kpi.settings import Settings

#: Days that stand for the first and the last one in a recorded text, and one for the day of a run, which none may use.
_FIRST, _LAST, _RUN = dt.date(1911, 11, 11), dt.date(1912, 12, 12), dt.date(1913, 3, 13)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How the days of one table are built.

    Attributes:
        model: the model's name.
        feeds: the feeds whose change rows it reads.
        table: where its rows stand, as SQL.
        day: the column of the day; None for a table that is made as a whole.
        columns: its columns.
        query: the query of its rows, where it reads a union without that.
        branches: the branches of the union, each with the feeds whose change rows it reads.
        audits: the name of each audit of it, and the query of what that finds.
        views: the views that stand between the table before it and this one, in their order: where each stands, as SQL,
            and its query. DuckDB reads them in the lake; another engine has to make them.
    """

    model: str
    feeds: list[str]
    table: str
    day: str | None
    columns: list[str]
    query: str
    branches: list[Branch]
    audits: list[tuple[str, str]]
    views: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Due:
    """What is built: the rows of some days, and of these only the rows of new entries where a table has entries.

    Attributes:
        first: the first day.
        last: the last day.
        entry: the first entry; rows of the ones before it, on the same days, stay as they are.
        feeds: the feeds of the entries; None for all.
    """

    first: dt.date
    last: dt.date
    entry: int = 0
    feeds: frozenset[str] | None = None


def recorded(settings: Settings, project: str) -> list[Recipe] | None:
    """Return the recipes of a project, named by its files and by versions; None if others or none are recorded."""
    file = _file(settings)
    if not file.is_file():
        return None
    try:
        found = json.loads(bytes_of(file))
        return [Recipe(**each) for each in found["recipes"]] if found["project"] == project else None
    except (ValueError, TypeError, KeyError):
        return None


def record(settings: Settings, recipes: list[Recipe] | None, project: str) -> None:
    """Record the recipes of a project that SQLMesh has just built; None forgets those that there are."""
    if recipes is None:
        forget(settings)
        return
    content = {"project": project, "recipes": [asdict(each) for each in recipes]}
    write_durably(_file(settings), f"{json.dumps(content, indent=1)}\n".encode(), private=True)


def forget(settings: Settings) -> None:
    """Forget what is recorded: SQLMesh is about to change what it speaks of."""
    _file(settings).unlink(missing_ok=True)


def _file(settings: Settings) -> Path:
    return settings.home / "state" / "recipes.json"


def run(connection: duckdb.DuckDBPyConnection, recipes: Collection[Recipe], due: Due) -> None:
    """Build what is due again in every table that reads one of its feeds; within a transaction.

    Raises:
        CheckFailed: an audit found rows; the error names it.
    """
    failed = []
    for recipe in due_of(recipes, due):
        columns = ", ".join(map(identifier, recipe.columns))
        delete_due(connection, recipe, due)
        connection.execute(f"INSERT INTO {recipe.table} ({columns}) {query_of(recipe, due)}")
        failed += failures(connection, recipe, due)
    require_none(failed)


def due_of(recipes: Collection[Recipe], due: Due) -> list[Recipe]:
    """Return the recipes of tables that read one of the feeds that are due."""
    return [each for each in recipes if due.feeds is None or due.feeds & set(each.feeds)]


def query_of(recipe: Recipe, due: Due) -> str:
    """Return the query of a table's rows that are due.

    A branch that reads no feed of the entries that are due has no row of theirs: it is left out.
    """
    query = _dated(of_feeds(recipe.query, recipe.branches, due.feeds), due)
    return f"SELECT {', '.join(map(identifier, recipe.columns))} FROM ({query}) AS made{_rows_due(recipe, due)}"


def delete_due(connection: duckdb.DuckDBPyConnection, recipe: Recipe, due: Due) -> None:
    """Delete the rows that are due, or those of a table that is made as a whole."""
    connection.execute(f"DELETE FROM {recipe.table}{_rows_due(recipe, due)}")


def failures(connection: duckdb.DuckDBPyConnection, recipe: Recipe, due: Due) -> list[str]:
    """Return what the audits of a table find in the days that are due."""
    found = []
    for name, audit in recipe.audits:
        counted = f"SELECT count(*) FROM ({_dated(audit, due)}) AS audit"
        ((rows,),) = connection.execute(counted).fetchall()
        if rows:
            found.append(f"{recipe.model}: the audit {name} found {rows} rows")
    return found


def require_none(failed: Collection[str]) -> None:
    """Raise ``CheckFailed`` if audits found something."""
    if failed:
        raise CheckFailed(f"The build stopped: {'; '.join(failed)}")


def _rows_due(recipe: Recipe, due: Due) -> str:
    """Return the condition on the rows of a table that are due; none for a table that is made as a whole.

    What an entry posted hangs on no later entry, so the rows of earlier ones on the same days stay.
    """
    if not recipe.day:
        return ""
    conditions = [f"{recipe.day} BETWEEN DATE '{due.first}' AND DATE '{due.last}'"]
    if "entry" in recipe.columns:
        conditions.append(f"entry >= {due.entry}")
    return f" WHERE {' AND '.join(conditions)}"


def _dated(text: str, due: Due) -> str:
    return text.replace(str(_FIRST), str(due.first)).replace(str(_LAST), str(due.last))


def recipes_of(context: Context) -> list[Recipe] | None:
    """Return the recipe of every table that reads change rows; None where one of them is not built by days."""
    environment = context.state_reader.get_environment("prod")
    if environment is None:
        return None
    snapshots = {each.name: each for each in context.state_reader.get_snapshots(environment.snapshots).values()}
    found: list[Recipe] = []
    views: list[tuple[str, str]] = []
    read: dict[str, list[str]] = {}
    for name in context.dag.sorted:
        snapshot = snapshots.get(name)
        feeds = _feeds({name, *context.dag.upstream(name)})
        read[_bare(name) if snapshot is None or not snapshot.is_model else snapshot.table_name()] = feeds
        if snapshot is None or not snapshot.is_model:
            continue
        if snapshot.model.kind.is_view:
            views.append(
                (
                    snapshot.table_name(),
                    _rendered(snapshot.model, _given(snapshots)).sql(dialect=snapshot.model.dialect),
                )
            )
        elif snapshot.model.kind.is_materialized:
            recipe = _recipe(snapshot, snapshots, read, views) if feeds else None
            if feeds and recipe is None:
                return None
            if recipe is not None:
                found.append(recipe)
                views = []
    return found


def _feeds(names: Iterable[str]) -> list[str]:
    """Return the feeds among the names of models and of the tables of change rows."""
    return sorted(name.rpartition(".")[2] for name in map(_bare, names) if ".landing." in name)


def _bare(name: str) -> str:
    return name.replace('"', "")


def _given(snapshots: Mapping[str, Snapshot]) -> dict[str, Any]:
    """Return what a query of prod is rendered with."""
    from sqlmesh.core.snapshot import DeployabilityIndex

    return {
        "start": _FIRST,
        "end": _LAST,
        "execution_time": _RUN,
        "snapshots": dict(snapshots),
        "deployability_index": DeployabilityIndex.all_deployable(),
    }


def _rendered(model: Model, given: Mapping[str, Any]) -> exp.Query:
    return model.render_query_or_raise(**given)


def _recipe(
    snapshot: Snapshot,
    snapshots: Mapping[str, Snapshot],
    read: Mapping[str, list[str]],
    views: list[tuple[str, str]],
) -> Recipe | None:
    """Return the recipe of one table; ``read`` has the feeds of each table and view by its name."""
    model, given = snapshot.model, _given(snapshots)
    is_whole = model.kind.is_full
    if not (is_whole or model.kind.is_incremental_by_time_range) or model.columns_to_types is None:
        return None
    day = None if is_whole or model.time_column is None else model.time_column.column.sql(dialect=model.dialect)
    audits = []
    for audit, own in model.audits_with_args:
        arguments: dict[str, Any] = {**given, **own}
        audits.append((audit.name, model.render_audit_query(audit, **arguments).sql(dialect=model.dialect)))
    whole = _rendered(model, given)
    query = whole.sql(dialect=model.dialect)
    unfit = [str(_RUN), *((str(_FIRST), str(_LAST)) if is_whole else ())]
    if any(each in text for each in unfit for text in (query, *(audit for _, audit in audits))):
        return None
    outer, branches = split(whole, read)
    return Recipe(
        model=model.name,
        feeds=read[snapshot.table_name()],
        table=snapshot.table_name(),
        day=day,
        columns=list(model.columns_to_types),
        query=outer.sql(dialect=model.dialect),
        branches=branches,
        audits=audits,
        views=views,
    )
