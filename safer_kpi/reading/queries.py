"""What a person's query may do: read the attached data, and nothing else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import UsageError
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

#: Table functions that make rows from their arguments or list what is attached. Others open files or servers: SQLite's
#: and Postgres's do so although DuckDB's external access is off.
HARMLESS = frozenset(
    {
        "as_of",
        "duckdb_columns",
        "duckdb_constraints",
        "duckdb_functions",
        "duckdb_tables",
        "duckdb_types",
        "duckdb_views",
        "generate_series",
        "json_each",
        "json_tree",
        "movements",
        "range",
        "unnest",
    }
)
#: Views of DuckDB's own that show where a database lies; a catalogue's address may hold a password.
ADDRESSES = frozenset({"duckdb_databases", "pragma_database_list", "duckdb_secrets"})
#: Names that DuckDB would take for a file: it joins the parts of an unknown table's name with dots.
_FILE = re.compile(r"[./\\:*?\[]|^(csv|tsv|txt|parquet|json|jsonl|ndjson|db|ddb|duckdb|sqlite|gz|zst)$", re.IGNORECASE)
_NEXT = "Ask one SELECT over the schema kpi; export its rows with --csv or --json."


def close_off(connection: duckdb.DuckDBPyConnection, *, folders: Sequence[str] = ()) -> None:
    """Let a connection open nothing more but files in ``folders``; nobody can allow more later."""
    if folders:
        connection.execute(f"SET allowed_directories = {literal(list(folders))}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def require_reading(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Accept one SELECT that uses no table function but those of ``HARMLESS``.

    Raises:
        UsageError: the query is another statement, several statements, or calls another table function.
    """
    import duckdb

    try:
        statements = connection.extract_statements(query)
    except duckdb.Error as wrong:
        raise UsageError(str(wrong).strip(), next_action="Correct the query.") from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise UsageError("The data is read-only: a query is one SELECT and nothing else.", next_action=_NEXT)
    [(tree,)] = connection.execute(f"SELECT json_serialize_sql({literal(query)})").fetchall()
    parsed = json.loads(tree)
    if parsed.get("error"):
        raise UsageError("The data is read-only, and this statement is not a plain SELECT.", next_action=_NEXT)
    named = list(_tables(parsed))
    if any(_FILE.search(name) for name in named):
        raise UsageError("A query may not read a file by its name.", next_action=_NEXT)
    called = {name for name in _table_functions(parsed) if name not in HARMLESS}
    called |= ADDRESSES.intersection(name.lower() for name in named)
    if called:
        raise UsageError(f"A query may not use {', '.join(sorted(called))}.", next_action=_NEXT)


def _tables(tree: Any) -> Iterator[str]:
    """Yield each part of the names of the tables in a parsed query."""
    for node in _nodes(tree):
        if node.get("type") in ("BASE_TABLE", "SHOW_REF"):
            yield from (str(node.get(part) or "") for part in ("catalog_name", "schema_name", "table_name"))


def _table_functions(tree: Any) -> Iterator[str]:
    """Yield the names of the table functions in a parsed query."""
    for node in _nodes(tree):
        if node.get("type") == "TABLE_FUNCTION":
            yield str(node["function"].get("function_name", "")).lower()


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a parsed query, those of subqueries included."""
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(part)
