"""A figure as it is shown, with the number and the column of the release that it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.publishing import words

if TYPE_CHECKING:
    from safer_kpi.publishing.facts import Change, Key, Number


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One figure for readers.

    Attributes:
        text: as it is read.
        value: as the release states it.
        of: the number it belongs to.
        column: the column of that number it comes from; ``earlier`` is the value in the release before.
        is_provisional: whether it still grows.
    """

    text: str
    value: float
    of: Key
    column: str
    is_provisional: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Was:
    """What the last report said of a number: another figure, or in words that it was the same or that it had none."""

    text: str
    shown: Shown | None


def value_of(number: Number) -> Shown | None:
    """Return the value of a number; None if it has none."""
    if number.value is None:
        return None
    text = words.figure(number.value, number.unit)
    return Shown(text=text, value=number.value, of=number.key, column="value", is_provisional=number.is_provisional)


def interval_of(number: Number) -> tuple[Shown, Shown] | None:
    """Return the two ends of a number's 95% interval; None if it has none."""
    if number.lower is None or number.upper is None:
        return None
    return (
        Shown(text=words.limit(number.lower, number.unit), value=number.lower, of=number.key, column="lower"),
        Shown(text=words.limit(number.upper, number.unit), value=number.upper, of=number.key, column="upper"),
    )


def earlier_of(key: Key, number: Number | None) -> Shown | None:
    """Return the value that the release before certified for a number; None if it had none."""
    if number is None or number.value is None:
        return None
    return Shown(text=words.figure(number.value, number.unit), value=number.value, of=key, column="earlier")


def was_of(number: Number, before: Number | None) -> Was:
    """Return what the release before certified for a number, as a table shows it."""
    if before is None or before.value is None:
        return Was(text="no figure", shown=None)
    shown = earlier_of(number.key, before)
    now = value_of(number)
    if shown is not None and now is not None and shown.text == now.text:
        return Was(text="the same", shown=None)
    return Was(text="", shown=shown)


def reference_of(change: Change, unit: str) -> Shown | None:
    """Return the value that a change starts from; None if there is none to compare with."""
    if change.reference_value is None or change.difference is None:
        return None
    value = change.reference_value
    return Shown(text=words.figure(value, unit), value=value, of=change.key, column="reference_value")


def lack_of(number: Number | None) -> str:
    """Return why there is no figure, in a word or two; empty where there is one."""
    if number is None:
        return words.LACKS["missing"]
    return "" if number.value is not None else words.LACKS.get(number.status, number.status.capitalize())
