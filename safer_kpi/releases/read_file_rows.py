"""The checks that the tables of the read file are those of the lake, and what a build makes of them and of releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.engine import open_engine
from safer_kpi.errors import SaferKpiError
from safer_kpi.lake import connect
from safer_kpi.lake.connection import CATALOGUE
from safer_kpi.reading.attaching import attach
from safer_kpi.releases.observed_view import counted_and_hashed
from safer_kpi.settings import RELEASES, engine_memory
from safer_kpi.sql import literal
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import duckdb

    from safer_kpi.settings import Settings

Check = tuple[str, str, str, str]
DO_NOT_USE = "do not use it: run safer-kpi export, or build, and verify again"
#: What a build makes of the other tables, of the lake's journal and of the folders of releases.
_MADE = ("component", "release", "certificate", "certified", "certified_verdict", "certified_metric",
         "certified_strategy", "sealed", "approver_change")  # fmt: skip
_VERDICT, _OBSERVATION = "verdict", "observation"
#: What the only row of kpi.build says of a build that the journal knows too.
_KNOWN = ("last_entry", "as_of", "built_at", "snapshot_id")


def read_file_checks(settings: Settings, *, deep: bool) -> list[Check]:
    """Compare the tables of the read file with the lake's, and with those that are made of them and of the releases.

    The lake is read at the snapshot that the file was read from. Observations and verdicts are computed again only if
    ``deep``.
    """
    import duckdb

    name = settings.kpi_file.name
    try:
        # Each has its own DuckDB: what a read file holds is listed, which would plan all views of an attached lake.
        # Both at once may hold what a command may: the lake's has more only while it computes the rule.
        with open_engine(python_enable_replacements="false", memory_limit=engine_memory(2)) as book:
            attach(book, settings.kpi_file, "book")
            names = [name for name, *_ in book.execute("SELECT * FROM book.kpi.build").description]
            built = dict(zip(names, *book.execute("FROM book.kpi.build").fetchall(), strict=True))
            snapshot, version = built["snapshot_id"], built.get("package_version")
            tables = _tables(book)
            with connect(settings, read_only=True) as lake:
                lake.execute("BEGIN")
                kept = "SELECT max(snapshot_id), bool_or(snapshot_id = ?) FROM ducklake_snapshots('lake')"
                ((newest, is_kept),) = lake.execute(kept, [snapshot]).fetchall()
                if not is_kept:
                    return [_gone(name, snapshot, newest)]
                wrong = [] if _is_built(book, lake, built) else ["build"]
            with connect(settings, read_only=True, snapshot=snapshot) as lake:
                views = _views(lake) - (set() if deep else {_OBSERVATION})
                lake.execute("BEGIN")  # or DuckLake reads its catalogue anew for every statement
                others = sorted(views - {_OBSERVATION})
                wrong += [table for table in others if not _is_same(book, lake, table, f"lake.kpi.{table}")]
                wrong += [_OBSERVATION] if _OBSERVATION in views and not _are_ruled(book, lake) else []
                lake.execute("COMMIT")
                is_ours = version == package_version()
                made = [*_MADE, *([_VERDICT] if deep else [])] if is_ours else []
                if made and not wrong:
                    _make(lake, settings, tables, made)
                    wrong += [table for table in made if not _is_same(book, lake, table, f"made.kpi.{table}")]
                    known = {*views, *made, "build", _VERDICT, _OBSERVATION}
                    wrong += sorted(tables - known)
    except (SaferKpiError, duckdb.Error, KeyError, TypeError, ValueError) as broken:
        what = broken.what if isinstance(broken, SaferKpiError) else "its tables cannot be read"
        return [("read file", name, "failed", f"{what}: {DO_NOT_USE}")]
    return list(_told(name, wrong, len(views) + len(made), deep=deep, maker=None if is_ours else version))


def _gone(name: str, snapshot: int, newest: int) -> Check:
    """Return the check of a read file whose snapshot the lake does not hold."""
    if snapshot > newest:
        what = (
            f"it was read from snapshot {snapshot}, and the newest of the lake is {newest}: an older copy of the lake"
        )
        return ("read file", name, "failed", f"{what}: restore the lake and this file from the same backup")
    what = f"the lake has no snapshot {snapshot} any more, so no rows were compared: run safer-kpi build"
    return ("read file", name, "open", what)


def _told(name: str, wrong: Collection[str], compared: int, *, deep: bool, maker: str | None) -> Iterator[Check]:
    if wrong:
        what = f"the rows of {', '.join(f'kpi.{table}' for table in wrong)} are not those of the lake and its releases"
        yield ("read file", name, "failed", f"{what}: {DO_NOT_USE}")
        return
    what = f"{compared} tables have the rows of the lake and its releases"
    yield ("read file", name, "ok", what if deep else f"{what}; observations and verdicts: add --deep")
    if maker is not None:
        what = f"version {maker} wrote it, so what that made of other tables was not compared: run safer-kpi export"
        yield ("read file", name, "open", what)


def _is_built(book: duckdb.DuckDBPyConnection, lake: duckdb.DuckDBPyConnection, built: Mapping[str, object]) -> bool:
    """Return whether the row of kpi.build agrees with kpi.entry, and with the journal if that has the build.

    A build that was stopped may have left a file of which the journal does not know.
    """
    if not built.keys() >= set(_KNOWN):
        return False
    last, as_of, built_at, snapshot = (built[name] for name in _KNOWN)
    entry = "SELECT count(*) FROM book.kpi.entry WHERE entry = ? AND posted_at = ?"
    if book.execute(entry, [last, as_of]).fetchall() != [(1,)]:
        return False
    known = lake.execute("SELECT entry, built_at FROM lake.journal.build WHERE snapshot_id = ?", [snapshot]).fetchall()
    return all(row == (last, built_at) for row in known)


def _tables(book: duckdb.DuckDBPyConnection) -> set[str]:
    rows = book.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'book'").fetchall()
    return {name for (name,) in rows}


def _views(lake: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the views of the lake's schema kpi; DuckDB's own list would plan every view of the lake."""
    rows = lake.execute(
        f"""SELECT v.view_name FROM {CATALOGUE}.ducklake_view AS v
        JOIN {CATALOGUE}.ducklake_schema AS s ON s.schema_id = v.schema_id
        WHERE s.schema_name = 'kpi' AND v.end_snapshot IS NULL AND s.end_snapshot IS NULL"""
    ).fetchall()
    return {name for (name,) in rows}


