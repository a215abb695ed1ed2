"""XmR charts: does a series still vary as it always did, or has something changed?

The rules are those of NHS England's *Making Data Count* ("Plot the dots"), as the R package NHSRplotthedots 0.2.2
computes them. Limits are the mean plus and minus 2.66 mean moving ranges. A point is a signal where, in this order,

1. ``outside``: it lies beyond a limit;
2. ``trend``: it is one of seven or more points that each rise, or each fall;
3. ``two_in_three``: it lies in the outer third of the way to a limit, and so does another of three consecutive points
   that are all on its side of the mean;
4. ``shift``: it is one of seven or more consecutive points on one side of the mean.

The R package leaves moving ranges above 3.267 mean moving ranges out of the limits unless told otherwise (L. S. Nelson,
1982, Journal of Quality Technology 14: 172-173); NHS England's own tool keeps them, and so is the default here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from safer_kpi.domain.judging import LIMIT, ROUNDING, RUN

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Moving ranges above so many mean moving ranges are outliers.
SCREEN = 3.267

Rule = Literal["outside", "trend", "two_in_three", "shift"]


@dataclass(frozen=True)
class Signal:
    """Why one point is more than routine variation.

    Attributes:
        rule: the first rule it breaks.
        direction: 1 for high or rising, -1 for low or falling.
    """

    rule: Rule
    direction: int


@dataclass(frozen=True)
class Chart:
    """One XmR chart.

    Attributes:
        mean: the centre line.
        moving_range: the mean difference between one point and the next.
        lower, upper: the process limits.
        signals: for each point its signal, or None.
    """

    mean: float
    moving_range: float
    lower: float
    upper: float
    signals: tuple[Signal | None, ...]

    def sigmas(self, value: float) -> float | None:
        """How far a value lies from the mean, in sigma; beyond 3 is outside. None where nothing ever varied."""
        return (value - self.mean) / (self.moving_range * LIMIT / 3) if self.moving_range else None


def chart(*, values: Sequence[float], screen: bool = False) -> Chart:
    """The chart of a series in the order of time; ``screen`` leaves outlying moving ranges out of the limits.

    Raises:
        ValueError: there are fewer than two values.
    """
    if len(values) < 2:
        raise ValueError("A chart needs two values.")
    mean = math.fsum(values) / len(values)
    ranges = [abs(after - before) for before, after in pairwise(values)]
    typical = math.fsum(ranges) / len(ranges)
    if screen:
        kept = [each for each in ranges if each < SCREEN * typical]
        typical = math.fsum(kept) / len(kept) if kept else 0.0
    reach = LIMIT * typical
    rounding = ROUNDING * abs(mean)
    distances = [0.0 if abs(value - mean) <= rounding else value - mean for value in values]
    return Chart(mean, typical, mean - reach, mean + reach, _signals(values, distances, reach, rounding))


def _signals(
    values: Sequence[float], distances: Sequence[float], reach: float, rounding: float
) -> tuple[Signal | None, ...]:
    sides = [_sign(distance) for distance in distances]
    outside = [side if abs(distance) > reach + rounding else 0 for side, distance in zip(sides, distances, strict=True)]
    near = [
        side if not out and abs(distance) > reach * 2 / 3 + rounding else 0
        for side, out, distance in zip(sides, outside, distances, strict=True)
    ]
    steps = [_sign(after - before) for before, after in pairwise(values)]
    found: dict[Rule, list[int]] = {
        "outside": outside,
        "trend": _trends(steps),
        "two_in_three": _two_in_three(near, sides),
        "shift": _runs(sides, RUN),
    }
    return tuple(
        next((Signal(rule, marks[at]) for rule, marks in found.items() if marks[at]), None) for at in range(len(values))
    )


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _runs(signs: Sequence[int], length: int) -> list[int]:
    """The sign of every place that is part of ``length`` or more equal signs in a row, else 0."""
    marks = [0] * len(signs)
    for end in range(length, len(signs) + 1):
        if signs[end - 1] and len(set(signs[end - length : end])) == 1:
            marks[end - length : end] = [signs[end - 1]] * length
    return marks


def _trends(steps: Sequence[int]) -> list[int]:
    """The direction of every point of a trend; a point that ends one trend and begins another belongs to the later."""
    rising = _runs(steps, RUN - 1)
    return [first or second for first, second in zip([*rising, 0], [0, *rising], strict=True)]


def _two_in_three(near: Sequence[int], sides: Sequence[int]) -> list[int]:
    marks = [0] * len(near)
    for start in range(len(near) - 2):
        three = near[start : start + 3]
        if abs(sum(sides[start : start + 3])) == 3 and abs(sum(three)) >= 2:
            marks[start : start + 3] = [now or mark for now, mark in zip(three, marks[start:], strict=False)]
    return marks
