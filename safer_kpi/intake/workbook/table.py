"""Find the table in a sheet: its header, and its data rows among titles, spacers, totals and notes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.intake.workbook.beside import Beside
from safer_kpi.intake.workbook.columns import column_letters
from safer_kpi.intake.workbook.header import header_refused, header_text, join, not_calculated, plain, without_footnotes
from safer_kpi.intake.workbook.refused import bomb, too_large
from safer_kpi.intake.workbook.several import SecondTable, Titles, second_table
from safer_kpi.intake.workbook.sheet import NOT_CALCULATED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from safer_kpi.intake.frame import Frame
    from safer_kpi.intake.workbook.scan import Range
    from safer_kpi.intake.workbook.sheet import Row

Texts = list[str | None]
_MOST_BLANK = 10
_NUMBER = re.compile(r"-?[\d,. ]*\d%?", re.ASCII)


class Table:
    """Iterate over the rows of a sheet once; the attributes hold the results after the last row.

    ``most_text`` is how many characters may be filled down, ``most_cells`` how many cells the sheet may have.

    Attributes:
        header: the name of each column, in the sheet's order; none where a nil return has no header.
        rows: how many data rows there are.
        hidden_rows: how many of them are hidden.
        first_hidden: the first of these, or 0.
        last_row: the last row of the sheet with a filled cell.
        header_row: the header's first row, or 0.
        nil: whether the sheet says that there is nothing to report, and holds no data row.
    """

    def __init__(self, dialect: Frame, merged: Sequence[Range], *, most_text: int, most_cells: int) -> None:
        self._dialect, self._merged = dialect, merged
        self._most_text, self._most_cells = most_text, most_cells
        # Where nothing is said of its start, the header is the first row that is filled.
        self._starts = _pattern(dialect.header_starts if dialect.header_starts is not None else r"(?s:.*)")
        self._skip = [_pattern(pattern) for pattern in dialect.skip_rows]
        self._ends = [_pattern(pattern) for pattern in dialect.ends_at]
        self._nil = _pattern(dialect.nil_return) if dialect.nil_return is not None else None
        self._titles = Titles(dialect)
        self._second = SecondTable()
        self._beside = Beside(is_left_out=dialect.beside == "left_out")
        self._fill: dict[int, str | None] = {}
        self._strip: set[int] = set()
        self._names: dict[int, str] = {}
        self._columns: list[int] = []
        self._starts_at: set[int] = set()
        self._first_texts: dict[int, str] = {}
        self._said_nil = False
        self._repeated = 0
        self.rows = self.hidden_rows = self.first_hidden = self.last_row = self.header_row = 0

    @property
    def header(self) -> tuple[str, ...]:
        """The name of each column."""
        names = tuple(self._names[column] for column in self._columns)
        return (*names, *self._titles.header) if names else ()

    @property
    def columns(self) -> Collection[int]:
        """The places of the table's columns."""
        return self._names.keys()

    @property
    def nil(self) -> bool:
        """Whether this is a nil return."""
        return self._said_nil and not self.rows

    def hidden_columns(self, runs: Sequence[tuple[int, int]]) -> list[int]:
        """Return the columns of the table that lie in runs of hidden columns."""
        return [column for column in self._columns if any(first <= column <= last for first, last in runs)]

    def data(self, rows: Iterable[Row]) -> Iterator[tuple[int, Texts]]:
        """Return each data row: its number in the sheet, and the text of each column of the header.

        Raises:
            InputRefused: ``header``, ``formula``, ``second_table``, or what reading the sheet is refused for.
        """
        walked = self._walked(rows)
        body = self._after_header(walked)
        # A row that says "nil return" is a row like any other where there are others.
        waiting: list[Row] = []
        for row in body:
            if not self.rows and not waiting and self._is_nil(row.cells):
                waiting.append(row)
                continue
            for one in (*waiting, row):
                yield self._data_row(one)
            waiting.clear()
        self._said_nil = self._said_nil or bool(waiting)
        if not self.header_row and not self._said_nil:
            raise header_refused(
                f"{self._titles.missing}No cell of the table matches the declared start of the header "
                f"({self._dialect.header_starts!r}).",
                "Ask the partner whether the table has changed, or whether this is the right file.",
            )

    def _walked(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.last_row = row.number
            yield row

    def _after_header(self, rows: Iterator[Row]) -> Iterator[Row]:
        """Yield the rows that are data or may be a nil return, after reading the header."""
        header: list[Row] = []
        seeking, ended, first = True, False, 0
        for row in rows:
            if self._titles.begins(row):
                # Another table under a title of the same form: its header is the same.
                seeking, ended = True, False
            if seeking:
                starts = {column for column, text in row.cells.items() if self._starts_header(text)}
                if not self._titles.is_near or not starts:
                    self._hear(row.cells)
                    continue
                seeking, first, self._starts_at = False, row.number, starts
                self.header_row = self.header_row or first
            if row.number < first + self._dialect.header_rows:
                header.append(row)
                continue
            if header:
                self._name_columns(header)
                header = []
            self._beside.leave_out(row)
            ended = ended or self._matches_first(self._ends, row.cells, whole=False)
            if ended or not row.cells or self._matches_first(self._skip, row.cells, whole=True):
                self._hear(row.cells)
                self._second.skip(row)
                continue
            if self._starts_again(row):
                raise second_table(row.number)
            yield row
        if header:
            self._name_columns(header)
        self._titles.end()

    def _starts_again(self, row: Row) -> bool:
        """Return whether a row below the header is the first row of a header again."""
        if self._dialect.header_starts is None:
            return {column: header_text(text) for column, text in row.cells.items()} == self._first_texts
        # Elsewhere such a text may be a value: "Ward" as the kind of an area.
        return any(column in row.cells and self._starts_header(row.cells[column]) for column in self._starts_at)

    def _starts_header(self, text: str) -> bool:
        return bool(self._starts.fullmatch(plain(text)) or self._starts.fullmatch(header_text(text)))

    def _name_columns(self, header: list[Row]) -> None:
        self._beside.choose(header, self._starts_at, self._titles.column)
        for row in header:
            self._beside.leave_out(row)
        self._starts_at &= header[0].cells.keys()
        names = join(header, self._merged)
        if self._names and names != self._names:
            raise header_refused(
                f"The table whose header begins in row {header[0].number:,} has other columns than the first.",
                "Ask the partner for one header above all tables, or declare a feed of its own for this one.",
                header[0].number,
            )
        self._first_texts = {column: header_text(text) for column, text in header[0].cells.items()}
        self._names = names
        self._columns = list(self._names)
        self._titles.name(self._names, header[0].number)
        named = {name: column for column, name in self._names.items()}
        # A header that another layout has is no fault here.
        self._fill = {named[name]: None for name in self._dialect.fill_down if name in named}
        self._strip = {named[name] for name in self._dialect.strip_footnotes if name in named}
        self._second = SecondTable()

    def _data_row(self, row: Row) -> tuple[int, Texts]:
        number, cells, hidden = row
        self._second.judge(row, width=len(self._columns))
        for column, text in cells.items():
            if column not in self._names:
                raise header_refused(
                    f"Column {column_letters(column)} is filled in row {number:,} but has no name in the header.",
                    "Ask the partner to name the column, or to remove what stands beside the table.",
                    number,
                )
            if text == NOT_CALCULATED:
                raise not_calculated(number, column)
        for column in self._strip & cells.keys():
            cells[column] = without_footnotes(cells[column])
        for column, above in self._fill.items():
            if above is not None and column not in cells:
                cells[column] = above
                self._repeated += len(above)
            self._fill[column] = cells.get(column)
        self.rows += 1
        self.hidden_rows += hidden
        self.first_hidden = self.first_hidden or number * hidden
        self._repeated += sum(map(len, self._titles.texts))
        self._refuse_growth()
        return number, [*(cells.get(column) for column in self._columns), *self._titles.texts]

    def _refuse_growth(self) -> None:
        if self._repeated > self._most_text:
            raise bomb(f"Texts are filled down for more than {self._most_text:,} characters.")
        if self.rows * len(self._columns) > _MOST_BLANK * self._most_cells:
            raise too_large("The table is far larger than its cells.")

    def _hear(self, cells: dict[int, str]) -> None:
        """Note whether a row that is not data declares a nil return."""
        self._said_nil = self._said_nil or self._says_nil(cells)

    def _is_nil(self, cells: dict[int, str]) -> bool:
        """Return whether a row below the header says that there is nothing to report, and reports no number itself."""
        return self._says_nil(cells) and not any(map(_NUMBER.fullmatch, cells.values()))

    def _says_nil(self, cells: dict[int, str]) -> bool:
        said = self._nil
        return said is not None and any(said.fullmatch(plain(text)) for text in cells.values())

    def _matches_first(self, patterns: list[re.Pattern[str]], cells: dict[int, str], *, whole: bool) -> bool:
        if not patterns or not cells:
            return False
        first = plain(cells[min(cells)])
        return any(pattern.fullmatch(first) if whole else pattern.match(first) for pattern in patterns)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
