"""The checks of a whole lake: what it stores, and that the read file is what the build made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.engine import open_engine
from safer_kpi.errors import SaferKpiError
from safer_kpi.files import sha256_of
from safer_kpi.lake import connect
from safer_kpi.lake.connection import CATALOGUE
from safer_kpi.lake.read_files import recorded, was_recorded
from safer_kpi.landing.stored_checks import stored_checks
from safer_kpi.reading.attaching import attach
from safer_kpi.sql import identifier

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.settings import Settings

Check = tuple[str, str, str, str]
_BUILD = "do not use it: run safer-kpi export, or build, and verify again"
_OBSERVATION = identifier("observation")


def lake_checks(settings: Settings, *, lake_id: str | None = None, deep: bool = False) -> list[Check]:
    """Return the checks of what the lake stores, and of the read file against the lake; ``deep``: of its numbers too.

    ``lake_id`` is the identity in the read file; None if it has none.

    Raises:
        NotFound: no lake exists here.
    """
    stored = stored_checks(settings, lake_id=lake_id)
    if not settings.kpi_file.is_file():
        return stored
    is_broken = any(status == "failed" for _, _, status, _ in stored)
    return [*stored, *_bytes(settings), *([] if is_broken else _rows(settings, deep=deep))]


def had_read_file(settings: Settings) -> bool:
    """Return whether a read file was written here, by what is recorded of it."""
    return settings.kpi_file.name in recorded(settings) or was_recorded(settings)


def _bytes(settings: Settings) -> list[Check]:
    name = settings.kpi_file.name
    known = recorded(settings).get(name)
    if known is None:
        if was_recorded(settings):
            return [("read file", name, "failed", f"the record of its hash is gone: {_BUILD}")]
        return [("read file", name, "open", "its hash is not recorded yet: the next build does")]
    found = sha256_of(settings.kpi_file)
    if found not in known:
        return [("read file", name, "failed", f"its SHA-256 is not the recorded one: {_BUILD}")]
    if found != known[-1]:
        return [("read file", name, "open", "a build was stopped before it replaced this file: run safer-kpi build")]
    return [("read file", name, "ok", "its SHA-256 is the recorded one")]


def _rows(settings: Settings, *, deep: bool) -> list[Check]:
    """Compare the tables of the read file with those of the lake at the snapshot that the file was read from.

    Each has its own DuckDB: what a read file holds is listed, and with the lake attached the list would plan all its
    views.
    """
    import duckdb

    name = settings.kpi_file.name
    try:
        with open_engine(python_enable_replacements="false") as book:
            attach(book, settings.kpi_file, "book")
            ((snapshot,),) = book.execute("SELECT snapshot_id FROM book.kpi.build").fetchall()
            tables = _columns(book)
            with connect(settings, read_only=True) as lake:
                kept = "SELECT count(*) FROM ducklake_snapshots('lake') WHERE snapshot_id = ?"
                if not lake.execute(kept, [snapshot]).fetchall()[0][0]:
                    what = (
                        f"the lake has no snapshot {snapshot} any more, so no rows were compared: run safer-kpi build"
                    )
                    return [("read file", name, "open", what)]
            with connect(settings, read_only=True, snapshot=snapshot) as lake:
                named = _views(lake) & tables.keys() - (set() if deep else {_OBSERVATION})
                compared = {
                    table: (
                        _digest(book, f"book.kpi.{table}", tables[table]),
                        _digest(lake, f"lake.kpi.{table}", tables[table]),
                    )
                    for table in sorted(named)
                }
    except (SaferKpiError, duckdb.Error, ValueError) as broken:
        what = broken.what if isinstance(broken, SaferKpiError) else "its tables cannot be read"
        return [("read file", name, "failed", f"{what}: {_BUILD}")]
    wrong = [table for table, (mine, theirs) in compared.items() if mine != theirs]
    if not wrong:
        what = f"{len(compared)} tables have the rows of the lake"
        return [("read file", name, "ok", what if deep else f"{what}; observations: add --deep")]
    what = f"the rows of {', '.join(f'kpi.{table}' for table in wrong)} are not those of the lake"
    return [("read file", name, "failed", f"{what}: {_BUILD}")]


def _columns(book: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the columns of each table of the read file, as SQL lists them, for the tables with plain names."""
    rows = book.execute(
        """SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
        WHERE database_name = 'book' AND schema_name = 'kpi' GROUP BY table_name"""
    ).fetchall()
    return {identifier(name): ", ".join(map(identifier, columns)) for name, columns in rows}


def _digest(connection: duckdb.DuckDBPyConnection, table: str, columns: str) -> tuple[int, int]:
    """Return the number of rows of a table and the sum of their hashes, over some columns."""
    found: tuple[int, int] = connection.execute(
        f"SELECT count(*), sum(hash({columns})::HUGEINT) FROM {table}"
    ).fetchall()[0]
    return found


def _views(lake: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the views of the lake's schema kpi; DuckDB's own list would plan every view of the lake."""
    rows = lake.execute(
        f"""SELECT v.view_name FROM {CATALOGUE}.ducklake_view AS v
        JOIN {CATALOGUE}.ducklake_schema AS s ON s.schema_id = v.schema_id
        WHERE s.schema_name = 'kpi' AND v.end_snapshot IS NULL AND s.end_snapshot IS NULL"""
    ).fetchall()
    return {identifier(name) for (name,) in rows}
