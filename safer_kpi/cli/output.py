"""Print the output of commands: JSON for programs, tables for people."""

from __future__ import annotations

import datetime as dt
import json
import sys
from decimal import Decimal
from math import floor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from safer_kpi.reading.table import Table

_BARS = "▁▂▃▄▅▆▇█"


def console(*, stderr: bool = False) -> Console:
    """Return the console for tables; if the output is a file, it is wide enough for one row per line."""
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
    json.dump({"rows": list(rows), **extra}, sys.stdout, default=_plain, ensure_ascii=False)
    sys.stdout.write("\n")


def stream_json(table: Table, **extra: Any) -> None:
    """Print ``{"rows": [...]}`` of a table a part at a time, and ``extra`` keys after it."""
    names = table.columns
    sys.stdout.write('{"rows": [')
    between = ""
    for batch in table.batches():
        lines = (json.dumps(dict(zip(names, row, strict=True)), default=_plain, ensure_ascii=False) for row in batch)
        sys.stdout.write(between + ", ".join(lines))
        between = ", "
    sys.stdout.write("]")
    for key, value in extra.items():
        sys.stdout.write(f", {json.dumps(key)}: {json.dumps(value, default=_plain, ensure_ascii=False)}")
    sys.stdout.write("}\n")


def _plain(value: object) -> Any:
    if isinstance(value, dt.datetime):
        return f"{value.isoformat()}Z" if value.tzinfo is None else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        # Nine places of a number below a million come through a double unchanged.
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, title: str = "") -> None:
    """Print one table with numbers aligned to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for column in columns:
        numeric = any(isinstance(row.get(column), int | float | Decimal) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        # Text, not markup: a file's name is data.
        table.add_row(*(Text(text(row.get(column))) for column in columns))
    console().print(table)


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
    return "".join(letter if letter.isprintable() else "?" for letter in str("" if value is None else value))


def number(value: float | Decimal | None) -> str:
    """Return a value for people: whole numbers without places, others with two; a dash for no value."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def sparkline(values: Sequence[float | None]) -> str:
    """Return values as bars from 0 to their maximum; a gap for no value."""
    top = max((value for value in values if value is not None), default=0.0)
    if top <= 0:
        return "".join(" " if value is None else _BARS[0] for value in values)
    return "".join(" " if value is None else _BARS[round(value / top * (len(_BARS) - 1))] for value in values)


def observations(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return observations as people read them: value, interval, status, coverage."""
    from safer_kpi.statements.also_from import also_from

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
