"""Widths, heights and pages: what spreadsheet programs do not all work out for themselves."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from safer_kpi.publishing.workbook.sheet import Sheet

A3, A4 = 8, 9
POINTS = 12  # the size of the theme's letters
_LINE = 1.35  # the height of a line, as a multiple of the size of its letters
_FILLED = 0.85  # a line of prose holds fewer letters than a column is wide, because words are not broken


def lay_out(worksheet: Any, widths: Sequence[int], texts: Iterable[Sequence[str]], *, first: int) -> None:
    """Set the widths of the columns, and the heights of the rows from ``first`` on that need several lines.

    Excel works out the height of a row when it opens a file, LibreOffice does not.
    """
    worksheet.set_default_row(_height(1, POINTS))
    worksheet.set_row(0, _height(1, POINTS + 4))
    for place, width in enumerate(widths):
        worksheet.set_column(place, place, width)
    for row, of_row in enumerate(texts, start=first):
        lines = max(lines_of(text, width) for text, width in zip(of_row, widths, strict=True))
        if lines > 1:
            worksheet.set_row(row, _height(lines, POINTS))


def print_on_a3(worksheet: Any, *, headings: int) -> None:
    """Print a sheet as wide as one page, with its headings on every page."""
    worksheet.set_landscape()
    worksheet.set_paper(A3)
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(headings)


def lay_out_cover(worksheet: Any, width: int, title: str, parts: Iterable[Sequence[str]]) -> None:
    """Set the heights of the lines of the cover: its title, and its parts, before each of which stands a heading."""
    lines = [(title, POINTS + 4)]
    for part in parts:
        lines += [("", POINTS + 2), *((line, POINTS) for line in part)]
    for row, (text, points) in enumerate(lines):
        worksheet.set_row(row, _height(lines_of(text, width * POINTS // points), points))
    worksheet.set_paper(A4)


def texts_of(sheet: Sheet) -> list[list[str]]:
    """Return the headings and the rows of a sheet as far as they are texts."""
    headings = [f"{column.heading}{' [note 1]' if column.note else ''}" for column in sheet.columns]
    return [headings, *([cell if isinstance(cell, str) else "" for cell in row] for row in sheet.rows)]


def lines_of(text: str, width: int) -> int:
    """Return how many lines a text needs in a column."""
    letters = max(int(width * _FILLED), 1)
    return 1 if len(text) <= letters else len(textwrap.wrap(text, letters))


def _height(lines: int, points: int) -> float:
    return min(round(lines * points * _LINE), 409)  # the highest that a row may be
