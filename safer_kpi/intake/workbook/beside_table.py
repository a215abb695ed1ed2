"""Tell the cells of a table from those around it while its rows are read: the others are texts outside the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from safer_kpi.intake.outside import Outside
    from safer_kpi.intake.workbook.sheet import Row
    from safer_kpi.intake.workbook.table import Table, Texts

# So many rows may wait to be told apart; a table asks for one more row at a time, a nil return for a few.
_MOST_WAITING = 1000


class Apart:
    """Pass a sheet's rows on to a table and write what is not the table's to ``outside``.

    Attributes:
        texts: the texts of the table's cells, each once.
    """

    def __init__(self, table: Table, outside: Outside) -> None:
        self._table, self._outside = table, outside
        self._waiting: dict[int, dict[int, str]] = {}
        self.texts: set[str] = set()

    def data(self, rows: Iterable[Row]) -> Iterator[tuple[int, Texts]]:
        """Return each data row of the table, as ``Table.data`` does."""
        for number, texts in self._table.data(self._noted(rows)):
            if texts:
                self._take_data(number, self._table.columns)
            yield number, texts
        self._pass_over(None)

    def _noted(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            # A copy: the table removes from a row what stands beside it.
            self._waiting[row.number] = dict(row.cells)
            if len(self._waiting) > _MOST_WAITING:
                self._pass_over(row.number)
            yield row

    def _take_data(self, number: int, columns: Collection[int]) -> None:
        cells = self._waiting.pop(number, {})
        self.texts.update(cells.values())
        if not cells.keys() <= set(columns):
            self._outside.take(text for column, text in cells.items() if column not in columns)
        self._pass_over(number)

    def _pass_over(self, before: int | None) -> None:
        """Write the rows that wait and are no data: those before a row, or all of them."""
        for number in [number for number in self._waiting if before is None or number < before]:
            self._outside.take(self._waiting.pop(number).values())
