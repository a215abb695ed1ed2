"""The parts of a breakdown for readers: their words, and the order in which they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safer_kpi.publishing.facts import Number

_HEADINGS = {"risk": "By level of risk", "weekday": "By day of the week"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PARTS = {"F": "Female", "M": "Male", "X": "Another sex, or not stated", "unknown": "Not recorded"}


def heading_of(breakdown: str) -> str:
    """Return the heading above the figures of a breakdown: ``age`` is ``By age``."""
    return _HEADINGS.get(breakdown, f"By {breakdown.replace('_', ' ')}")


def in_order(numbers: Iterable[Number]) -> list[Number]:
    """Return the numbers of a breakdown in its own order: days of the week from Monday, others by name."""
    days = {f"weekday:{name}": place for place, name in enumerate(_DAYS)}
    return sorted(numbers, key=lambda number: (days.get(number.key.breakdown, 0), number.key.breakdown))


def part_in_words(breakdown: str) -> str:
    """Return a part of a breakdown in words: ``sex:F`` is ``Female``."""
    kind, _, part = breakdown.partition(":")
    if kind == "hour" and part.isdigit():
        return words.hour(int(part))
    told = _PARTS.get(part, part.replace("_", " ").replace("-", f" {words.TO} "))
    return f"{told[:1].upper()}{told[1:]}"
