"""The rows of a comparison as CSV (RFC 4180), with exact amounts and text that spreadsheets do not run as formulas."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from safer_kpi.reading.table import Table

# Spreadsheets take these as the beginning of a formula: = + - @ (also full-width, also after spaces), tab, line end.
# Amounts are numbers and keep their sign.
_FORMULA = r"^\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\t\r\n]"
_TEXT = ("metric_id", "area_code", "area_name", "period", "breakdown", "step", "cause", "feed")


def write_rows(table: Table, stream: TextIO) -> int:
    """Write the header and every row in batches; return the number of rows.

    ``stream`` must not translate line ends (``newline=""``), which are CR LF. A null value is an empty field; a text
    that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    columns = ", ".join(
        f"CASE WHEN regexp_matches({name}, '{_FORMULA}') THEN concat('''', {name}) ELSE {name} END AS {name}"
        if name in _TEXT
        else f"CAST({name} AS VARCHAR) AS {name}"
        for name in table.columns
    )
    writer = csv.writer(stream)
    writer.writerow(table.columns)
    written = 0
    for batch in table.query(f"SELECT {columns} FROM this").batches():
        writer.writerows(batch)
        written += len(batch)
    return written
