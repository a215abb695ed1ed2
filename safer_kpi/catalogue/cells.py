"""Which scope cells a file covers, by its contract and its name, and which of them each of its rows lies in."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from safer_kpi.catalogue.feeds import Feed, Layout

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
#: A hundred years: a longer window is a slip of the pen.
_MOST_MONTHS = 1200
_SLOT = "\0"


@dataclass(frozen=True, kw_only=True)
class Covered:
    """What a file covers.

    Attributes:
        cells: the scope cells, in order.
        must_agree: per column the value every row must hold, as the file's name says it.
        row_column: the date column that says in which of several cells a row lies; None where there is one cell.
        prefix: what stands before the month in a cell, where there are several.
        suffix: what stands behind it.
    """

    cells: tuple[str, ...]
    must_agree: Mapping[str, str]
    row_column: str | None = None
    prefix: str = ""
    suffix: str = ""

    def row_cell_sql(self) -> str:
        """SQL of a row's own cell; NULL where its date cannot be read."""
        if self.row_column is None:
            return literal(self.cells[0])
        day = f"split_part(split_part(\"{self.row_column}\", 'T', 1), ' ', 1)"
        month = f"coalesce(try_strptime({day}, '%Y-%m-%d'), try_strptime({day}, '%d/%m/%Y'))"
        return f"{literal(self.prefix)} || strftime({month}, '%Y-%m') || {literal(self.suffix)}"


def covered(feed: Feed, file_name: str, layout: Layout) -> Covered:
    """The cells a file of ``feed`` covers.

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
        return Covered(cells=(feed.cell.format(**values),), must_agree=must_agree)
    first, last = (_month(values[feed.window[end]], feed) for end in ("from", "to"))
    if not first <= last < first + _MOST_MONTHS:
        raise _wrong_window(feed)
    months = [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, last + 1)]
    prefix, _, suffix = feed.cell.format(**values | {"month": _SLOT}).partition(_SLOT)
    return Covered(
        cells=tuple(f"{prefix}{month}{suffix}" for month in months),
        must_agree={},
        row_column=feed.window["row"],
        prefix=prefix,
        suffix=suffix,
    )


def _month(text: str, feed: Feed) -> int:
    found = _MONTH.fullmatch(text)
    if found is None:
        raise _wrong_window(feed)
    return int(found[1]) * 12 + int(found[2]) - 1


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
