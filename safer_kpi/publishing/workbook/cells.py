"""What a cell of the workbook holds: a number and the format that shows it, a day, a text, or a shorthand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.publishing import words

if TYPE_CHECKING:
    from safer_kpi.publishing.facts import Key, Number

#: The shorthands of the Analysis Function for a cell without a number, and what they mean here.
WITHHELD, NOT_AVAILABLE, NOT_APPLICABLE = "[c]", "[x]", "[z]"
SHORTHANDS = {
    WITHHELD: "the figure is withheld to protect people",
    NOT_AVAILABLE: "not available",
    NOT_APPLICABLE: "not applicable: the row has no such figure or text",
}
DAY = "d mmmm yyyy"
SHARE = "0%"
WHOLE = "#,##0"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, and the number format that it is shown with."""

    value: float
    pattern: str


Cell = Figure | dt.date | str


def whole(number: int) -> Figure:
    """Return the cell of a whole number."""
    return Figure(number, WHOLE)


def share(part: float | None) -> Cell:
    """Return the cell of a part of one, shown in per cent."""
    return NOT_APPLICABLE if part is None else Figure(part, SHARE)


def shown(value: float, unit: str) -> Figure:
    """Return the cell of a value, with the decimal places that the pages show."""
    return Figure(value, _pattern(words.places(value, unit)))


def value(number: Number | None) -> Cell:
    """Return the cell of a number's value, or the shorthand for why there is none."""
    if number is None or number.value is None:
        return _lack(number)
    return shown(number.value, number.unit)


def interval(number: Number | None) -> tuple[Cell, Cell]:
    """Return the cells of the two ends of a number's 95% interval."""
    if number is None or number.lower is None or number.upper is None:
        lack = NOT_APPLICABLE if number is not None and number.value is not None else _lack(number)
        return lack, lack
    lower, upper = (
        Figure(end, _pattern(words.places_of_limit(end, number.unit))) for end in (number.lower, number.upper)
    )
    return lower, upper


def period(number: Number | None) -> str:
    """Return the cell of a number's period, in words."""
    if number is None:
        return NOT_APPLICABLE
    return spelled(number.key)


def spelled(key: Key) -> str:
    """Return the period of a number's name, in words for the beginning of a cell."""
    said = words.period(key.period, key.period_type)
    return f"{said[:1].upper()}{said[1:]}"


def status(number: Number | None) -> str:
    """Return the status of a number in a word or two."""
    if number is None:
        return words.LACKS["missing"]
    told = {"certified": "Final", "provisional": "Provisional"} | words.LACKS
    return told.get(number.status, number.status.capitalize())


def text(said: str) -> str:
    """Return the cell of a text, or the shorthand for none."""
    return said or NOT_APPLICABLE


def _lack(number: Number | None) -> str:
    return WITHHELD if number is not None and number.status == "suppressed" else NOT_AVAILABLE


def _pattern(places: int) -> str:
    return f"{WHOLE}.{'0' * places}" if places else WHOLE
