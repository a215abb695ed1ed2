"""Several tables on one sheet: told apart by their titles if the contract declares them, refused if it does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.intake.workbook.header import header_refused, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from safer_kpi.intake.frame import Frame
    from safer_kpi.intake.workbook.sheet import Row

#: A cell that reports: a figure, a day, or a mark for a figure such as ``[c]``, ``..`` or ``<5``.
_REPORTS = re.compile(r"[<>~£€$]*\s*[-+(]?[\d.,:/ %T)+-]*(\s*\[[^\]]{1,12}\])?|[^\w]*[a-z]?[^\w]*", re.IGNORECASE)
# A text in a column of figures: longer than any of the marks that stand for one.
_WORDS = re.compile(r"[^\W\d_]{4,}")
_LONGEST_FIGURE = 40


def second_table(row: int) -> InputRefused:
    """Return the refusal of a sheet with another table below the declared one."""
    return InputRefused(
        f"A second table begins in row {row:,}, below the first; its rows would be counted as the first one's.",
        rule="second_table",
        row=row,
        next_action="Ask the partner for one table on the sheet, or declare where the table ends (ends_at), "
        "the title it stands under (title), or a header that is only repeated (skip_rows).",
    )


class Titles:
    """The titles that a sheet's tables stand under, where the contract declares them.

    Attributes:
        tables: how many tables are read; 1 where no title is declared.
        header: the heading that holds the title, if there is one.
        texts: what each row of the current table holds under it.
        column: the column of the last title; None where no title is declared.
    """

    def __init__(self, dialect: Frame) -> None:
        self._title = re.compile(dialect.title, re.IGNORECASE) if dialect.title is not None else None
        self._every = dialect.title_into is not None
        self.header: tuple[str, ...] = (dialect.title_into,) if dialect.title_into is not None else ()
        self.texts: list[str] = []
        self.column: int | None = None
        self.tables = 0 if self._title else 1
        self._named = 0

    @property
    def is_near(self) -> bool:
        """Whether a header may follow: its title came, or none is declared."""
        return self.tables > 0

    @property
    def missing(self) -> str:
        """What to say of a title that never came."""
        return "" if self.is_near else "No cell of the sheet matches the declared title of the table. "

    def begins(self, row: Row) -> bool:
        """Note whether a row is the title of a table that is read; the first one, or any if all are read."""
        if self._title is None or (self.tables and not self._every):
            return False
        for column, text in row.cells.items():
            if match := self._title.fullmatch(plain(text)):
                self.tables, self.column = self.tables + 1, column
                if self._every:
                    self.texts = [next((group for group in match.groups() if group), plain(text))]
                return True
        return False

    def name(self, names: Mapping[int, str], row: int) -> None:
        """Take the header of a table; refuse one that has a column of the name that the title takes."""
        self._named += 1
        if {name.casefold() for name in names.values()} & {name.casefold() for name in self.header}:
            raise header_refused(
                f"The header has a column {self.header[0]!r}, which the table's title takes.",
                "Declare another title_into.",
                row,
            )

    def end(self) -> None:
        """Refuse a sheet on which a title that is read has no header below it, after the last row."""
        if self._every and 0 < self._named < self.tables:
            raise header_refused(
                f"Of the {self.tables:,} tables with a declared title, {self._named:,} have the declared header.",
                "Ask the partner for one header below each title, or declare the title more closely.",
            )


class SecondTable:
    """Recognise the header of a second table with other columns, which no declared text begins.

    It comes after a gap (a blank row, a title by itself, a row that is skipped) and holds words only, at least one of
    them in a column that has held nothing but figures or days.
    """

    def __init__(self) -> None:
        self._last = 0
        self._gap = False
        self._figures: dict[int, bool] = {}

    def skip(self, row: Row) -> None:
        """Take a row that is no data."""
        self._last, self._gap = row.number, True

    def judge(self, row: Row, *, width: int) -> None:
        """Take a data row.

        Raises:
            InputRefused: ``second_table``.
        """
        gap = self._gap or (self._last > 0 and row.number > self._last + 1)
        worded = {column for column, text in row.cells.items() if _WORDS.search(text)}
        if (
            gap
            and len(row.cells) > 1
            and not any(map(_reports, row.cells.values()))
            and any(self._figures.get(column, False) for column in worded)
        ):
            raise second_table(row.number)
        self._last, self._gap = row.number, len(row.cells) == 1 < width
        if self._gap:
            return
        for column, text in row.cells.items():
            self._figures[column] = self._figures.get(column, True) and _reports(text)


def _reports(text: str) -> bool:
    """Return whether a cell holds a figure, a day or a mark for a figure, and no words."""
    return len(text) <= _LONGEST_FIGURE and _REPORTS.fullmatch(text) is not None
