"""The filled cells of one sheet of an OpenDocument spreadsheet, row by row as its XML is read.

Its cells and rows are repeated by number: what is blank is passed over, what is filled counts as often as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.intake.outside import AUTHOR, TEXT
from safer_kpi.intake.workbook.elsewhere import attribute_texts
from safer_kpi.intake.workbook.ods_cell import OdsCell
from safer_kpi.intake.workbook.refused import bomb, damaged, too_large
from safer_kpi.intake.workbook.sheet import GRID_COLUMNS, GRID_ROWS, MOST_ROW_TEXT, Row, too_many_cells, whole
from safer_kpi.intake.workbook.xml import feed, parser, refuse_crowd, refuse_depth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from safer_kpi.intake.outside import Outside
    from safer_kpi.intake.workbook.dialect import WorkbookDialect
    from safer_kpi.intake.workbook.scan import Range

_SPACE = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
_TABLE, _OFFICE, _TEXT, _STYLE = (_SPACE.format(name) for name in ("table", "office", "text", "style"))
NAMES = {
    **{f"{_TABLE} {local}": local for local in (
        "table", "table-column", "table-row", "table-cell", "covered-table-cell", "table-row-group",
        "table-column-group",
    )},
    **{f"{_TEXT} {local}": local for local in ("p", "s", "tab", "line-break")},
    f"{_OFFICE} spreadsheet": "spreadsheet",
    f"{_STYLE} style": "style",
    f"{_STYLE} table-properties": "table-properties",
}  # fmt: skip
"""The elements that a sheet is read by, with their namespace, and their own names."""

_REPEATED_COLUMNS, _REPEATED_ROWS = f"{_TABLE} number-columns-repeated", f"{_TABLE} number-rows-repeated"
_SPANNED_COLUMNS, _SPANNED_ROWS = f"{_TABLE} number-columns-spanned", f"{_TABLE} number-rows-spanned"
_VISIBILITY, _DISPLAY = f"{_TABLE} visibility", f"{_TABLE} display"
_GROUPS = {"table-row-group", "table-column-group"}
_CELLS = {"table-cell", "covered-table-cell"}
_RUNS = {"s", "tab", "line-break"}
_OTHERS_PER_CELL = 8
_MOST_MERGED = 100_000


class OdsSheet:
    """Read one table of a document's content; ``rows`` can be iterated once.

    Args:
        pieces: the XML of the document's content.
        place: which of its sheets, from 0.
        dialect: the limits.
    """

    def __init__(self, pieces: Iterable[bytes], *, place: int, dialect: WorkbookDialect) -> None:
        self._pieces, self._place, self._dialect = pieces, place, dialect
        self.hidden_columns: list[tuple[int, int]] = []
        self.merged: list[Range] = []
        self._sheets = 0
        self._path: list[str] = []
        self._here = 0
        self._groups: list[bool] = []
        self._row = self._column = self._columns_seen = 0
        self._row_repeated = 1
        self._row_hidden = False
        self._cell: OdsCell | None = None
        self._filled: dict[int, str] = {}
        self._done: list[tuple[Row, int]] = []
        self._cells = self._filled_cells = self._others = self._all_text = 0
        self.outside: Outside | None = None
        self._loose: list[str] = []

    def rows(self) -> Iterator[Row]:
        """Return the rows with a filled cell, in order.

        Raises:
            InputRefused: ``far_cell``, ``too_large``, ``bomb``, ``damaged``, or what the XML itself is refused for.
        """
        made = parser()
        made.StartElementHandler, made.EndElementHandler = self._start, self._end
        made.CharacterDataHandler = self._take
        for _ in feed(made, self._pieces):
            for (number, cells, hidden), repeated in self._done:
                for place in range(repeated):
                    yield Row(number + place, dict(cells), hidden)
            self._done.clear()

    def _start(self, name: str, given: dict[str, str]) -> None:
        local = NAMES.get(name, "")
        if not self._here or self._cell is not None or local not in _CELLS:
            self._take_outside(name, given)
        if not self._here:
            if local == "table" and self._path[-1:] == ["spreadsheet"]:
                self._here = len(self._path) + 1 if self._sheets == self._place else 0
                self._sheets += 1
        elif self._cell is not None:
            self._cell.start(local, name, given)
            self._crowd()
        elif local in _CELLS:
            self._begin_cell(given, covered=local != "table-cell")
        elif local == "table-row":
            self._begin_row(given)
        elif local == "table-column":
            self._take_column(given)
        else:
            if local in _GROUPS:
                self._groups.append(given.get(_DISPLAY) == "false")
            self._crowd()
        self._path.append(local)
        refuse_depth(len(self._path))

    def _end(self, name: str) -> None:
        local = self._path.pop()
        if self._loose and local not in _RUNS:
            self._end_loose(name)
        if not self._here:
            return
        if self._cell is not None and not (local in _CELLS and self._cell.is_outermost):
            self._cell.end()
        elif local in _CELLS:
            self._end_cell()
        elif local == "table-row":
            self._end_row()
        elif local in _GROUPS:
            self._groups.pop()
        elif len(self._path) + 1 == self._here:
            self._here = 0

    def _take(self, text: str) -> None:
        if self._cell is not None and self._cell.takes:
            self._cell.take(text)
        else:
            self._loose.append(text)

    def _take_outside(self, name: str, given: dict[str, str]) -> None:
        """Write the attributes of an element that is no cell of the table."""
        if self.outside is not None and given:
            for kind, text in attribute_texts(name.rpartition(" ")[2], given):
                self.outside.take((text,), kind)

    def _end_loose(self, name: str) -> None:
        """Write the characters of what is no cell of the table: comments, other sheets, headers and footers."""
        text = "".join(self._loose)
        self._loose.clear()
        if self.outside is not None:
            self.outside.take((text,), AUTHOR if name.rpartition(" ")[2] == "creator" else TEXT)

    def _crowd(self) -> None:
        self._others += 1
        refuse_crowd(self._others, _OTHERS_PER_CELL * self._dialect.max_cells)

    def _take_column(self, given: dict[str, str]) -> None:
        self._crowd()
        first = self._columns_seen + 1
        self._columns_seen += self._times(given, _REPEATED_COLUMNS)
        if self._is_hidden(given):
            self.hidden_columns.append((first, self._columns_seen))
            if len(self.hidden_columns) > GRID_COLUMNS:
                raise damaged("The sheet has more columns than any sheet has.")

    def _begin_row(self, given: dict[str, str]) -> None:
        if "table-row" in self._path[self._here :]:
            raise damaged("The sheet has a row in a row.", self._row + 1)
        self._crowd()
        self._row += 1
        self._row_repeated = self._times(given, _REPEATED_ROWS)
        self._row_hidden = self._is_hidden(given)
        self._column = 0

    def _end_row(self) -> None:
        if self._filled:
            last = self._row + self._row_repeated - 1
            if last > min(self._dialect.max_rows, GRID_ROWS):
                raise self._far(self._row)
            self._done.append((Row(self._row, self._filled, self._row_hidden), self._row_repeated))
            self._filled = {}
        self._row += self._row_repeated - 1

    def _begin_cell(self, given: dict[str, str], *, covered: bool) -> None:
        if self._path[-1:] != ["table-row"]:
            raise damaged("The sheet has a cell outside its rows.", self._row or None)
        self._cells += 1
        if self._cells > self._dialect.max_cells:
            raise too_many_cells(self._dialect)
        self._cell = OdsCell(given, row=self._row, covered=covered, times=self._times(given, _REPEATED_COLUMNS))
        rows, columns = self._times(given, _SPANNED_ROWS), self._times(given, _SPANNED_COLUMNS)
        if rows > 1 or columns > 1:
            first = self._column + 1
            self.merged.append((self._row, first, self._row + rows - 1, first + columns - 1))
            if len(self.merged) > _MOST_MERGED:
                raise too_large(f"The sheet has more than {_MOST_MERGED:,} merged ranges.")

    def _end_cell(self) -> None:
        cell, self._cell = self._cell, None
        if cell is None:
            return
        first = self._column + 1
        self._column += cell.times
        text = cell.text()
        if text is None:
            return
        if self._column > min(self._dialect.max_columns, GRID_COLUMNS):
            raise self._far(self._row)
        self._filled_cells += cell.times * self._row_repeated
        self._all_text += len(text) * cell.times * self._row_repeated
        if self._filled_cells > self._dialect.max_cells:
            raise bomb(f"Row {self._row:,} repeats cells for more than {self._dialect.max_cells:,} in all.", self._row)
        if self._all_text > self._dialect.max_unpacked:
            raise bomb(f"The sheet's cells repeat texts for more than {self._dialect.max_unpacked:,} characters.")
        for column in range(first, self._column + 1):
            self._filled[column] = text
        if cell.times > 1 and sum(map(len, self._filled.values())) > MOST_ROW_TEXT:
            raise too_large(f"Row {self._row:,} holds more than {MOST_ROW_TEXT:,} characters.", self._row)

    def _times(self, given: dict[str, str], name: str) -> int:
        """Return a number of repetitions; the numbers of LibreOffice go up to its grid."""
        written = given.get(name, "1")
        number = whole(written)
        if not number:
            raise damaged("The sheet repeats something a number of times that is no number.", self._row or None)
        return number

    def _is_hidden(self, given: dict[str, str]) -> bool:
        return given.get(_VISIBILITY) in {"collapse", "filter"} or any(self._groups)

    def _far(self, row: int) -> InputRefused:
        return InputRefused(
            f"The sheet has a filled cell beyond row {self._dialect.max_rows:,} "
            f"or column {self._dialect.max_columns:,}.",
            rule="far_cell",
            row=row,
            next_action="Ask the partner to delete what is written far below or beside the table, and to save again.",
        )
