"""Edits of rows in DuckDB: one value for another of its type, often a subtle one, a row less, a row twice."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from safer_kpi.sql import identifier

if TYPE_CHECKING:
    import duckdb

#: Other values for a value of a type, as SQL of it; whole numbers and texts stand for whatever is not named.
_NUMBERS = ("{} + 1", "{} - 100", "-{}", "0", "1", "NULL", "{} * 10")
_FLOATS = ("{} * 1.0000000001", "-{}", "NULL", "0.0", "nextafter({}, 1e300)", "'-0.0'::DOUBLE", "'nan'::DOUBLE")
#: chr(1072) looks like an a, chr(8211) like a hyphen.
_TEXTS = (
    "{} || ' '", "upper({})", "NULL", "''", "substr({}, 1, length({}) - 1)", "reverse({})", "replace({}, 'e', 'é')",
    "replace({}, 'a', chr(1072))", "{} || chr(0)", "replace({}, '1', '2')", "replace({}, '-', chr(8211))",
)  # fmt: skip
_MOMENTS = ("{} + INTERVAL 1 DAY", "{} - INTERVAL 1 MONTH", "NULL")
_LISTS = ("list_reverse({})", "{}[2:]", "NULL", "list_concat({}, {})", "[]")
_INSTEAD_OF_NULL = {
    "VARCHAR": "''",
    "BOOLEAN": "FALSE",
    "DATE": "DATE '2024-01-01'",
    "TIMESTAMP": "TIMESTAMP '2024-01-01'",
}
#: Attempts to find a row and a column in which another value is another one.
_ATTEMPTS = 60


def edit(connection: duckdb.DuckDBPyConnection, table: str, chance: random.Random, act: str) -> str:
    """Change a table as ``act`` says (``update``, ``swap``, ``delete``, ``insert``, ``empty``); return what was done.

    A change that changes no row's text is not one: another is tried. Where a table has no rows, one is added.
    """
    columns = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE {table}").fetchall()}
    count = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    if count == 0 or (act == "insert" and chance.random() < 0.3):
        return _add(connection, table, columns, chance)
    rowids = [row for (row,) in connection.execute(f"SELECT rowid FROM {table} ORDER BY rowid").fetchall()]
    row = chance.choice(rowids)
    if act == "empty":
        connection.execute(f"DELETE FROM {table}")
        return f"all {count} rows of {table} deleted"
    if act == "delete":
        connection.execute(f"DELETE FROM {table} WHERE rowid = {row}")
        return f"row {row} of {table} deleted"
    if act == "insert":
        connection.execute(f"INSERT INTO {table} SELECT * FROM {table} WHERE rowid = {row}")
        return f"row {row} of {table} twice"
    for _ in range(_ATTEMPTS):
        column = chance.choice(sorted(columns))
        row, other = chance.choice(rowids), chance.choice(rowids)
        name = identifier(column)
        new = (
            f"(SELECT {name} FROM {table} WHERE rowid = {other})"
            if act == "swap"
            else _other(name, columns[column], chance)
        )
        if _differs(connection, table, row, name, new):
            back = f"(SELECT {name} FROM {table} WHERE rowid = {row})"
            if act == "swap":
                query = f"""UPDATE {table} SET {name} = CASE rowid WHEN {row} THEN {new} ELSE {back} END
                    WHERE rowid IN ({row}, {other})"""
            else:
                query = f"UPDATE {table} SET {name} = {new} WHERE rowid = {row}"
            connection.execute(query)
            return f"{act} {name} of row {row} of {table}: {new}"
    return edit(connection, table, chance, "delete")


def _other(name: str, kind: str, chance: random.Random) -> str:
    if kind.endswith("]"):
        choices = _LISTS
    elif kind == "DOUBLE":
        choices = _FLOATS
    elif kind in ("DATE", "TIMESTAMP"):
        choices = _MOMENTS
    elif kind == "BOOLEAN":
        choices = ("NOT {}", "NULL")
    else:
        choices = _TEXTS if kind == "VARCHAR" else _NUMBERS
    value = chance.choice(choices).replace("{}", name)
    instead = _INSTEAD_OF_NULL.get(kind, "[]" if kind.endswith("]") else "0")
    return f"CAST(CASE WHEN {name} IS NULL THEN {instead} ELSE {value} END AS {kind})"


def _differs(connection: duckdb.DuckDBPyConnection, table: str, row: int, name: str, new: str) -> bool:
    """Return whether the new value has another text; a value that its type cannot hold is no change."""
    import duckdb

    query = f"SELECT CAST({name} AS VARCHAR) IS DISTINCT FROM CAST({new} AS VARCHAR) FROM {table} WHERE rowid = {row}"
    try:
        return bool(connection.execute(query).fetchall()[0][0])
    except duckdb.Error:
        return False


def _add(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], chance: random.Random) -> str:
    """Add a row with a value in one column, or in all."""
    some = sorted(columns) if chance.random() < 0.5 else [chance.choice(sorted(columns))]
    values = ", ".join(f"CAST({_value(columns[name])} AS {columns[name]})" for name in some)
    connection.execute(f"INSERT INTO {table} ({', '.join(map(identifier, some))}) VALUES ({values})")
    return f"a row of {len(some)} values added to {table}"


def _value(kind: str) -> str:
    return _INSTEAD_OF_NULL.get(kind, "[]" if kind.endswith("]") else "NULL" if kind.startswith("STRUCT") else "0")
