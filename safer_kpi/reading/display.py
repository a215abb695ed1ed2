"""Show the rows of a ``Table`` in a terminal or a notebook: what is the same in every row once, and the value first."""

from __future__ import annotations

import shutil
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from safer_kpi.reading.layout import Column, lay_out, same_in_every_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    Rows = Sequence[Sequence[Any]]

_SHOWN = 20
_WIDEST = 60
#: The columns of a number that a reader looks for first.
_FIRST = ("metric_id", "area_name", "period", "breakdown", "value", "unit", "lower", "upper", "status")
_KEPT = ("value", "amount")
_SMALL = 5
_COUNTS = ("numerator", "reference_numerator")
IN_THE_LAKE = "A release holds no source rows: its evidence stays in the lake."


def as_text(names: Sequence[str], rows: Rows) -> str:
    """Return the first rows as text, as wide as the terminal."""
    places = _ordered(names)
    columns = [
        Column(
            names[place],
            tuple(_text(row[place]) for row in rows[:_SHOWN]),
            is_number=any(isinstance(row[place], int | float | Decimal) for row in rows[:_SHOWN]),
        )
        for place in places
    ]
    moved = same_in_every_row(names, rows, kept=_KEPT)
    return f"{lay_out(columns, width=shutil.get_terminal_size((120, 24)).columns, moved=moved)}\n{_below(names, rows)}"


def as_html(names: Sequence[str], rows: Rows) -> str:
    """Return the first rows as HTML."""
    import html

    moved = same_in_every_row(names, rows, kept=_KEPT)
    shown = [place for place in _ordered(names) if names[place] not in moved]
    said = " · ".join(f"{name} = {_text(rows[0][names.index(name)]) or 'empty'}" for name in moved)
    above = f"<p>In every row: {html.escape(said)}</p>" if said else ""
    head = "".join(f"<th>{html.escape(names[place])}</th>" for place in shown)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(_text(row[place]))}</td>" for place in shown) + "</tr>"
        for row in rows[:_SHOWN]
    )
    return (
        f'{above}<div style="overflow-x: auto"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        f"<p>{html.escape(_below(names, rows))}</p>"
    )


def _ordered(names: Sequence[str]) -> list[int]:
    """Return the places of the columns in the order shown: of numbers, what a reader looks for first."""
    if not {"value", "unit"} <= set(names):
        return list(range(len(names)))
    first = [names.index(name) for name in _FIRST if name in names]
    return [*first, *(place for place in range(len(names)) if place not in first)]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return f"{cell:,f}".rstrip("0").rstrip(".") if "." in f"{cell:f}" else f"{cell:,f}"
    if isinstance(cell, float):
        if cell.is_integer():
            return f"{cell:,.0f}"
        return f"{cell:,.4g}" if abs(cell) < 1000 else f"{cell:,.1f}"
    text = "".join(letter if letter.isprintable() else "?" for letter in str(cell))
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def small_counts(names: Sequence[str], rows: Rows) -> str | None:
    """Return the note on counts from 1 to 4 of sensitive metrics among numbers; None if there are none."""
    counts = [names.index(name) for name in _COUNTS if name in names]
    if "sensitivity" not in names or not counts:
        return None
    sensitivity = names.index("sensitivity")
    small = sum(
        row[sensitivity] == "official_sensitive" and any(0 < (row[count] or 0) < _SMALL for count in counts)
        for row in rows
    )
    if not small:
        return None
    rows_are = "1 row is a count" if small == 1 else f"{small:,} rows are counts"
    return f"Sensitive: {rows_are} below {_SMALL} of a metric that is official-sensitive. Do not publish as it stands."


def left_in_lake(names: Sequence[str], rows: Rows) -> str | None:
    """Return the note on the postings of a trace whose evidence is not here; None if all evidence is."""
    if not {"evidence_delivery_id", "source_row"} <= set(names):
        return None
    delivery = names.index("evidence_delivery_id")
    left = sum(row[delivery] is None for row in rows)
    if not left:
        return None
    postings = "1 posting" if left == 1 else f"{left:,} postings"
    return f"{IN_THE_LAKE} No source row of {postings} is here: open the lake that made the release."


def _below(names: Sequence[str], rows: Rows) -> str:
    return "\n".join(filter(None, (_count(len(rows)), small_counts(names, rows), left_in_lake(names, rows))))


def _count(rows: int) -> str:
    word = "row" if rows == 1 else "rows"
    return f"{rows:,} {word}" + (f", the first {_SHOWN} shown" if rows > _SHOWN else "")
