"""English words for figures, periods and changes, as officers, panel members and residents read them."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import parse_period
from safer_kpi.errors import UsageError
from safer_kpi.statements.wording import count, day_in_words, listed, spelled

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from safer_kpi.domain.periods import PeriodType

_LABEL = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{4}(?:-\d{2})?(?:-[QR]\d+)?\b")
_WHOLE = 10_000  # from here on a count that is not whole is shown without places
_LARGE = 100  # from here on a mean is shown without places

MINUS = "\u2212"
TO = "to"

#: Why there is no figure, by status.
LACKS = {
    "incomplete": "Incomplete",
    "missing": "No data",
    "suppressed": "Withheld",
    "unavailable": "Not available",
    "withdrawn": "Withdrawn",
}
#: What an area is, by its type, where its name alone does not tell.
_AREAS = {"local_authority": "local authority", "force": "police force area"}


def area(name: str, kind: str, shared: Collection[str]) -> str:
    """Return the name of an area; its type is said if the name is among those that areas of two types share."""
    return f"{name} ({_AREAS.get(kind, kind)})" if name in shared else name


def figure(value: float, unit: str) -> str:
    """Return a value as readers see it: ``4,300``, ``58.7%``, ``27.6``, ``0.84``."""
    text = _plain(value, places(value, unit))
    return f"{text}%" if unit == "per cent" else text


def places(value: float, unit: str) -> int:
    """Return the decimal places that a value is shown with."""
    if unit == "per cent":
        return 1
    if unit.startswith("per "):
        return 1 if abs(value) >= 1 else 2
    return 0 if float(value).is_integer() or abs(value) >= _WHOLE else 1


def _plain(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    return text.lstrip("-").rjust(1, "0") if float(text.replace(",", "")) == 0 else text.replace("-", MINUS)


def limit(value: float, unit: str) -> str:
    """Return a limit of an interval; that of a count is shown as a whole number."""
    text = _plain(value, places_of_limit(value, unit))
    return f"{text}%" if unit == "per cent" else text


def places_of_limit(value: float, unit: str) -> int:
    """Return the decimal places that a limit of an interval is shown with."""
    return places(value, unit) if unit.startswith("per ") else 0


def limit_of_chart(value: float, unit: str) -> str:
    """Return the mean or a limit of a chart, which is rarely a whole number."""
    return figure(value, unit) if unit.startswith("per ") else _plain(value, 0 if abs(value) >= _LARGE else 1)


def unit_beside(unit: str) -> str:
    """Return the words beside a figure; a percentage has its sign and needs none."""
    return "" if unit == "per cent" else unit


def interval(lower: float, upper: float, unit: str) -> str:
    """Return a 95% interval: ``4,172 to 4,430``."""
    return f"{limit(lower, unit)} to {limit(upper, unit)}"


def period(label: str, kind: PeriodType) -> str:
    """Return a period in words: ``April 2024 to March 2025``."""
    return spelled(label, kind)


def month_short(day: dt.date) -> str:
    """Return a month as it stands below a chart: ``Apr``."""
    return day.strftime("%B")[:3]


def in_words(text: str, kind: PeriodType) -> str:
    """Return a sentence of the release with its periods and days in words; ``kind`` decides between two readings."""
    return _LABEL.sub(lambda found: _spelled(found[0], kind), text)


def _spelled(label: str, kind: PeriodType) -> str:
    if len(label) == len("2024-06-30") and not label[-3:].startswith(("R", "Q")):
        try:
            return day_in_words(dt.date.fromisoformat(label))
        except ValueError:
            return label
    for by in (kind, None):
        try:
            found = parse_period(label, by=by)
        except UsageError:
            continue
        return spelled(found.label, found.period_type)
    return label


def step(difference: float, unit: str) -> str:
    """Return the size of a change: ``367``, ``3.7 percentage points``."""
    size = abs(difference)
    if unit == "per cent":
        return f"{_plain(size, 1)} percentage points"
    return figure(size, unit)


def is_seen(difference: float, unit: str) -> bool:
    """Return whether a change can be seen in the figures as they are shown."""
    return step(difference, unit).split(" ")[0].strip("0.,") != ""


def share(percentage: float) -> str:
    """Return the size of a change in per cent: ``7.9%``."""
    return f"{_plain(abs(percentage), 1)}%"


def hour(start: int) -> str:
    """Return an hour of the day: ``Midnight to 1am``, ``11am to noon``."""
    text = f"{_clock(start)} {TO} {_clock((start + 1) % 24)}"
    return f"{text[:1].upper()}{text[1:]}"


def _clock(at: int) -> str:
    if at in (0, 12):
        return "noon" if at else "midnight"
    return f"{at % 12}{'am' if at < 12 else 'pm'}"


def people(names: Sequence[str]) -> str:
    """Return names as an enumeration."""
    return listed(names) if names else "nobody"


def months(number: int) -> str:
    """Return a number of months: ``1 month``, ``eleven months``."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    return count(number, "month") if number >= len(words) else f"{words[number]} month{'' if number == 1 else 's'}"


def sentence(text: str) -> str:
    """Return a text that begins with a capital and ends with a full stop."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?", "!")) else ".")


def lowered(title: str) -> str:
    """Return a title for the middle of a sentence: in lower case unless it begins with an abbreviation."""
    first, _, rest = title.partition(" ")
    return f"{first.lower() if first[1:].islower() else first} {rest}".strip()
