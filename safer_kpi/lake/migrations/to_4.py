"""Format 4: receipts say what a workbook hides, and the hash of the archive that a file came in.

Receipts from before have NULL: nobody counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

COLUMNS = {
    "hidden_rows": "BIGINT",
    "hidden_columns": "BIGINT",
    "hidden_sheets": "BIGINT",
    "archive_sha256": "VARCHAR",
}


def migrate(connection: duckdb.DuckDBPyConnection) -> str:
    """Add the columns to ``journal.delivery``, in the open transaction.

    Returns what was done, in words.
    """
    for column, kind in COLUMNS.items():
        connection.execute(f"ALTER TABLE journal.delivery ADD COLUMN {column} {kind}")
    return "receipts say what a workbook hides, and which archive a file came in"
