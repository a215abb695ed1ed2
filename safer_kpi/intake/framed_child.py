"""The child process of a CSV file with a frame: write its table to a clean copy and its header to standard output.

It imports only the standard library. The records are read one at a time, as those of any file whose quotes need a look.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.intake.confined import CLEAN, SPARE_BYTES, confined
from safer_kpi.intake.dialect import Dialect
from safer_kpi.intake.found import Preflight
from safer_kpi.intake.gzip_names import gzip_texts
from safer_kpi.intake.normal import normalise
from safer_kpi.intake.outside import Outside
from safer_kpi.intake.records import Records, too_many_malformed
from safer_kpi.intake.workbook.beside_table import Apart
from safer_kpi.intake.workbook.sheet import Row
from safer_kpi.intake.workbook.table import Table
from safer_kpi.intake.workbook.text import trimmed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.intake.workbook.table import Texts

_TEXT = "text.csv"
# Each field is quoted, and a source row is written before it.
_MOST_GROWTH = 16


def main() -> None:
    """Read the job, do it under its limits, write the answer."""
    confined(copy, lambda told: int(told["found"]["bytes"]) * _MOST_GROWTH + SPARE_BYTES)


def copy(told: dict[str, Any]) -> dict[str, Any]:
    """Write the clean copy: for each data row its number and then its columns, every field quoted."""
    dialect = Dialect(**{**told["dialect"], "encodings": tuple(told["dialect"]["encodings"])})
    found = Preflight(**{**told["found"], "header": ()})
    source = Path(told["path"])
    if found.compressed or found.encoding != "utf-8":
        normalise(source, found, dialect, Path(_TEXT))
        source = Path(_TEXT)
    with (
        source.open(encoding="utf-8-sig" if found.bom else "utf-8", errors="strict", newline="") as text,
        Path(CLEAN).open("w", encoding="utf-8", newline="") as out,
        Outside() as outside,
    ):
        if found.compressed:
            outside.take(gzip_texts(Path(told["path"])))
        table = _Table(dialect)
        apart = Apart(table, outside)
        write = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
        for number, texts in apart.data(table.filled(Records(text, dialect))):
            if texts:
                write([number, *texts])
    return {
        "header": table.header,
        "header_row": table.header_row or None,
        "rows": table.rows,
        "rows_read": table.records - bool(table.header_row),
        "malformed": table.malformed,
        "nil": table.nil,
    }


class _Record(dict[int, str]):
    """The filled fields of a record by their place, counted from 1, and the number of all its fields."""

    fields = 0


class _Table(Table):
    """A table of records: a data row with a wrong number of fields is malformed, and no fault of the whole file.

    Attributes:
        records: the number of records in the file.
        malformed: the numbers of malformed rows.
    """

    def __init__(self, dialect: Dialect) -> None:
        # Each cell takes a byte of the file at least, and a blank one cannot be repeated.
        super().__init__(dialect, (), most_text=dialect.max_bytes, most_cells=dialect.max_bytes)
        self._allowed = dialect.max_malformed_rows
        self.records = 0
        self.malformed: list[int] = []

    def filled(self, records: Records) -> Iterator[Row]:
        """Return the records in which a field is filled, each with its number."""
        for row in records:
            self.records += 1
            cells = _Record({place: text for place, field in enumerate(row, 1) if (text := trimmed(field))})
            cells.fields = len(row)
            if cells:
                yield Row(self.records, cells)

    def _data_row(self, row: Row) -> tuple[int, Texts]:
        number, cells, _ = row
        width = self._columns[-1]
        fields = cells.fields if isinstance(cells, _Record) else width
        if fields < width or not cells.keys() <= self._names.keys():
            self.malformed.append(number)
            if len(self.malformed) > self._allowed:
                raise too_many_malformed(self._allowed, width, self.malformed[0])
            return number, []
        return super()._data_row(row)
