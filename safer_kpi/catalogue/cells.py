"""The scope cells that a file covers, by its contract and its name, and the cell of each row.

A cell is made here and nowhere else: its part, place and period are values from then on, and its name is a label.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.catalogue.cell_terms import WHOLE
from safer_kpi.domain.periods import add_months
from safer_kpi.domain.spans import SPAN_KINDS, Span
from safer_kpi.errors import InputRefused
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.catalogue.layouts import Layout

#: A hundred years: a longer window is a slip of the pen.
_MOST_MONTHS = 1200
_SLOT = "\0"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One scope cell.

    Attributes:
        name: its name, unique within its feed.
        part: which of several deliverers sends it; None for one.
        place: the force or area it speaks for, as the contract writes it; None if it names none.
        starts_on: the first day of its period; None if the whole table is one cell.
        months: how many months the period holds, 0 for a week; None if the whole table is one cell.
    """

    name: str
    part: str | None
    place: str | None
    starts_on: dt.date | None
    months: int | None


@dataclass(frozen=True, kw_only=True)
class Covered:
    """The cells that a file covers.

    Attributes:
        typed: the scope cells, in order.
        must_agree: per column the value every row must hold, as the file's name says it.
        row_column: the date column that says in which of several cells a row lies; None where there is one cell.
        prefix: what stands before the month in a cell, where there are several.
        suffix: what stands behind it.
    """

    typed: tuple[Cell, ...]
    must_agree: Mapping[str, str]
    row_column: str | None = None
    prefix: str = ""
    suffix: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The names of the cells, in order."""
        return tuple(cell.name for cell in self.typed)

    def row_cell_sql(self) -> str:
        """Return the SQL of a row's own cell; NULL where its date cannot be read."""
        if self.row_column is None:
            return literal(self.cells[0])
        day = f"split_part(split_part(\"{self.row_column}\", 'T', 1), ' ', 1)"
        month = f"coalesce(try_strptime({day}, '%Y-%m-%d'), try_strptime({day}, '%d/%m/%Y'))"
        return f"{literal(self.prefix)} || strftime({month}, '%Y-%m') || {literal(self.suffix)}"


def covered(feed: Feed, file_name: str, layout: Layout) -> Covered:
    """Return the cells a file of ``feed`` covers.

    Raises:
        InputRefused: the file's name does not say which, or names unknown or contradictory ones.
    """
    values = {"layout": layout.name, "area": feed.area}
    if feed.file_name is not None:
        found = feed.file_name.search(file_name)
        if found is None:
            raise InputRefused(
                "The file's name does not say what it covers.",
                rule="file_name",
                next_action=f"Name it like {feed.file_name_example}.",
            )
        values |= {name: value for name, value in found.groupdict().items() if value is not None}
    for term, seed in feed.reference.items():
        values |= _looked_up(feed, seed, term, values[term])
    if feed.window is None:
        must_agree = {
            column: template.format(**values)
            for column, template in feed.must_agree.items()
            if column in layout.columns
        }
        return Covered(typed=(_cell(feed, values),), must_agree=must_agree)
    first, last = (_first_day(values[feed.window[end]], feed) for end in ("from", "to"))
    length = (last.year - first.year) * 12 + last.month - first.month + 1
    if not 1 <= length <= _MOST_MONTHS:
        raise _wrong_window(feed)
    months = [f"{add_months(first, number):%Y-%m}" for number in range(length)]
    prefix, _, suffix = feed.cell.name.format(**values | {"month": _SLOT}).partition(_SLOT)
    return Covered(
        typed=tuple(_cell(feed, values | {"month": month}) for month in months),
        must_agree={},
        row_column=feed.window["row"],
        prefix=prefix,
        suffix=suffix,
    )


def _cell(feed: Feed, values: Mapping[str, str]) -> Cell:
    """Return the cell that the contract's terms give for the groups of the file's name."""
    terms = feed.cell
    part, place, period = (
        text.format(**values) if text is not None else None for text in (terms.part, terms.place, terms.period)
    )
    span = None
    if terms.kind != WHOLE:
        kind = SPAN_KINDS[terms.kind]
        span = kind.read(str(period))
        if span is None:
            raise InputRefused(
                f"The file's name holds no {kind.words}, such as {kind.example}.",
                rule="file_name",
                next_action=f"Name it like {feed.file_name_example}.",
            )
    return Cell(
        name=terms.name.format(**values),
        part=part,
        place=place,
        starts_on=span.starts_on if span else None,
        months=span.months if span else None,
    )


def _first_day(text: str, feed: Feed) -> dt.date:
    found: Span | None = SPAN_KINDS["month"].read(text)
    if found is None:
        raise _wrong_window(feed)
    return found.starts_on


def _wrong_window(feed: Feed) -> InputRefused:
    return InputRefused(
        "The file's name holds no window of months from an earlier to a later one.",
        rule="file_name",
        next_action=f"Name it like {feed.file_name_example}.",
    )


def _looked_up(feed: Feed, seed: str, term: str, value: str) -> dict[str, str]:
    with (feed.seeds / seed).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if row[term] == value:
                return row
    raise InputRefused(
        f"The file's name holds an unknown {term}.",
        rule=term,
        next_action=f"Use one of those in seeds/{seed}; the name should look like {feed.file_name_example}.",
    )
