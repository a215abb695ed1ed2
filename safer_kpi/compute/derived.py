"""Tables of the journal that every build makes anew: they hold what the project's texts say and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.lake.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

Rows = list[tuple[object, ...]]


def write(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], rows: Rows, *, order: str
) -> None:
    """Make ``journal.<table>`` hold ``rows``, which are in ``order``; write nothing if it already does."""
    ddl = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"CREATE TABLE IF NOT EXISTS journal.{table} ({ddl})")
    found = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE journal.{table}").fetchall()}
    if list(found.items()) != list(columns.items()):
        # Written by an older version. It holds nothing that the project's texts do not say again.
        connection.execute(f"CREATE OR REPLACE TABLE journal.{table} ({ddl})")
    names = ", ".join(columns)
    stored = connection.execute(f"SELECT {names} FROM journal.{table} ORDER BY {order}").fetchall()
    if stored == rows:
        return
    with transaction(connection):
        connection.execute(f"DELETE FROM journal.{table}")
        insert(connection, f"journal.{table}", rows)


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
    """Add rows to a table that has a column for each of their values, in their order."""
    for row in rows:
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in row)})", list(row))
