"""Attach a read file as data: tables, and the macros that this library writes. Nothing else in a file ever runs.

A DuckDB file can hold code: a view over ``read_text('/etc/passwd')`` is one. So whatever a file holds is listed before
anything of it is used, and the lists themselves run nothing. Of a reader, DuckDB's access to files is limited before
the first file is attached, so that even a list that ran a view would read nothing outside.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from safer_kpi.domain.macro_text import PLAIN_NAME, foreign_words
from safer_kpi.errors import CheckFailed, NotFound, SaferKpiError
from safer_kpi.failures import known
from safer_kpi.reading.beside import Beside
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

NEXT_ACTION = "Do not use this file: run safer-kpi build, or fetch the release from its publisher again."
#: The macros of a read file, and their parameters.
MACROS = {"as_of": ["ts"], "movements": ["a", "b"], "vintages": ["of_metric", "in_area"]}
#: DuckDB also lists what it gives every database itself; nothing of that stands in the schema kpi.
_NOT_DUCKDBS = "(NOT internal OR schema_name = 'kpi')"
#: What a file may not hold, and the list of it; ``{alias}`` is the attached file.
_FOREIGN = {
    "the schema": "SELECT schema_name FROM duckdb_schemas() WHERE database_name = {alias} "
    "AND schema_name NOT IN ('kpi', 'main', 'information_schema', 'pg_catalog')",
    "a table outside the schema kpi, called": "SELECT table_name FROM duckdb_tables() WHERE database_name = {alias} "
    "AND schema_name <> 'kpi'",
    "the type": f"SELECT type_name FROM duckdb_types() WHERE database_name = {{alias}} AND {_NOT_DUCKDBS}",
    "the sequence": "SELECT sequence_name FROM duckdb_sequences() WHERE database_name = {alias}",
    "the index": "SELECT index_name FROM duckdb_indexes() WHERE database_name = {alias}",
    "a constraint of the table": "SELECT table_name FROM duckdb_constraints() WHERE database_name = {alias} "
    "AND constraint_type <> 'NOT NULL'",
}
_COLUMNS = (
    "SELECT schema_name, table_name, column_name, data_type, column_default FROM duckdb_columns() "
    "WHERE database_name = {alias}"
)
#: A default that is a number, a text or NULL is data; what a generated column computes stands in the same place.
_DATA = re.compile("-?[0-9.]+|'[^']*'|NULL")
_VIEWS = f"SELECT schema_name, view_name, sql FROM duckdb_views() WHERE database_name = {{alias}} AND {_NOT_DUCKDBS}"
_FUNCTIONS = (
    "SELECT schema_name, function_name, function_type, parameters, macro_definition FROM duckdb_functions() "
    f"WHERE database_name = {{alias}} AND {_NOT_DUCKDBS}"
)


def attach(connection: duckdb.DuckDBPyConnection, file: Path, alias: str) -> dict[str, dict[str, str]]:
    """Attach a file read-only if it holds nothing but data.

    Return the type of each column of each table in its schema kpi, by their names.

    If it holds anything else, nothing of it stays attached.

    Raises:
        NotFound: the file does not exist or is not a DuckDB file.
        CheckFailed: it is a link, has a write-ahead log beside it, or holds a view, a macro or any other code.
    """
    import duckdb

    require_plain_file(file)
    try:
        connection.execute(f"ATTACH {literal(str(file))} AS {alias} (READ_ONLY, TYPE duckdb)")
    except duckdb.Error as broken:
        raise refusal(broken, file) from broken
    try:
        return require_data(connection, file, alias)
    except CheckFailed:
        connection.execute(f"DETACH {alias}")
        raise
    except duckdb.Error as broken:
        raise refusal(broken, file) from broken


def refusal(broken: Exception, file: Path) -> SaferKpiError:
    """Return the error for a file that DuckDB could not attach: the machine's, or that it is not one of ours."""
    import duckdb

    if isinstance(broken, duckdb.PermissionException):
        return NotFound(
            f"{file.name} is not among the files that were there when this lake was opened.",
            next_action="Open the lake again.",
        )
    ours = known(broken, places=(file.parent,))
    return ours if ours is not None and not isinstance(ours, NotFound) else unreadable(file)


def unreadable(file: Path) -> NotFound:
    """Return the error for a file that is not one of this library."""
    return NotFound(
        f"{file.name} is not a readable file of this library.",
        next_action="Run safer-kpi build, or verify the release.",
    )


