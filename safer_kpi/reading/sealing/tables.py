"""The hashes of a release's tables and columns, in which the order of rows means nothing.

A value is a text as in the seals (``seal.py``); a list is its JSON text. The hash of a column is that of its different
values: each is a line ``count TAB text``; the lines are sorted by their bytes, a line with the column's type is put
before them, all are joined by newlines and hashed (SHA-256, lower-case hex). The hash of a table is made in the same
way of its rows instead of its values, each as the SHA-256 of its values in the order of the columns' names, joined by
tabs; the line before them has the columns' names and types.

So a changed value changes the hash of its table and of its column. Values that changed places within a column change
that of the table alone.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from safer_kpi.reading.sealing.seal import columns_of, field, tabbed
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

#: The key of a manifest under which they stand: ``{table: {"rows": n, "sha256": …, "columns": {column: …}}}``.
TABLES = "tables"
#: How many texts are hashed by one query: it is planned once for all columns of a small table, which takes longer than
#: hashing them. The texts of a column with more are sorted by DuckDB, on disk if need be, and hashed as they come.
_TEXTS = 2_000_000
_ROWS = _TEXTS // 10
_FETCHED = 20_000


def table_hashes(connection: duckdb.DuckDBPyConnection, alias: str, *, large: int = _ROWS) -> dict[str, dict[str, Any]]:
    """Return the number of rows and the hashes of each table in the schema ``kpi`` of an attached file.

    A table of more rows than ``large`` is hashed in another way, which holds few of them and gives the same hashes.

    Raises:
        duckdb.Error: a table cannot be read.
    """
    listed = f"SELECT table_name FROM duckdb_tables() WHERE database_name = {literal(alias)} ORDER BY table_name"
    tables = [table for (table,) in connection.execute(listed).fetchall()]
    return {table: _of_table(connection, f"{alias}.kpi.{table}", large) for table in tables}


def _of_table(connection: duckdb.DuckDBPyConnection, relation: str, large: int) -> dict[str, Any]:
    kinds = columns_of(connection.execute(f"DESCRIBE {relation}").fetchall())
    texts = {name: _text(name, kinds[name]) for name in sorted(kinds)}
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {relation}").fetchall()
    heading = " ".join(f"{name} {kinds[name]}" for name in texts)
    if not rows:  # as the query below would say, which takes far longer to plan
        return {"rows": 0, "sha256": _plain(heading), "columns": {name: _plain(kinds[name]) for name in texts}}
    row = f"sha256({tabbed(texts.values())})"
    hashed = [(heading, row), *((kinds[name], text) for name, text in texts.items())]
    if rows > large:
        whole, *columns = [_streamed(connection, relation, first, text) for first, text in hashed]
        return {"rows": rows, "sha256": whole, "columns": dict(zip(texts, columns, strict=True))}
    at_once = max(1, _TEXTS // rows)
    parts = [hashed[start : start + at_once] for start in range(0, len(hashed), at_once)]
    whole, *columns = [each for part in parts for (each,) in connection.execute(_query(relation, part)).fetchall()]
    return {"rows": rows, "sha256": whole, "columns": dict(zip(texts, columns, strict=True))}


def _plain(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _streamed(connection: duckdb.DuckDBPyConnection, relation: str, first: str, text: str) -> str:
    """Return the hash of one text of a relation's rows, after the line ``first``."""
    found = hashlib.sha256(first.encode())
    query = f"""
        SELECT CAST(count(*) AS VARCHAR) || chr(9) || text AS line
        FROM (SELECT {text} AS text FROM {relation}) AS value GROUP BY text ORDER BY line
    """
    rows = connection.execute(query)
    while lines := rows.fetchmany(_FETCHED):
        found.update(("\n" + "\n".join(line for (line,) in lines)).encode())
    return found.hexdigest()


def _text(name: str, kind: str) -> str:
    """Return the SQL for a value's text."""
    return field(f"CAST(to_json({identifier(name)}) AS VARCHAR)" if kind.endswith("]") else identifier(name), kind)


def _query(relation: str, hashed: Sequence[tuple[str, str]]) -> str:
    """Return the query for the hashes of several texts of a relation's rows, one row each.

    ``hashed`` are, for each, the line before its values and the text as SQL.
    """
    firsts = ", ".join(f"({number}, {literal(first)})" for number, (first, _) in enumerate(hashed))
    texts = ", ".join(f"{{'number': {number}, 'text': {text}}}" for number, (_, text) in enumerate(hashed))
    return f"""
        WITH heading(number, first) AS (VALUES {firsts}),
        value AS (SELECT unnest([{texts}], recursive := true) FROM {relation}),
        counted AS (
            SELECT number, CAST(count(*) AS VARCHAR) || chr(9) || text AS line FROM value GROUP BY number, text
        )
        SELECT sha256(first || chr(10) || string_agg(line, chr(10) ORDER BY line))
        FROM heading JOIN counted USING (number) GROUP BY number, first ORDER BY number
    """


def changed(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return what differs between the tables that a manifest names and those of a file, one text per table."""
    told = [f"the table {name} is missing" for name in sorted(expected.keys() - found.keys())]
    told += [f"the table {name} is not in the manifest" for name in sorted(found.keys() - expected.keys())]
    both = sorted(expected.keys() & found.keys())
    return told + [_changed(name, expected[name], found[name]) for name in both if expected[name] != found[name]]


def _changed(table: str, expected: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    was, now = expected["columns"], found["columns"]
    names = sorted(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
    if expected["rows"] != found["rows"]:
        return f"{table}: {found['rows']:,} rows in place of {expected['rows']:,}"
    if not names:
        return f"{table}: values were moved from row to row"
    return f"{table}: changed in {', '.join(names)}"
