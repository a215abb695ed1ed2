"""Format 5: receipts say where a file was fetched from, and the date that its publisher gave it.

Receipts from before have NULL: nobody wrote it down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

COLUMNS = {"fetched_from": "VARCHAR", "publisher_date": "TIMESTAMP"}


def migrate(connection: duckdb.DuckDBPyConnection) -> str:
    """Add the columns to ``journal.delivery``, in the open transaction.

    Returns what was done, in words.
    """
    for column, kind in COLUMNS.items():
        connection.execute(f"ALTER TABLE journal.delivery ADD COLUMN {column} {kind}")
    return "receipts say where a file was fetched from, and the publisher's date"
