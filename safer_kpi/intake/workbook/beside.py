"""Tables side by side on one sheet: the columns of the declared one, where the contract leaves the others out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.intake.workbook.header import header_refused

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from safer_kpi.intake.workbook.sheet import Row


class Beside:
    """The columns of the declared table: those that touch each other in its header, up to a column without a heading.

    Where the contract does not leave out what stands beside the table, every column of the sheet is the table's.
    """

    def __init__(self, *, is_left_out: bool) -> None:
        self._is_left_out = is_left_out
        self._first, self._last = 0, 0

    def choose(self, header: Sequence[Row], starts: Collection[int], title: int | None) -> None:
        """Find the table's columns from the rows of its header.

        Args:
            header: the rows of the header.
            starts: the columns in which a header starts in the first of them.
            title: the column of the title that the contract declares, if it declares one.

        Raises:
            InputRefused: ``header``: no header stands below the title, or headers start in several places and no title
                tells them apart.
        """
        if not self._is_left_out:
            return
        found = [block for block in _blocks({column for row in header for column in row.cells}) if block & set(starts)]
        if title is not None:
            found = [block for block in found if min(block) <= title <= max(block)]
        if len(found) != 1:
            raise header_refused(
                "No declared header stands below the title."
                if not found
                else f"{len(found):,} headers start in one row, side by side.",
                "Ask the partner to write each title above its own table, or declare the title that the table stands "
                "under (title).",
                header[0].number,
            )
        self._first, self._last = min(found[0]), max(found[0])

    def leave_out(self, row: Row) -> None:
        """Remove from a row what stands beside the table; a cell that touches the table is kept, to be refused."""
        if not self._last:
            return
        near = range(self._first - 1, self._last + 2)
        for column in [column for column in row.cells if column not in near]:
            del row.cells[column]


def _blocks(columns: Collection[int]) -> list[set[int]]:
    """Return the runs of columns that touch each other."""
    blocks: list[set[int]] = []
    for column in sorted(columns):
        if blocks and column - 1 in blocks[-1]:
            blocks[-1].add(column)
        else:
            blocks.append({column})
    return blocks
