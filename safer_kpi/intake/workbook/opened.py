"""A workbook opened at its declared sheet, whichever format it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from safer_kpi.intake.outside import Outside
    from safer_kpi.intake.workbook.scan import Range
    from safer_kpi.intake.workbook.sheet import Row


class Rows(Protocol):
    """The rows of a sheet, which can be read once; runs of hidden columns are known after the last row.

    What its XML holds besides the cells is written to ``outside`` if that is given before the rows are read.
    """

    hidden_columns: list[tuple[int, int]]
    outside: Outside | None

    def rows(self) -> Iterator[Row]:
        """Return the rows with a filled cell, in order."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The declared sheet, its merged ranges, and how many sheets the workbook hides.

    ``read`` names the parts that reading the sheet reads, ``shared`` holds the texts that cells of all sheets refer to.
    The ranges of an OpenDocument sheet are added as its rows are read; those of a row come before the next row.
    """

    sheet: Rows
    merged: Sequence[Range]
    hidden_sheets: int
    read: frozenset[str]
    shared: Sequence[str] = ()
