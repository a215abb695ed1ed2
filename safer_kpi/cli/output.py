"""Print the output of commands: JSON for programs, tables for people."""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
from decimal import Decimal
from math import floor
from typing import TYPE_CHECKING, Any

from safer_kpi.reading.plain import number, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from safer_kpi.reading.table import Table

_BARS = "▁▂▃▄▅▆▇█"
_NUMBER = re.compile(r"[-+]?[\d,]+(\.\d+)?(e-\d+)?( ?%)?")
#: Columns of whole numbers that name something.
_NUMBERED = ("_id", "_row", "_version", "delivery", "entry", "evidence", "year")
#: What a table is read for: these columns stay in it even if every row has the same value.
_KEPT = ("value", "amount", "latest", "reference", "change", "verdict", "weight")


def console(*, stderr: bool = False) -> Console:
    """Return the console that shows progress."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, width=None if stream.isatty() else 200)


def emit(
    rows: Sequence[Mapping[str, Any]], *, as_json: bool, columns: Sequence[str] | None = None, empty: str = ""
) -> None:
    """Print rows as JSON, or as a table of the chosen columns; ``empty`` is the text if there are none."""
    if as_json:
        print_json(rows)
    elif rows:
        print_table(rows, columns or list(rows[0]))
    else:
        sys.stdout.write(f"{empty or 'Nothing to show.'}\n")


def print_json(rows: Iterable[Mapping[str, Any]], **extra: Any) -> None:
    """Print ``{"rows": [...]}`` and ``extra`` keys after it; times are UTC and marked so, decimals are numbers."""
    json.dump({"rows": list(rows), **extra}, sys.stdout, default=plain, ensure_ascii=False)
    sys.stdout.write("\n")


def stream_json(table: Table, **extra: Any) -> None:
    """Print ``{"rows": [...]}`` of a table a part at a time, and ``extra`` keys after it."""
    names = table.columns
    sys.stdout.write('{"rows": [')
    between = ""
    for batch in table.batches():
        lines = (json.dumps(dict(zip(names, row, strict=True)), default=plain, ensure_ascii=False) for row in batch)
        sys.stdout.write(between + ", ".join(lines))
        between = ", "
    sys.stdout.write("]")
    for key, value in extra.items():
        sys.stdout.write(f", {json.dumps(key)}: {json.dumps(value, default=plain, ensure_ascii=False)}")
    sys.stdout.write("}\n")


def print_table(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, title: str = "", kept: Sequence[str] = _KEPT
) -> None:
    """Print one table as wide as the terminal, or with one row per line if the output is a file.

    A column that has the same value in every row moves to the heading, unless it is ``kept``.
    """
    from safer_kpi.reading.layout import Column, lay_out, same_in_every_row

    cells = [[_cell(column, row.get(column)) for column in columns] for row in rows]
    names = [column.replace("_", " ") for column in columns]
    laid = [
        Column(name, tuple(row[place] for row in cells), is_number=_is_number([row[place] for row in cells]))
        for place, name in enumerate(names)
    ]
    moved = same_in_every_row(names, cells, kept=kept)
    sys.stdout.write(f"\n{lay_out(laid, width=width(), title=title, moved=moved)}\n\n")


def say(sentences: str) -> None:
    """Print sentences, broken between words at the terminal's width."""
    import textwrap

    wide = width()
    lines = sentences.split("\n")
    if wide:
        lines = [
            textwrap.fill(line, wide, break_long_words=False, break_on_hyphens=False, drop_whitespace=True)
            for line in lines
        ]
    sys.stdout.write("\n".join(lines) + "\n")


def width() -> int | None:
    """Return the columns of the terminal; None if the output is a file or a pipe, which has no width."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _cell(column: str, value: object) -> str:
    """Return a cell for people; the number of an entry, a delivery or a row is a name and has no commas."""
    if isinstance(value, int) and not isinstance(value, bool) and column.endswith(_NUMBERED):
        return str(value)
    return text(value)


def _is_number(cells: Sequence[str]) -> bool:
    return all(not cell or cell == "-" or _NUMBER.fullmatch(cell) for cell in cells) and any(cells)


def text(value: object) -> str:
    """Return one cell for people; control characters are shown as question marks."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return f"{value:,}" if isinstance(value, int) else number(value)
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dict):
        return ", ".join(f"{count:,} {key}" for key, count in value.items())
    if isinstance(value, list):
        shown = ", ".join(text(item) for item in value[:3])
        return shown if len(value) <= 3 else f"{shown} and {len(value) - 3} more"
    shown = str("" if value is None else value)
    return shown if shown.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in shown)


def sparkline(values: Sequence[float | None]) -> str:
    """Return values as bars from 0 to their maximum; a gap for no value."""
    top = max((value for value in values if value is not None), default=0.0)
    if top <= 0:
        return "".join(" " if value is None else _BARS[0] for value in values)
    return "".join(" " if value is None else _BARS[round(value / top * (len(_BARS) - 1))] for value in values)


def observations(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return observations as people read them: value, interval, status, coverage."""
    from safer_kpi.domain.also_from import also_from

    return [
        {
            "area": row["area_name"],
            "code": row["area_code"],
            "period": row["period"],
            "value": number(row["value"]),
            "95 % interval": f"{number(row['lower'])} to {number(row['upper'])}" if row["lower"] is not None else "",
            "numerator": row["numerator"],
            "denominator": row["denominator"],
            "status": row["status"],
            "coverage": f"{row['coverage']:.0%}" if row["coverage"] is not None else "",
            "placed": f"{floor(row['placed'] * 1000) / 10:g} %" if row.get("placed") is not None else "",
            "rows held": row.get("held_rows") or "",
            "not placed": f"up to {row['unplaced']:,}" if row.get("unplaced") else "",
            "also from": also_from(row),
        }
        for row in rows
    ]


def row_ranges(rows: Sequence[int], *, most: int = 6) -> str:
    """Return row numbers as ranges, ``2-4, 9``; the rest as a count."""
    ranges: list[list[int]] = []
    for row in sorted(set(rows)):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1][1] = row
        else:
            ranges.append([row, row])
    shown = ", ".join(f"{low}-{high}" if high > low else str(low) for low, high in ranges[:most])
    left = sum(high - low + 1 for low, high in ranges[most:])
    return f"{shown} and {left:,} more" if left else shown