def _make(lake: duckdb.DuckDBPyConnection, settings: Settings, tables: Collection[str], made: Collection[str]) -> None:
    """Make tables again in a database ``made``, of the other tables of the read file."""
    from safer_kpi.compute import components, published, verdicts  # heavy: a lake without a read file does without

    lake.execute(f"SET memory_limit = '{engine_memory(2)}'")
    lake.execute(f"ATTACH {literal(str(settings.kpi_file))} AS book (READ_ONLY)")
    lake.execute("ATTACH ':memory:' AS made; CREATE SCHEMA made.kpi; USE made")
    for table in sorted(set(tables) - set(made)):
        lake.execute(f"CREATE VIEW kpi.{_named(table)} AS FROM book.kpi.{_named(table)}")
    if _VERDICT in made:
        verdicts.write(lake)
    components.create(lake)
    components.write(lake)
    published.write(lake, settings.home / RELEASES)


def _is_same(book: duckdb.DuckDBPyConnection, other: duckdb.DuckDBPyConnection, table: str, there: str) -> bool:
    """Return whether a table of the read file has the columns and rows of a table elsewhere."""
    import duckdb

    here = f"book.kpi.{_named(table)}"
    try:
        columns = _columns(book, here)
    except duckdb.CatalogException:  # it is not there
        return False
    if columns.keys() != _columns(other, there).keys():
        return False
    return _same(book, here, other, there, ", ".join(columns))


def _are_ruled(book: duckdb.DuckDBPyConnection, lake: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the numbers of the read file are those that the rule in the lake gives."""
    here, there = f"book.kpi.{_OBSERVATION}", f"lake.kpi.{_OBSERVATION}"
    columns = _columns(book, here)
    if columns.keys() != _columns(lake, there).keys():
        return False
    lake.execute("USE lake")
    return _counted(book, here, ", ".join(columns)) == counted_and_hashed(lake, ", ".join(columns))


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> Mapping[str, object]:
    described = connection.execute(f"SELECT * FROM {table} LIMIT 0").description
    return {_named(name): kind for name, kind, *_ in described}


def _same(
    one: duckdb.DuckDBPyConnection, here: str, other: duckdb.DuckDBPyConnection, there: str, columns: str
) -> bool:
    """Return whether two tables have as many rows, with the same sum of hashes."""
    return _counted(one, here, columns) == _counted(other, there, columns)


def _counted(connection: duckdb.DuckDBPyConnection, table: str, columns: str) -> tuple[int, int | None]:
    """Return the number of rows of a table and the sum of the hashes of some columns."""
    ((rows, hashes),) = connection.execute(f"SELECT count(*), sum(hash({columns})::HUGEINT) FROM {table}").fetchall()
    return rows, hashes


def _named(name: str) -> str:
    """Return a name as an identifier, whatever it is."""
    return '"' + name.replace('"', '""') + '"'
