"""Reconciliation statements: why each observation changed, computed in DuckDB, exact to the last unit."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

from safer_kpi.reading.book import one_of
from safer_kpi.reading.comparing.amounts import statement_rows, write_lines, write_still
from safer_kpi.reading.comparing.balances import require_exact, write_balances
from safer_kpi.reading.comparing.cells import write_cells, write_stored
from safer_kpi.reading.comparing.keys import write_keys
from safer_kpi.reading.comparing.ledgers import write_moves
from safer_kpi.reading.comparing.rules import write_rules
from safer_kpi.reading.metric import period_filter
from safer_kpi.reading.sides import Side, Sides, side
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.book import Book
    from safer_kpi.reading.picture import Picture
    from safer_kpi.reading.times import Moment

COLUMNS = (
    "metric_id",
    "area_code",
    "area_name",
    "period",
    "breakdown",
    "step",
    "cause",
    "feed",
    "delivery_id",
    "amount",
)


def compare_table(
    lake: Picture,
    a: Moment,
    b: Moment,
    *,
    metric: str | None,
    area: str | None,
    by: PeriodType | None,
    period: str | None,
) -> Comparison:
    """Return the statements that ``Lake.compare`` documents."""
    lake.require_evidence("comparisons")
    first, second = side(lake, a), side(lake, b)
    # Movements come from the ledger with the higher last entry; a backward comparison reverses their signs.
    backwards = first.last_entry > second.last_entry
    sides = _sides(lake, (second, first) if backwards else (first, second), metric, area, period_filter(by, period))
    book = lake.book
    within = book.scratch()
    cursor = book.cursor()
    try:
        write_stored(cursor, sides, within)
        cursor.execute(f"USE {within}")
        keys = write_keys(cursor, sides)
        rates = write_rules(cursor, sides)
        write_cells(cursor, keys)
        write_moves(cursor, sides, keys)
        write_balances(cursor, sides, keys)
        require_exact(cursor, sides, keys)
    except BaseException:
        book.forget(within)
        raise
    finally:
        cursor.close()
    moved = Table(
        book,
        statement_rows(within, keys, still=False),
        COLUMNS,
        before=partial(_compute, book, within, partial(write_lines, keys=keys, backwards=backwards, rates=rates)),
    )
    weakref.finalize(moved, book.forget, within)
    return Comparison(
        book,
        statement_rows(within, keys, still=True),
        COLUMNS,
        of=moved,
        before=partial(_compute, book, within, partial(write_still, keys=keys, rates=rates)),
        moved=moved,
        sides=(first, second),
        typed=partial(statement_rows, within, keys, typed=True),
    )


class Comparison(Table):
    """The rows of a comparison, checked to add up and computed on first use.

    Attributes:
        moved: only the rows of numbers that differ between the sides or received postings in between.
        sides: the two sides, in the caller's order.
    """

    def __init__(
        self, *of_table: Any, moved: Table, sides: tuple[Side, Side], typed: Callable[..., str], **options: Any
    ) -> None:
        super().__init__(*of_table, **options)
        self.moved = moved
        self.sides = sides
        self._typed = typed

    def typed(self, *, still: bool) -> Table:
        """Return the rows with a last column ``period_type``; ``still`` adds the rows of unchanged numbers."""
        rows = self if still else self.moved
        return Table(self._book, self._typed(still=still), (*COLUMNS, "period_type"), of=rows)


def _compute(book: Book, within: str, write: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
    cursor = book.cursor()
    try:
        cursor.execute(f"USE {within}")
        write(cursor)
    finally:
        cursor.close()


def _sides(
    lake: Picture, pair: tuple[Side, Side], metric: str | None, area: str | None, conditions: list[str]
) -> Sides:
    metric_id = one_of(metric, _metrics(lake, pair), "metric") if metric is not None else None
    area_code = lake.book.area_code(area) if area is not None else None
    if metric_id is not None:
        conditions.append(f"metric_id = {literal(metric_id)}")
    if area_code is not None:
        conditions.append(f"area_code = {literal(area_code)}")
    return Sides(*pair, conditions, metric_id, area_code)


def _metrics(lake: Picture, pair: tuple[Side, Side]) -> list[str]:
    """Return the ids of the metrics that at least one side has."""
    known = " UNION ".join(f"SELECT metric_id FROM {side.alias}.kpi.metric" for side in pair)
    return [row[0] for row in lake.book.read(f"SELECT metric_id FROM ({known}) ORDER BY metric_id")[1]]
