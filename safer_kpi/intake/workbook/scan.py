"""Count the cells of a sheet and find its merged ranges in a first fast pass over the XML as bytes.

Merged ranges are written after the cells, but the header needs them first.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.intake.workbook.columns import column_number
from safer_kpi.intake.workbook.refused import too_large
from safer_kpi.intake.workbook.sheet import too_many_cells

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safer_kpi.intake.workbook.dialect import WorkbookDialect

Range = tuple[int, int, int, int]
"""A merged range: first row, first column, last row, last column, counted from 1."""

_MERGED = re.compile(
    rb"<(?:[\w.-]+:)?mergeCell\s[^<>]*?\bref\s*=\s*[\"']"
    rb"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})[\"']"
)
_CELLS = (b"<c ", b"<c>", b"<c/>")
_MOST_MERGED = 100_000
# A cell takes six marks when it is written most elaborately, and a row two.
_MARKS_PER_CELL = 8
_SEAM = 256


def merged_ranges(pieces: Iterable[bytes], dialect: WorkbookDialect) -> list[Range]:
    """Return the ranges that are merged over more than one row or column.

    Raises:
        InputRefused: ``too_large``, or what unpacking the pieces is refused for.
    """
    found: list[Range] = []
    cells = marks = 0
    before = b""
    for piece in pieces:
        cells += sum(map(piece.count, _CELLS))
        marks += piece.count(b"<")
        if cells > dialect.max_cells:
            raise too_many_cells(dialect)
        if marks > _MARKS_PER_CELL * dialect.max_cells:
            raise too_large("The sheet's XML has more tags than its cells can need.")
        both = before + piece
        cut = 0
        for match in _MERGED.finditer(both) if b"mergeCell" in both else ():
            first_column, first_row, last_column, last_row = (part.decode("ascii") for part in match.groups())
            found.append((int(first_row), column_number(first_column), int(last_row), column_number(last_column)))
            cut = match.end()
        before = both[max(cut, len(both) - _SEAM) :]
        if len(found) > _MOST_MERGED:
            raise too_large(f"The sheet has more than {_MOST_MERGED:,} merged ranges.")
    return found
