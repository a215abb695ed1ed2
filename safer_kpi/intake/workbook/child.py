"""The child process of a workbook: write its table to a clean text copy and its header to standard output.

It imports only the standard library, so that a refusal is cheap. Another child turns the copy into Parquet.
"""

from __future__ import annotations

import csv
import gc
from pathlib import Path
from typing import Any, BinaryIO

from safer_kpi.intake.confined import CLEAN, SPARE_BYTES, confined
from safer_kpi.intake.outside import Outside
from safer_kpi.intake.workbook.beside_table import Apart
from safer_kpi.intake.workbook.book import Package, formats, open_book, shared_texts
from safer_kpi.intake.workbook.columns import column_letters
from safer_kpi.intake.workbook.dialect import WorkbookDialect
from safer_kpi.intake.workbook.elsewhere import other_texts
from safer_kpi.intake.workbook.hidden import hidden_refused
from safer_kpi.intake.workbook.ods import open_document
from safer_kpi.intake.workbook.opened import Opened
from safer_kpi.intake.workbook.preflight import ODS
from safer_kpi.intake.workbook.scan import merged_ranges
from safer_kpi.intake.workbook.sheet import Sheet
from safer_kpi.intake.workbook.table import Table
from safer_kpi.intake.workbook.text import trimmed
from safer_kpi.intake.zip import Part

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
        opened = open_document(file, parts, dialect) if told["kind"] == ODS else _opened(file, parts, dialect)
        table = Table(dialect, opened.merged, most_text=dialect.max_unpacked, most_cells=dialect.max_cells)
        with Path(CLEAN).open("w", encoding="utf-8", newline="") as out, Outside() as outside:
            opened.sheet.outside = outside
            apart = Apart(table, outside)
            write = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
            for number, texts in apart.data(opened.sheet.rows()):
                write([number, *texts])
            outside.take(text for text in opened.shared if trimmed(text) not in apart.texts)
            for kind, text in other_texts(file, parts, opened.read, dialect):
                outside.take((text,), kind)
    hidden = table.hidden_columns(opened.sheet.hidden_columns)
    if dialect.hidden == "refused":
        _refuse_hidden(table.first_hidden, hidden, opened.hidden_sheets)
    return {
        "header": table.header,
        "rows": table.rows,
        "rows_read": table.last_row - bool(table.header_row),
        "nil": table.nil,
        "hidden_rows": table.hidden_rows,
        "hidden_columns": len(hidden),
        "hidden_sheets": opened.hidden_sheets,
    }


def _opened(file: BinaryIO, parts: tuple[Part, ...], dialect: WorkbookDialect) -> Opened:
    """Open an Excel workbook at the declared sheet."""
    package = Package(file, parts, dialect)
    book = open_book(package, dialect)
    merged = merged_ranges(package.pieces(book.sheet), dialect)
    texts = shared_texts(package, book, dialect)
    sheet = Sheet(
        package.pieces(book.sheet),
        texts=texts,
        kinds=formats(package, book),
        from_1904=book.from_1904,
        most_text=min(dialect.max_unpacked, max(_JUDGED_PAST, _MOST_REPEATED * package.size(book))),
        dialect=dialect,
    )
    read = frozenset({book.sheet, book.strings or book.sheet})
    return Opened(sheet=sheet, merged=merged, hidden_sheets=book.hidden_sheets, read=read, shared=texts)


def _refuse_hidden(row: int, columns: list[int], sheets: int) -> None:
    if row:
        raise hidden_refused(f"Row {row:,} of the table is hidden.", row)
    if columns:
        raise hidden_refused(f"Column {column_letters(columns[0])} of the table is hidden.")
    if sheets:
        raise hidden_refused(f"The workbook hides {sheets:,} of its sheets.")
