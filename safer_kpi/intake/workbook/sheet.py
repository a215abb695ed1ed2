"""The filled cells of one sheet, row by row as its XML is read; memory holds one piece of it and no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from safer_kpi.errors import InputRefused
from safer_kpi.intake.workbook.columns import column_number
from safer_kpi.intake.workbook.elsewhere import attribute_texts, element_text
from safer_kpi.intake.workbook.refused import bomb, damaged, too_large
from safer_kpi.intake.workbook.text import LONGEST, decoded, iso_text, number_text, trimmed
from safer_kpi.intake.workbook.xml import SPREADSHEET, feed, parser, refuse_crowd, refuse_depth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from safer_kpi.intake.outside import Outside
    from safer_kpi.intake.workbook.dialect import WorkbookDialect


class Row(NamedTuple):
    """A row of the sheet: its number, the text of each filled cell by its column (A is 1), and whether it is hidden."""

    number: int
    cells: dict[int, str]
    hidden: bool = False


NOT_CALCULATED = "\0"
"""Stands for a formula whose value nobody calculated; no text has this character."""

_REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_DIGITS = "0123456789"
GRID_ROWS, GRID_COLUMNS = 1_048_576, 16_384
MOST_ROW_TEXT = 2**20
LONGEST_NUMBER = 64
# A cell's formula, its text, and what is said of it elsewhere.
_OTHERS_PER_CELL = 2


class Sheet:
    """Read a worksheet's XML; ``rows`` can be iterated once.

    ``hidden_columns`` holds the first and last of each run of hidden columns, which the XML states before its rows.

    Args:
        pieces: the XML.
        texts: the shared texts of cells.
        kinds: how each format shows a number.
        from_1904: whether day 0 is 1904-01-01.
        most_text: how many characters the cells may hold together, each as often as it is referred to.
        dialect: the limits.
    """

    def __init__(
        self,
        pieces: Iterable[bytes],
        *,
        texts: Sequence[str],
        kinds: Sequence[str],
        from_1904: bool,
        most_text: int,
        dialect: WorkbookDialect,
    ) -> None:
        self._pieces, self._texts = pieces, texts
        self._kinds = {str(place): kind for place, kind in enumerate(kinds)}
        self._from_1904, self._dialect = from_1904, dialect
        self._most_text = most_text
        self._names: dict[str, str] = {}
        self._columns: dict[str, int] = {}
        self._row = self._column = self._cells = self._all_text = self._row_text = 0
        self._filled: dict[int, str] = {}
        self._seen: set[int] = set()
        self._done: list[Row] = []
        self._in_row = self._in_cell = self._taking = self._phonetic = self._formula = False
        self._values = self._length = 0
        self._open = self._others = 0
        self._kind = "n"
        self._shown = "number"
        self._number_of_row = ""
        self._held: list[str] = []
        self._row_hidden = False
        self.hidden_columns: list[tuple[int, int]] = []
        self.outside: Outside | None = None
        self._loose: list[str] = []

    def rows(self) -> Iterator[Row]:
        """Return the rows with a filled cell, in order.

        Raises:
            InputRefused: ``far_cell``, ``too_large``, ``bomb``, ``damaged``, or what the XML itself is refused for.
        """
        made = parser()
        made.StartElementHandler, made.EndElementHandler = self._root, self._end
        made.CharacterDataHandler = self._take
        self._parser = made
        for _ in feed(made, self._pieces):
            yield from self._done
            self._done.clear()

    def _root(self, name: str, _: dict[str, str]) -> None:
        space, _separator, local = name.rpartition(" ")
        if local != "worksheet" or space not in SPREADSHEET:
            raise damaged("The sheet's part holds no worksheet.")
        self._names = {f"{space} {local}": local for local in ("row", "c", "v", "t", "is", "f", "rPh", "col")}
        self._open = 1
        self._parser.StartElementHandler = self._start

    def _start(self, name: str, given: dict[str, str]) -> None:
        self._open += 1
        local = self._names.get(name)
        if local == "c":
            self._begin_cell(given)
        elif local == "row":
            self._begin_row(given)
        elif self._in_cell and local in {"v", "is"}:
            self._values += 1
            if self._values > 1:
                raise damaged(f"A cell of row {self._row:,} has two values.", self._row)
            # Programs disagree on what such a cell holds: its text, or nothing.
            if (local == "is") != (self._kind == "inlineStr"):
                raise damaged(f"A cell of row {self._row:,} holds a value that its kind has no place for.", self._row)
            self._taking = local == "v"
        else:
            self._others += 1
            refuse_depth(self._open)
            refuse_crowd(self._others, _OTHERS_PER_CELL * self._dialect.max_cells)
            self._take_outside(local or name.rpartition(" ")[2], given)
            if self._in_cell:
                self._note(local)
            elif local == "col" and _is_hidden(given, "width"):
                self._hide_columns(given)

    def _note(self, local: str | None) -> None:
        if local == "f":
            self._formula = True
        elif local == "rPh":
            self._phonetic = True
        elif local == "t":
            self._taking = not self._phonetic

    def _take_outside(self, local: str, given: dict[str, str]) -> None:
        """Write the attributes of an element that is no cell: links, prompts, headers and footers."""
        if self.outside is not None and given:
            for kind, text in attribute_texts(local, given):
                self.outside.take((text,), kind)

    def _end_loose(self, local: str) -> None:
        """Write the characters of an element that is no value of a cell; a formula only if it holds a text."""
        text = "".join(self._loose)
        self._loose.clear()
        if self.outside is not None and (not self._in_cell or '"' in text or not self._formula):
            self.outside.take((element_text(local, text),))

    def _end(self, name: str) -> None:
        self._open -= 1
        local = self._names.get(name)
        if self._loose:
            self._end_loose(name.rpartition(" ")[2])
        if local == "c":
            self._end_cell()
        elif local == "row":
            if self._filled:
                self._done.append(Row(self._row, self._filled, self._row_hidden))
                self._filled = {}
            self._in_row = False
        elif local in {"v", "t"}:
            self._taking = False
        elif local == "rPh":
            self._phonetic = False

    def _take(self, text: str) -> None:
        if self._taking:
            self._held.append(text)
            self._length += len(text)
            if self._length > LONGEST:
                raise too_large(f"A cell of row {self._row:,} has more than {LONGEST:,} characters.", self._row)
        elif not text.isspace():
            self._loose.append(text)

    def _begin_row(self, given: dict[str, str]) -> None:
        written = given.get("r")
        number = self._row + 1 if written is None else whole(written)
        if number is None or self._in_row:
            raise damaged("The sheet's rows are not numbered as Excel does.")
        if number <= self._row:
            raise damaged(f"Row {number:,} of the sheet comes twice or out of order.", number)
        if number > GRID_ROWS:
            raise self._far(number)
        self._row, self._column, self._row_text = number, 0, 0
        self._number_of_row = str(number)
        self._row_hidden = _is_hidden(given, "ht")
        self._in_row = True
        self._seen.clear()

    def _hide_columns(self, given: dict[str, str]) -> None:
        first, last = whole(given.get("min", "")), whole(given.get("max", ""))
        if first is None or last is None or len(self.hidden_columns) >= GRID_COLUMNS:
            raise damaged("The sheet's columns are not numbered as Excel does.")
        self.hidden_columns.append((first, last))

    def _begin_cell(self, given: dict[str, str]) -> None:
        if not self._in_row or self._in_cell:
            raise damaged("The sheet has a cell outside its rows.", self._row or None)
        self._cells += 1
        if self._cells > self._dialect.max_cells:
            raise too_many_cells(self._dialect)
        reference = given.get("r")
        self._column = self._column + 1 if reference is None else self._column_of(reference)
        if self._column in self._seen or self._column > GRID_COLUMNS:
            raise damaged(f"Row {self._row:,} has a cell twice.", self._row)
        self._seen.add(self._column)
        self._in_cell = True
        self._formula = self._taking = self._phonetic = False
        self._values = self._length = 0
        self._kind = given.get("t", "n")
        self._shown = self._kinds.get(given.get("s", "0"), "number")
        self._held = []

    def _column_of(self, reference: str) -> int:
        letters = reference.rstrip(_DIGITS)
        column = self._columns.get(letters)
        # Most cells are in a column seen before and say their own row's number.
        if column is not None and reference[len(letters) :] == self._number_of_row:
            return column
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            raise damaged(f"A cell of row {self._row:,} has no place in the grid.", self._row)
        letters, row = match.groups()
        column = column_number(letters)
        if column > GRID_COLUMNS or int(row) > GRID_ROWS:
            raise self._far(self._row)
        if int(row) != self._row:
            raise damaged(f"A cell of row {self._row:,} says it is in another.", self._row)
        self._columns[letters] = column
        return column

    def _end_cell(self) -> None:
        self._in_cell = False
        text = self._text("".join(self._held)) if self._held else None
        if text is None and self._formula and self._kind != "str":
            text = NOT_CALCULATED
        if text is None:
            return
        if self._row > self._dialect.max_rows or self._column > self._dialect.max_columns:
            raise self._far(self._row)
        self._row_text += len(text)
        self._all_text += len(text)
        if self._row_text > MOST_ROW_TEXT:
            raise too_large(f"Row {self._row:,} holds more than {MOST_ROW_TEXT:,} characters.", self._row)
        if self._all_text > self._most_text:
            raise bomb(f"The sheet's cells repeat texts for more than {self._most_text:,} characters.")
        self._filled[self._column] = text

    def _text(self, written: str) -> str | None:
        kind = self._kind
        if kind == "s":
            place = whole(written)
            if place is None or place >= len(self._texts):
                raise damaged(f"A cell of row {self._row:,} refers to a text that is not there.", self._row)
            return trimmed(self._texts[place])
        if kind == "n":
            return self._number(written)
        if kind in {"str", "inlineStr"}:
            return trimmed(decoded(written))
        if kind == "b":
            text = {"1": "TRUE", "0": "FALSE", "true": "TRUE", "false": "FALSE"}.get(written.strip())
            if text is None:
                raise damaged(f"A cell of row {self._row:,} is neither true nor false.", self._row)
            return text
        if kind == "d":
            return trimmed(iso_text(written))
        if kind == "e":
            return trimmed(written)
        raise damaged(f"A cell of row {self._row:,} is of a kind that Excel does not know.", self._row)

    def _number(self, written: str) -> str | None:
        if not written.strip():
            return None
        # A long run of digits is no number and costs much to be read as one.
        text = number_text(written, self._shown, from_1904=self._from_1904) if len(written) <= LONGEST_NUMBER else None
        if text is None:
            raise damaged(f"A cell of row {self._row:,} claims to be a number but is not.", self._row)
        return text

    def _far(self, row: int) -> InputRefused:
        return InputRefused(
            f"The sheet has a filled cell beyond row {self._dialect.max_rows:,} "
            f"or column {self._dialect.max_columns:,}.",
            rule="far_cell",
            row=row,
            next_action="Ask the partner to delete what is written far below or beside the table, and to save again.",
        )


def too_many_cells(dialect: WorkbookDialect) -> InputRefused:
    """Return the refusal of a sheet with more cells than its dialect allows."""
    return too_large(f"The sheet has more than {dialect.max_cells:,} cells.")


def _is_hidden(given: dict[str, str], size: str) -> bool:
    """Return whether a row or column is hidden, as a filter or a person hides it, or has no height or width."""
    return given.get("hidden") in {"1", "true"} or given.get(size) in {"0", "0.0"}


def whole(written: str) -> int | None:
    """Return a whole number that XML writes in digits, None if it is none or longer than any that is meant."""
    text = written.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(2**32)) else None
