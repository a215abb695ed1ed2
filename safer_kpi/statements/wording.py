"""Numbers, units and causes as English words."""

from __future__ import annotations

import calendar
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# For a count that went the way its cause goes: "17 were recorded late". {n} is the amount, {was} its verb.
_PLAIN = {
    ("new", True): "{n} {was} delivered for the first time",
    ("late", True): "{n} {was} recorded late",
    ("reclassified", True): "{n} {was} reclassified into it",
    ("reclassified", False): "{n} {was} reclassified out of it",
    ("relocated", True): "{n} {was} moved into the area",
    ("relocated", False): "{n} {was} moved out of the area",
    ("progressed", True): "{n} {was} added as cases progressed",
    ("progressed", False): "{n} {was} taken off as cases progressed",
    ("held", False): "{n} {was} held back by a check",
    ("withdrawn", False): "{n} {was} withdrawn",
    ("reverted", False): "{n} {was} taken out with a reverted delivery",
}
# For everything else: "late records added 0.25".
_NOUNS = {
    "new": "new records",
    "late": "late records",
    "reclassified": "reclassified records",
    "relocated": "relocated records",
    "progressed": "progressed cases",
    "corrected": "corrections",
    "held": "held records",
    "withdrawn": "withdrawn records",
    "replayed": "a delivery read again",
    "reverted": "a reverted delivery",
    "contract": "a new contract for the same bytes",
    "reference": "a change of reference data",
    "definition": "a new definition, on the same evidence,",
    "method": "a new method, on the same evidence,",
}
# What a line of a statement calls a cause, and which way it went where the cause alone does not say.
_EITHER_WAY = {"reclassified", "relocated"}


def amount(value: Decimal | int, places: int = 0) -> str:
    """Return a number with its thousands apart, rounded halves to even, never ``-0``."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places))
    return f"{abs(rounded) if rounded == 0 else rounded:,f}"


def signed(value: Decimal | int, places: int = 0) -> str:
    """Return a number with its sign."""
    text = amount(value, places)
    return text if text.startswith("-") else f"+{text}"


def count(number: int, word: str, plural: str = "") -> str:
    """``1 number``, ``2 numbers``."""
    return f"{number:,} {word if number == 1 else plural or f'{word}s'}"


def listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def clause(cause: str, value: Decimal, places: int, *, is_count: bool) -> str:
    """What a cause did, as a clause with a verb: ``17 were recorded late``, ``corrections took off 2``."""
    plain = _PLAIN.get((cause, value >= 0)) if is_count else None
    if plain:
        return plain.format(n=amount(abs(value), places), was="was" if abs(value) == 1 else "were")
    noun = _NOUNS.get(cause, f"the cause {cause}")
    return f"{noun} {'added' if value >= 0 else 'took off'} {amount(abs(value), places)}"


def line_word(cause: str, value: Decimal) -> str:
    """What a statement's line calls a cause that came with a delivery."""
    return f"{cause} {'in' if value >= 0 else 'out'}" if cause in _EITHER_WAY else cause


def rule_word(cause: str, feed: str | None) -> str:
    """What a statement's line calls a cause that came with none: the rules, or a lookup that is no feed's, changed."""
    return f"{cause} changed{f', {feed}' if feed else ''} (on the same evidence)"


def lack(status: str | None) -> str:
    """Why a side gives no figure."""
    return "not covered" if status in {None, "missing"} else str(status)


def standing(status: str | None, *, has_figure: bool) -> str:
    """What stands beside a balance: nothing for a settled figure, else ``provisional`` or ``no figure: incomplete``."""
    if has_figure:
        return status if status == "provisional" else ""
    return f"no figure: {lack(status)}"


def spelled(period: str) -> str:
    """Return a period's label, with a rolling one in words beside it: ``2025-03-R12 (twelve months to March 2025)``."""
    if not period.endswith(("-R12", "-R36")):
        return period
    length = "twelve months" if period.endswith("12") else "three years"
    year, month = period.split("-")[:2]
    return f"{period} ({length} to {calendar.month_name[int(month)]} {year})"


def better(polarity: str) -> str:
    """What the metric's definition says of its direction."""
    return {"lower_is_better": "lower is better", "higher_is_better": "higher is better"}.get(polarity, "")
