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

from safer_kpi.reading.sealing.seal import columns_of, field
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

#: The key of a manifest under which they stand: ``{table: {"rows": n, "sha256": …, "columns": {column: …}}}``.
TABLES = "tables"


def table_hashes(connection: duckdb.DuckDBPyConnection, alias: str) -> dict[str, dict[str, Any]]:
    """Return the number of rows and the hashes of each table in the schema ``kpi`` of an attached file.

    Raises:
        duckdb.Error: a table cannot be read.
    """
    listed = f"SELECT table_name FROM duckdb_tables() WHERE database_name = {literal(alias)} ORDER BY table_name"
    return {table: _of_table(connection, f"{alias}.kpi.{table}") for (table,) in connection.execute(listed).fetchall()}


def _of_table(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, Any]:
    kinds = columns_of(connection.execute(f"DESCRIBE {relation}").fetchall())
    texts = {name: _text(name, kinds[name]) for name in sorted(kinds)}
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {relation}").fetchall()
    heading = " ".join(f"{name} {kinds[name]}" for name in texts)
    if not rows:  # as the queries below would say, which take far longer to plan
        return {"rows": 0, "sha256": _plain(heading), "columns": {name: _plain(kinds[name]) for name in texts}}
    row = f"sha256({' || chr(9) || '.join(texts.values())})"
    queries = [_hash(relation, row, "value", heading)]
    for name, text in texts.items():
        # To group by the value itself is quicker, but 0.0 and -0.0 are one group and two texts.
        is_text = kinds[name] in {"DOUBLE", "FLOAT"}
        given = (text, "value") if is_text else (identifier(name), _text("value", kinds[name]))
        queries.append(_hash(relation, *given, kinds[name]))
    whole, *columns = [connection.execute(query).fetchall()[0][0] for query in queries]
    return {"rows": rows, "sha256": whole, "columns": dict(zip(texts, columns, strict=True))}


def _plain(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _text(name: str, kind: str) -> str:
    """Return the SQL for a value's text."""
    return field(f"CAST(to_json({identifier(name)}) AS VARCHAR)" if kind.endswith("]") else identifier(name), kind)


def _hash(relation: str, value: str, text: str, first: str) -> str:
    """Return the query for the hash of the values in a relation's rows; ``text`` is the text of ``value``."""
    values = f"SELECT {value} AS value, count(*) AS rows FROM {relation} GROUP BY 1"
    line = f"CAST(rows AS VARCHAR) || chr(9) || {text}"
    joined = "coalesce(chr(10) || string_agg(line, chr(10) ORDER BY line), '')"
    return f"SELECT sha256({literal(first)} || {joined}) FROM (SELECT {line} AS line FROM ({values}))"


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
