"""The child process of a workbook: write its table to a clean text copy and its header to standard output.

It imports only the standard library, so that a refusal is cheap. Another child turns the copy into Parquet.
"""

from __future__ import annotations

import csv
import gc
from pathlib import Path
from typing import Any

from safer_kpi.intake.confined import CLEAN, SPARE_BYTES, confined
from safer_kpi.intake.workbook.book import Package, formats, open_book, shared_texts
from safer_kpi.intake.workbook.dialect import WorkbookDialect
from safer_kpi.intake.workbook.scan import merged_ranges
from safer_kpi.intake.workbook.sheet import Sheet
from safer_kpi.intake.workbook.table import Table
from safer_kpi.intake.workbook.zip import Part

# A text is written once and referred to from many cells; this many times over, nobody did so by hand.
_MOST_REPEATED = 20
_JUDGED_PAST = 16 * 2**20


def main() -> None:
    """Read the job, do it under its limits, write the answer."""
    # Millions of texts and no cycle among them.
    gc.disable()
    confined(copy, _most_written)


def _most_written(told: dict[str, Any]) -> int:
    # Characters take up to four bytes, quotes are doubled, a blank field takes three: more than a table allowed takes.
    return int(16 * told["dialect"]["max_unpacked"] + 32 * told["dialect"]["max_cells"] + SPARE_BYTES)


def copy(told: dict[str, Any]) -> dict[str, Any]:
    """Write the clean copy: for each data row its number and then its columns, every field quoted."""
    dialect = WorkbookDialect(**told["dialect"])
    parts = tuple(Part(**part) for part in told["parts"])
    with Path(told["path"]).open("rb") as file:
        package = Package(file, parts, dialect)
        book = open_book(package, dialect)
        merged = merged_ranges(package.pieces(book.sheet), dialect)
        table = Table(dialect, merged, most_text=dialect.max_unpacked, most_cells=dialect.max_cells)
        sheet = Sheet(
            package.pieces(book.sheet),
            texts=shared_texts(package, book, dialect),
            kinds=formats(package, book),
            from_1904=book.from_1904,
            most_text=min(dialect.max_unpacked, max(_JUDGED_PAST, _MOST_REPEATED * package.size(book))),
            dialect=dialect,
        )
        with Path(CLEAN).open("w", encoding="utf-8", newline="") as out:
            write = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
            for number, texts in table.data(sheet.rows()):
                write([number, *texts])
    read = table.last_row - bool(table.header_row)
    return {"header": table.header, "rows": table.rows, "rows_read": read, "nil": table.nil}
