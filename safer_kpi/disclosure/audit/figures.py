"""What a published figure says of the count behind it, by the rule it was made by."""

from __future__ import annotations

from math import ceil, floor, inf

import numpy as np
from scipy.special import gammaincinv

#: Figures of protected counts are multiples of this, and less than this away from the count.
BASE = 5
#: The numbers that an interval is searched for in.
_SEARCHED = 100_000
_Z = 1.959963984540054


def rounded(figure: int) -> tuple[float, float]:
    """Return the least and most of a count that is shown rounded by a frozen offset."""
    return max(0, figure - BASE + 1), figure + BASE - 1


def tolerance(value: float) -> float:
    """Return half of the last decimal of a value, which has at most six."""
    text = f"{value:.6f}".rstrip("0")
    return 0.5 * 10.0 ** -len(text.partition(".")[2]) * (1 + 1e-9)


def from_rate(value: float, *, denominator: float, base: float) -> tuple[float, float]:
    """Return the least and most of a numerator whose rate is a value, rounded to its decimals."""
    near = tolerance(value)
    least = (value - near) * denominator / base
    return max(0, ceil(least - 1e-9)), floor((value + near) * denominator / base + 1e-9)


def from_limits(lower: float | None, upper: float | None, *, scale: float = 1.0) -> tuple[float, float]:
    """Return the least and most of a count whose 95 % limits are these, rounded to their decimals.

    Poisson limits are taken as exact or as Byar's, whichever fits; limits that fit no count say nothing.

    Args:
        lower: the lower limit, if it is published.
        upper: the upper limit, likewise.
        scale: what a count is multiplied by before its limits are rounded.
    """
    numbers = np.arange(_SEARCHED, dtype=float)
    fits = np.zeros(_SEARCHED, dtype=bool)
    for low, high in (_exact(numbers), _byar(numbers)):
        fit = np.ones(_SEARCHED, dtype=bool)
        for limit, stated in ((low, lower), (high, upper)):
            if stated is not None:
                fit &= np.abs(limit * scale - stated) <= tolerance(stated)
        fits |= fit
    possible = np.flatnonzero(fits)
    return (float(possible[0]), float(possible[-1])) if possible.size else (0, inf)


def _exact(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    lower = np.where(numbers > 0, gammaincinv(np.maximum(numbers, 1), 0.025), 0.0)
    return lower, gammaincinv(numbers + 1, 0.975)


def _byar(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    some, above = np.maximum(numbers, 1), numbers + 1
    lower = some * (1 - 1 / (9 * some) - _Z / (3 * np.sqrt(some))) ** 3
    return np.where(numbers > 0, lower, 0.0), above * (1 - 1 / (9 * above) + _Z / (3 * np.sqrt(above))) ** 3
