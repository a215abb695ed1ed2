"""Format 6: entries keep digests of the rows that they wrote; entries, receipts and builds, digests of themselves.

What was written before has NULL: nobody recorded it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

COLUMNS = {"entry": ("digests", "digest"), "delivery": ("digest",), "expired": ("digest",), "build": ("digest",)}


def migrate(connection: duckdb.DuckDBPyConnection) -> str:
    """Add the columns, in the open transaction.

    Returns what was done, in words.
    """
    for table, columns in COLUMNS.items():
        for column in columns:
            connection.execute(f"ALTER TABLE journal.{table} ADD COLUMN {column} VARCHAR")
    return "entries keep digests of their rows from now on; those of earlier entries are not recorded"
