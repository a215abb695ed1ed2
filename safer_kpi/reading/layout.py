"""Lay rows out as text of a given width: as a table, or as records where a table is too wide.

Only text of several words is broken, and only between words; numbers, ids, codes and times stay whole.
"""

from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = 2
_WHOLE = 24  # a cell of up to so many characters is not broken, such as "2025-03-31 09:00" or "1,234.5 to 1,240.0"
_TALLEST = 8  # lines of one row; records are easier to read than a table of taller rows


@dataclass(frozen=True)
class Column:
    """One column as text.

    Attributes:
        name: the heading.
        cells: one text per row; empty for no value.
        is_number: whether the cells stand to the right.
    """

    name: str
    cells: tuple[str, ...]
    is_number: bool = False


def lay_out(columns: Sequence[Column], *, width: int | None, title: str = "", moved: Sequence[str] = ()) -> str:
    """Return rows as text; without a width each row is one line.

    ``moved`` are columns that have the same value in every row: they stand in the heading and not in the table.
    """
    above = [title] if title else []
    above += _heading([column for column in columns if column.name in moved], width)
    shown = [column for column in columns if column.name not in moved]
    body = _table(shown, width) or _records(shown, width or 0)
    return "\n".join([*above, *([""] if above else []), *body])


def same_in_every_row(names: Sequence[str], rows: Sequence[Sequence[object]], *, kept: Sequence[str] = ()) -> list[str]:
    """Return the columns whose value is the same in every row of two or more, without those that are ``kept``.

    If this is true of all columns, the first stays.
    """
    if len(rows) < 2:
        return []
    first = rows[0]
    same = [
        name for place, name in enumerate(names) if name not in kept and all(row[place] == first[place] for row in rows)
    ]
    return same if len(same) < len(names) else same[1:]


def _heading(columns: Sequence[Column], width: int | None) -> list[str]:
    """Return the lines that name the values shared by every row."""
    valued = [f"{column.name} = {column.cells[0]}" for column in columns if column.cells[0]]
    empty = [column.name for column in columns if not column.cells[0]]
    lines = _flowed("In every row: ", valued, width) if valued else []
    return lines + (_flowed("Empty in every row: ", empty, width) if empty else [])


def _flowed(words: str, parts: Sequence[str], width: int | None) -> list[str]:
    """Return parts in lines, broken between parts, or within one that is longer than a line."""
    lines = [words + parts[0]]
    for part in parts[1:]:
        if width is None or _wide(lines[-1]) + 3 + _wide(part) <= width:
            lines[-1] += f" · {part}"
        else:
            lines.append(f"  {part}")
    return [broken for line in lines for broken in _broken(line, width or _wide(line), after="  ")]


def _table(columns: Sequence[Column], width: int | None) -> list[str]:
    """Return the lines of a table; none if it is too wide, or its rows are too tall to read."""
    widths = _widths(columns, width)
    if widths is None:
        return []
    rows = [
        [_broken(cell, wide) for cell, wide in zip(row, widths, strict=True)]
        for row in zip(*(column.cells for column in columns), strict=True)
    ]
    if any(len(cell) > _TALLEST for row in rows for cell in row):
        return []
    head = [_broken(column.name, wide) for column, wide in zip(columns, widths, strict=True)]
    tall = max(len(words) for words in head)
    head = [[""] * (tall - len(words)) + words for words in head]
    right = [column.is_number for column in columns]
    rule = (" " * _GAP).join("─" * wide for wide in widths)
    return [*_lines(head, widths, right), rule, *(line for row in rows for line in _lines(row, widths, right))]


def _lines(cells: Sequence[Sequence[str]], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    """Return one row's lines."""
    lines = []
    for place in range(max(len(cell) for cell in cells)):
        parts = [cell[place] if place < len(cell) else "" for cell in cells]
        padded = (_padded(part, wide, right=at) for part, wide, at in zip(parts, widths, right, strict=True))
        lines.append((" " * _GAP).join(padded).rstrip())
    return lines


def _widths(columns: Sequence[Column], width: int | None) -> list[int] | None:
    """Return each column's width; None if the columns do not fit without breaking a word, a number or an id."""
    natural = [max(map(_wide, [column.name, *column.cells])) for column in columns]
    if width is None:
        return natural
    # A heading is broken at any of its spaces.
    least = [max([*map(_wide, column.name.split()), *map(_least, column.cells)], default=0) for column in columns]
    spare = width - sum(least) - _GAP * (len(columns) - 1)
    if spare < 0:
        return None
    wanting = sorted(range(len(columns)), key=lambda place: natural[place] - least[place])
    for left, place in zip(range(len(columns), 0, -1), wanting, strict=True):
        more = min(natural[place] - least[place], spare // left)
        least[place] += more
        spare -= more
    return least


def _least(cell: str) -> int:
    """Return the width that a cell needs at least."""
    return _wide(cell) if _wide(cell) <= _WHOLE else max(map(_wide, cell.split()), default=0)


def _records(columns: Sequence[Column], width: int) -> list[str]:
    """Return each row as a few lines of named values, which stand below each other from row to row."""
    fields = [column for column in columns if any(column.cells)]
    groups = _grouped(fields, width)
    lines: list[str] = []
    for row in range(len(columns[0].cells)):
        lines += [""] if lines else []
        for place, group in enumerate(groups):
            lines += _record_lines(group, row, width, indent="  " if place else "")
    return lines


def _grouped(fields: Sequence[Column], width: int) -> list[list[Column]]:
    """Return the fields line by line."""
    groups: list[list[Column]] = []
    used = 0
    for field in fields:
        own = _slot(field)
        if groups and used + _GAP + own <= width:
            groups[-1].append(field)
            used += _GAP + own
        else:
            groups.append([field])
            used = own + (2 if len(groups) > 1 else 0)
    return groups


def _slot(field: Column) -> int:
    return _wide(field.name) + 2 + max(map(_wide, field.cells))


def _record_lines(group: Sequence[Column], row: int, width: int, *, indent: str) -> list[str]:
    if len(group) == 1:
        cell = group[0].cells[row]
        return _broken(f"{indent}{group[0].name}: {cell}", width, after=f"{indent}  ") if cell else []
    slots = []
    for field in group:
        name = f"{field.name}: "
        slots.append(name + _padded(field.cells[row] or "-", _slot(field) - _wide(name), right=field.is_number))
    return [(indent + (" " * _GAP).join(slots)).rstrip()]


def _broken(cell: str, width: int, *, after: str = "") -> list[str]:
    """Return a text in lines of a width, broken between words; a longer word stands out."""
    if _wide(cell) <= width:
        return [cell]
    return textwrap.wrap(
        cell, max(width, 1), subsequent_indent=after, break_long_words=False, break_on_hyphens=False
    ) or [""]


def _padded(cell: str, width: int, *, right: bool) -> str:
    space = " " * (width - _wide(cell))
    return space + cell if right else cell + space


def _wide(cell: str) -> int:
    """Return the columns that a text takes in a terminal."""
    if cell.isascii():
        return len(cell)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in cell
    )
