"""What changed between two periods: like for like, and none where the two cannot be compared.

Values in, values out. A figure is one number as it was known at a moment; ``parts`` are the months (or quarters) of a
period, in order, and those of the two periods belong together place by place.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

#: A percentage of fewer is noise that looks like news: from 4 to 6 is "up 50 %".
FEWEST_FOR_PERCENTAGE = 20
BREAK = "the question or the way of counting changed: break in series"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number; ``value`` is None where ``status`` says why there is none."""

    numerator: int | None
    denominator: int | None
    value: float | None
    status: str
    series: int | None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How a metric's numbers are made of their parts.

    Attributes:
        is_summed: whether the months of its numerator, and of a counted denominator, add up.
        denominator_kind: none, constant, residents or count.
        rate_base: what a ratio is multiplied by.
        is_percentage: whether the value is a part of a hundred: its change is told in points.
    """

    is_summed: bool
    denominator_kind: str
    rate_base: float | None
    is_percentage: bool


@dataclass(frozen=True, kw_only=True)
class Known:
    """A period as known at a moment: its own figure, and those of its parts."""

    whole: Figure | None
    parts: Sequence[Figure | None]


@dataclass(frozen=True, kw_only=True)
class Paired:
    """Two figures that can be compared, and the places of the parts they are made of; None for the whole period."""

    now: Figure
    reference: Figure
    places: tuple[int, ...] | None


def stands(figure: Figure | None) -> bool:
    """Return whether a figure has a value."""
    return figure is not None and figure.value is not None


def paired(now: Known, reference: Known, measure: Measure) -> Paired | None:
    """Return the two figures like for like: of the whole periods, else of the parts that both have.

    None if one of the periods has no value and no part of it can stand for it.
    """
    if now.whole is not None and reference.whole is not None and stands(now.whole) and stands(reference.whole):
        return Paired(now=now.whole, reference=reference.whole, places=None)
    if not measure.is_summed or now.whole is None:
        return None
    places = tuple(
        place
        for place, (one, other) in enumerate(zip(now.parts, reference.parts, strict=True))
        if stands(one) and stands(other)
    )
    if not places:
        return None
    own, before = summed(now, places, measure), summed(reference, places, measure)
    return None if own is None or before is None else Paired(now=own, reference=before, places=places)


def summed(known: Known, places: Sequence[int], measure: Measure) -> Figure | None:
    """Return the figure of some parts of a period; None if one of them has no value.

    Residents are those of the whole period: eleven months' offences are over the same residents as twelve months'.
    """
    parts = [part for place in places if (part := known.parts[place]) is not None and part.value is not None]
    if len(parts) < len(places):
        return None
    numerator = sum(part.numerator or 0 for part in parts)
    if measure.denominator_kind == "count":
        denominator: int | None = sum(part.denominator or 0 for part in parts)
    elif measure.denominator_kind == "residents":
        denominator = known.whole.denominator if known.whole else None
    else:
        denominator = parts[0].denominator
    if measure.denominator_kind == "none":
        value = float(numerator)
    elif denominator:
        value = numerator / denominator * (measure.rate_base or 1)
    else:
        return None
    series = {part.series for part in parts}
    status = "provisional" if any(part.status == "provisional" for part in parts) else parts[0].status
    return Figure(
        numerator=numerator,
        denominator=denominator,
        value=value,
        status=status,
        series=series.pop() if len(series) == 1 else None,
    )


def is_broken(one: Figure, other: Figure) -> bool:
    """Return whether two figures are of different series, so that they have nothing in common but their name."""
    return one.series is None or one.series != other.series


def difference(now: Figure, reference: Figure) -> float | None:
    """Return the value less the reference value, in the metric's unit; percentage points for a percentage."""
    return None if now.value is None or reference.value is None else now.value - reference.value


def percentage(now: Figure, reference: Figure, measure: Measure) -> float | None:
    """Return the difference as a percentage of the reference value; none if that rests on fewer than 20.

    A rate rests on its count, anything else on itself. A percentage has none: its change is told in points.
    """
    if measure.is_percentage or not reference.value or now.value is None:
        return None
    base = reference.numerator if measure.denominator_kind in ("residents", "count") else reference.value
    if base is None or base < FEWEST_FOR_PERCENTAGE:
        return None
    return 100 * (now.value - reference.value) / reference.value


def at_equal_age(known_at: dt.datetime, months: int) -> dt.datetime:
    """Return the moment at which a period that ended ``months`` earlier was as old as another one at ``known_at``.

    The last day of a shorter month stands for a day that it does not have.
    """
    index = known_at.year * 12 + known_at.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return known_at.replace(year=year, month=month, day=min(known_at.day, calendar.monthrange(year, month)[1]))
