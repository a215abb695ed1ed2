"""The sheets of what changed since the last report: which figures, every line of their statements, and which files."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from safer_kpi.publishing import words
from safer_kpi.publishing.model.part_words import part_in_words
from safer_kpi.publishing.workbook import cells
from safer_kpi.publishing.workbook.sheet import Column, Sheet
from safer_kpi.statements.wording import clause, feed_in_words, standing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from safer_kpi.publishing.model.report import Report
    from safer_kpi.publishing.model.revised import Revised, Told
    from safer_kpi.publishing.workbook.cells import Cell
    from safer_kpi.statements.explain import Explanation
    from safer_kpi.statements.moved import Moved

_ABOUT = (Column("Statement", 14), Column("Measure", 44), Column("Area", 42), Column("Period", 28), Column("Part", 18),
          Column("Unit", 22))  # fmt: skip
CHANGED = (*_ABOUT, Column("Last report", 14), Column("This report", 14), Column("Why", 100))
STATEMENTS = (
    *_ABOUT, Column("Line", 18), Column("What it says", 44), Column("Data", 44), Column("Delivery", 12),
    Column("Received on", 18), Column("Amount", 14), Column("Balance", 14),
)  # fmt: skip
FILES = (Column("Place", 8), Column("What it changed", 120))


def change_sheets(report: Report) -> Iterator[Sheet]:
    """Yield what changed since the last report and why; nothing for a first report."""
    found = report.revised
    if found is None:
        return
    most = "The list is complete."
    if len(found.told) < found.of_all:
        most = f"The {len(found.told)} of {found.of_all} that changed most."
    stands = f"{most} Each also stands for the months, rolling periods and parts that moved with it."
    yield Sheet(
        name="What changed",
        title="What changed since the last report, and why",
        says=(*found.sides, *found.overview, stands),
        columns=CHANGED,
        rows=tuple((*_about(one), *_balances(one), f"{one.text} {one.beside}".strip()) for one in found.told),
    )
    yield Sheet(
        name="Statements",
        title="Statements: every line from the last report to this one",
        says=("In each statement the opening balance and all amounts add up to the closing balance.",),
        columns=STATEMENTS,
        rows=tuple(line for one in found.told for line in _lines(one, found)),
    )
    yield Sheet(
        name="Changes by file",
        title="Which files and rules changed the figures",
        says=(f"The {len(found.sources)} of {found.of_sources} that changed the most figures of the last report.",),
        columns=FILES,
        rows=tuple((cells.whole(place), text) for place, text in enumerate(found.sources, start=1)),
    )


def _about(one: Told) -> tuple[Cell, ...]:
    key, moved = one.of, one.moved
    part = cells.NOT_APPLICABLE if key.breakdown == "all" else part_in_words(key.breakdown)
    area = moved.statement.key[2]
    return cells.whole(one.place), moved.metric.title, area, cells.spelled(key), part, moved.metric.unit


def _balances(one: Told) -> tuple[Cell, Cell]:
    moved = one.moved
    opening = _amount(moved.statement.opening, moved) if moved.has_a else cells.NOT_AVAILABLE
    closing = _amount(moved.statement.closing, moved) if moved.has_b else cells.NOT_AVAILABLE
    return opening, closing


def _lines(one: Told, found: Revised) -> Iterator[tuple[Cell, ...]]:
    """Yield the opening balance, each movement with the balance after it, and the closing balance."""
    about, moved, explained = _about(one), one.moved, found.explained
    rows = moved.statement.movements
    balances = accumulate((Decimal(row["amount"]) for row in rows), initial=moved.statement.opening)
    none = cells.NOT_APPLICABLE
    opening = _side(explained.a.label, moved.status_a, has_figure=moved.has_a)
    closing = _side(explained.b.label, moved.status_b, has_figure=moved.has_b)
    yield (*about, "Opening balance", opening, none, none, none, none, _amount(next(balances), moved))
    for row, balance in zip(rows, balances, strict=True):
        yield (*about, "Movement", *_movement(row, moved, explained), _amount(balance, moved))
    yield (*about, "Closing balance", closing, none, none, none, none, _amount(moved.statement.closing, moved))


def _side(label: str, status: str | None, *, has_figure: bool) -> str:
    beside = standing(status, has_figure=has_figure)
    return words.sentence(f"{label} ({beside})" if beside else label)


def _movement(row: Mapping[str, Any], moved: Moved, found: Explanation) -> tuple[Cell, ...]:
    """Return what a movement did, its data, its delivery with the day that this came, and its amount."""
    feed = feed_in_words(row["feed"], found.feeds.get(row["feed"])) if row["feed"] else ""
    delivery = row["delivery_id"]
    received = found.received.get(delivery)
    return (
        words.sentence(clause(row["cause"], row["amount"], moved.line_places, is_count=moved.places == 0)),
        cells.text(feed),
        cells.NOT_APPLICABLE if delivery is None else cells.whole(delivery),
        cells.NOT_APPLICABLE if received is None else received.date(),
        _amount(row["amount"], moved),
    )


def _amount(amount: Decimal, moved: Moved) -> Cell:
    places = moved.line_places
    return cells.Figure(float(amount), f"{cells.WHOLE}.{'0' * places}" if places else cells.WHOLE)
