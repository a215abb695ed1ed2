"""The few elements that all charts are made of."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The shapes of marks, around the point (0, 0).
_SHAPES = {
    "plain": '<circle class="mark" r="4"/>',
    "same": '<circle class="mark mark--same" r="4.5"/>',
    "young": '<circle class="mark mark--young" r="4.5"/>',
    "better": '<path class="mark mark--better" d="M0,-7L7,5H-7Z"/>',
    "worse": '<path class="mark mark--worse" d="M-5.5,-5.5H5.5V5.5H-5.5Z"/>',
    "waiting": '<circle class="mark mark--young" r="4.5"/>',
    "unjudged": '<path class="mark mark--unjudged" d="M-6,0H6"/>',
    "higher": '<path class="mark mark--higher" d="M-5,-5H5V5H-5Z"/>',
    "lower": '<path class="mark mark--lower" d="M0,6L6,-5H-6Z"/>',
    "similar": '<circle class="mark mark--similar" r="4.5"/>',
    "none": '<circle class="mark mark--young" r="3"/>',
}


def number(value: float) -> str:
    """Return a coordinate with at most two places, the same on every machine."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def percent(share: float) -> str:
    """Return a part of the width."""
    return f"{number(share * 100)}%"


def data(**values: object) -> str:
    """Return ``data-`` attributes, with a space before each."""
    return "".join(
        f' data-{name.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for name, value in values.items()
    )


def drawing(name: str, body: str, *, height: float, width: str = "100%", **values: object) -> str:
    """Return a drawing that screen readers skip."""
    return (
        f'<svg class="{name}" width="{width}" height="{number(height)}" aria-hidden="true" focusable="false"'
        f"{data(**values)}>{body}</svg>"
    )


def line(name: str, x1: str, y1: float, x2: str, y2: float) -> str:
    """Return a straight line."""
    return f'<line class="{name}" x1="{x1}" y1="{number(y1)}" x2="{x2}" y2="{number(y2)}"/>'


def label(text: str, x: str, y: float, *, anchor: str = "middle", name: str = "tick") -> str:
    """Return a text in a drawing."""
    return f'<text class="{name}" x="{x}" y="{number(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def mark(kind: str, x: str, y: float, **values: object) -> str:
    """Return a mark at a point; its shape tells its kind without its colour."""
    return (
        f'<svg class="at" x="{x}" y="{number(y)}" overflow="visible"{data(kind=kind, **values)}>{_SHAPES[kind]}</svg>'
    )


def icon(kind: str) -> str:
    """Return a mark by itself, for a legend or beside a word."""
    return (
        '<svg class="icon" width="16" height="16" viewBox="-8 -8 16 16" aria-hidden="true" focusable="false">'
        f"{_SHAPES[kind]}</svg>"
    )


def ticks(low: float, high: float, *, most: int = 5) -> list[float]:
    """Return round values that enclose the lowest and the highest, about ``most`` of them."""
    span = (high - low) or abs(high) or 1.0
    raw = span / most
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(place * step, 10) for place in range(first, max(last, first + 1) + 1)]


def tick_label(value: float, marks: Sequence[float]) -> str:
    """Return the label of a tick, with as many places as the steps between ticks need."""
    step = marks[1] - marks[0]
    places = next(places for places in range(6) if abs(step * 10**places - round(step * 10**places)) < 1e-6)
    return f"{value:,.{places}f}".replace("-", "\u2212")
