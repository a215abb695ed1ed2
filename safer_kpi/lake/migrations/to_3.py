"""Format 3: receipts of refused files have the clause, the row and the message as values of ``journal.delivery``.

Before, they stood in one text, written ``file (row 3), feed 1.0.0 clause: message``. A lake of format 2 may have the
columns already: the version that introduced them did not raise the number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_COLUMNS = {"rule": "VARCHAR", "error_row": "BIGINT", "message": "VARCHAR"}
_SAID = r"^(?: \(row ([0-9]+)\))?, \w+ \S+ ([\w.]+): (.*)$"
_RECEIPTS = f"""
UPDATE journal.delivery SET
    rule = NULLIF(regexp_extract(substr(error, length(file_name) + 1), '{_SAID}', 2, 's'), ''),
    error_row = TRY_CAST(regexp_extract(substr(error, length(file_name) + 1), '{_SAID}', 1, 's') AS BIGINT),
    message = NULLIF(regexp_extract(substr(error, length(file_name) + 1), '{_SAID}', 3, 's'), '')
WHERE error IS NOT NULL AND message IS NULL
"""


def migrate(connection: duckdb.DuckDBPyConnection) -> str:
    """Add the columns that ``journal.delivery`` lacks and fill them, in the open transaction.

    Returns what was done, in words.
    """
    found = {name for name, *_ in connection.execute("DESCRIBE journal.delivery").fetchall()}
    for column, kind in _COLUMNS.items():
        if column not in found:
            connection.execute(f"ALTER TABLE journal.delivery ADD COLUMN {column} {kind}")
    connection.execute(_RECEIPTS)
    return "receipts of refused files have the clause, the row and the message as values"