def require_plain_file(file: Path) -> None:
    """Raise unless the file is an ordinary file that DuckDB would read by itself.

    Raises:
        NotFound: no such file exists, or it is not an ordinary file.
        CheckFailed: a write-ahead log lies beside it, which DuckDB would apply to it.
    """
    if not file.is_file():
        raise unreadable(file)
    log = file.with_name(f"{file.name}.wal")
    if os.path.lexists(log):
        raise CheckFailed(f"{log.name} lies beside {file.name} and would change what is read.", next_action=NEXT_ACTION)


def require_data(connection: duckdb.DuckDBPyConnection, file: Path, alias: str) -> dict[str, dict[str, str]]:
    """Raise unless an attached file holds tables, and the macros and views that this library writes, and nothing else.

    Return the type of each column of each table in its schema kpi: to list them once more costs as much as a query.

    Raises:
        CheckFailed: it holds something else.
    """
    name = literal(alias)
    with connection.cursor() as other:
        # DuckDB makes a row of each of its own 3,000 functions: half of the time of all lists.
        functions = Beside(lambda: other.execute(_FUNCTIONS.format(alias=name)).fetchall())
        try:
            columns = _columns(connection, file, name)
            _require_no_foreign_view(connection, file, name)
        finally:
            macros = functions.result()
    for schema, macro, kind, parameters, definition in macros:
        if schema != "kpi" or kind != "table_macro" or MACROS.get(macro) != parameters:
            raise _foreign(file, "the macro", macro)
        if called := foreign_words(definition):
            raise _foreign(file, f"the macro {macro} with", called[0])
    if len({macro for _, macro, *_ in macros}) < len(macros):
        raise _foreign(file, "a macro of two definitions,", macros[0][1])
    return columns


def _columns(connection: duckdb.DuckDBPyConnection, file: Path, name: str) -> dict[str, dict[str, str]]:
    """Return the column types of each table in the schema kpi; raise if more than tables, macros and views is there.

    ``name`` is the alias as a literal.
    """
    for what, query in _FOREIGN.items():
        if rows := connection.execute(query.format(alias=name)).fetchall():
            raise _foreign(file, what, str(rows[0][0]))
    held: dict[str, dict[str, str]] = {}
    for schema, table, column, kind, default in connection.execute(_COLUMNS.format(alias=name)).fetchall():
        if default is not None and not _DATA.fullmatch(default):
            raise _foreign(file, "a computed column of the table", table)
        if schema == "kpi":
            held.setdefault(table, {})[column] = kind
    return held


def _require_no_foreign_view(connection: duckdb.DuckDBPyConnection, file: Path, name: str) -> None:
    for schema, view, sql in connection.execute(_VIEWS.format(alias=name)).fetchall():
        # Files of the first versions hold their tables under bare names too.
        if schema != "main" or sql.rstrip(";\n ") != f"CREATE VIEW {view} AS SELECT * FROM kpi.{view}":
            raise _foreign(file, "the view", view)
        if not connection.execute(
            f"SELECT 1 FROM duckdb_tables() WHERE database_name = {name} AND schema_name = 'kpi' "
            f"AND table_name = {literal(view)}"
        ).fetchall():
            raise _foreign(file, "the view", view)


def _foreign(file: Path, what: str, name: str) -> CheckFailed:
    shown = name if PLAIN_NAME.fullmatch(name) and len(name) <= 64 else ascii(name[:64])
    return CheckFailed(f"{file.name} holds {what} {shown}; only tables are read.", next_action=NEXT_ACTION)


def limit(connection: duckdb.DuckDBPyConnection, *, files: Iterable[Path], folders: Iterable[Path]) -> None:
    """Let a connection open these files and those in the folders, and nothing else; nobody can allow more later.

    DuckDB before 1.2 cannot be limited to a list: there, the check of each attached file is the only one.
    """
    import duckdb

    own = [os.path.realpath(file) for file in files]
    logs = [f"{file}.wal" for file in own]  # DuckDB looks for one; require_plain_file refuses it
    try:
        connection.execute(f"SET allowed_paths = {literal([*own, *logs])}")
    except duckdb.CatalogException:
        return
    connection.execute(f"SET allowed_directories = {literal([os.path.realpath(folder) for folder in folders])}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
