"""English words for numbers, periods, feeds and causes."""

from __future__ import annotations

import calendar
from decimal import Decimal
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import ROLLING, parse_period

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from safer_kpi.domain.periods import PeriodType

# For a count whose cause has the usual sign: "17 were recorded late". {n} is the amount, {was} the verb.
_PLAIN = {
    ("new", True): "{n} {was} delivered for the first time",
    ("late", True): "{n} {was} recorded late",
    ("reclassified", True): "{n} {was} reclassified and now {count}",
    ("reclassified", False): "{n} {was} reclassified and no longer {count}",
    ("relocated", True): "{n} {was} moved into the area",
    ("relocated", False): "{n} {was} moved out of the area",
    ("progressed", True): "{n} {was} added as cases progressed",
    ("progressed", False): "{n} {was} removed as cases progressed",
    ("held", False): "{n} {was} held back by a check",
    ("released", True): "{n} {was} released after a failed check",
    ("withdrawn", False): "{n} {was} withdrawn",
    ("reverted", False): "{n} {was} removed with a reverted delivery",
}
# For every other movement: "late data added 0.25".
_NOUNS = {
    "new": "new data",
    "late": "late data",
    "reclassified": "reclassification",
    "relocated": "changed places",
    "progressed": "progressed cases",
    "corrected": "corrections",
    "held": "a failed check",
    "withdrawn": "withdrawals",
    "released": "a passed check",
    "replayed": "a delivery read again",
    "reverted": "a reverted delivery",
    "contract": "a new contract for the same bytes",
    "reference": "a change of reference data",
    "definition": "a new definition, on the same evidence,",
    "method": "a new method, on the same evidence,",
}
# The causes whose line in a statement also says the direction, in or out.
_EITHER_WAY = {"reclassified", "relocated"}


#: The words for each length of period.
LENGTHS: dict[PeriodType, str] = {
    "month": "month",
    "quarter": "quarter",
    "calendar_quarter": "quarter",
    "year": "year",
    "calendar_year": "year",
    "rolling12": "twelve months",
    "rolling36": "three years",
}


def amount(value: Decimal | int, places: int = 0) -> str:
    """Return a number with thousands separators, rounded half to even, never ``-0``."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places))
    return f"{abs(rounded) if rounded == 0 else rounded:,f}"


def signed(value: Decimal | int, places: int = 0) -> str:
    """Return a number with its sign."""
    text = amount(value, places)
    return text if text.startswith("-") else f"+{text}"


def count(number: int, word: str, plural: str = "") -> str:
    """Return a number with its noun: ``1 number``, ``2 numbers``."""
    return f"{number:,} {word if number == 1 else plural or f'{word}s'}"


def listed(parts: Sequence[str]) -> str:
    """Return an enumeration: ``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def clause(cause: str, value: Decimal, places: int, *, is_count: bool) -> str:
    """Return the effect of a cause as a clause: ``17 were recorded late``, ``corrections subtracted 2``."""
    plain = _PLAIN.get((cause, value >= 0)) if is_count else None
    if plain:
        was, counts = ("was", "counts") if abs(value) == 1 else ("were", "count")
        return plain.format(n=amount(abs(value), places), was=was, count=counts)
    noun = _NOUNS.get(cause, f"the cause {cause}")
    return f"{noun} {'added' if value >= 0 else 'subtracted'} {amount(abs(value), places)}"


def part_word(breakdown: str) -> str:
    """Return a part of a breakdown for the end of a title, such as `` (status: breached)``; nothing for the whole."""
    kind, _, part = breakdown.partition(":")
    return "" if breakdown == "all" else f" ({kind.replace('_', ' ')}: {part.replace('_', ' ')})"


def line_word(cause: str, value: Decimal) -> str:
    """Return the words for a cause with a delivery in a line of a statement."""
    return f"{cause} {'in' if value >= 0 else 'out'}" if cause in _EITHER_WAY else cause


def rule_word(cause: str, feed: str | None) -> str:
    """Return the words for a cause without a delivery (changed rules or lists) in a line of a statement."""
    return f"{cause} changed{f', {feed}' if feed else ''} (on the same evidence)"


def lack(status: str | None) -> str:
    """Return why a side has no figure."""
    return "not covered" if status in {None, "missing"} else str(status)


def standing(status: str | None, *, has_figure: bool) -> str:
    """Return the note beside a balance: empty, ``provisional``, or for example ``no figure: incomplete``."""
    if has_figure:
        return status if status == "provisional" else ""
    return f"no figure: {lack(status)}"


def spelled(period: str, period_type: PeriodType) -> str:
    """Return a period in words: ``May 2024``, ``April to June 2024``, ``twelve months to March 2025``."""
    span = parse_period(period, by=period_type)
    last = month_in_words(span.end)
    if period_type == "month":
        return last
    if period_type in ROLLING:
        return f"{LENGTHS[period_type]} to {last}"
    first = month_in_words(span.start) if span.start.year < span.end.year else calendar.month_name[span.start.month]
    return f"{first} to {last}"


def month_in_words(day: dt.date) -> str:
    """Return a month in words: ``May 2024``."""
    return f"{calendar.month_name[day.month]} {day.year}"


def day_in_words(day: dt.date) -> str:
    """Return a day in words: ``4 November 2024``."""
    return f"{day.day} {month_in_words(day)}"


def feed_in_words(feed: str, title: str | None) -> str:
    """Return the title of a feed; for a list of reference data, or a feed without a title, its name without symbols."""
    return title or PurePosixPath(feed).stem.replace("_", " ")


def better(polarity: str) -> str:
    """Return the better direction in words, from the metric's definition."""
    return {"lower_is_better": "lower is better", "higher_is_better": "higher is better"}.get(polarity, "")
