"""95 % intervals of counts and proportions.

The formulas are those of the Association of Public Health Observatories, *Technical Briefing 3: Commonly used public
health statistics and their confidence intervals* (2008), as Public Health England's Fingertips uses them: Byar's
approximation for counts, exact limits below ten, Wilson's score for proportions. The models state them in SQL; these
are the reference the SQL is tested against.
"""

from __future__ import annotations

import math
from statistics import NormalDist

#: Counts below this have exact limits; Byar's approximation is close enough from here on.
EXACT_BELOW = 10


def z_score(*, confidence: float = 0.95) -> float:
    """The standard normal quantile of a two-sided interval; 1.96 for 95 %."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def byar(*, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Lower and upper limit of a Poisson count by Byar's approximation; the lower limit of 0 is 0.

    Raises:
        ValueError: the count is negative.
    """
    _require(count >= 0, "A count is not negative.")
    z = z_score(confidence=confidence)
    lower = 0.0 if count == 0 else count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3
    above = count + 1
    return lower, above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3


def exact(*, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Lower and upper limit of a Poisson count, exactly: half of chi-square quantiles on 2n and 2n + 2 degrees.

    They are the means under which so many or more, and so few or fewer, have probability (1 - confidence) / 2.

    Raises:
        ValueError: the count is negative.
    """
    _require(count >= 0, "A count is not negative.")
    tail = (1 - confidence) / 2
    lower = 0.0 if count == 0 else _mean_at(count - 1, 1 - tail)
    return lower, _mean_at(count, tail)


def wilson(*, numerator: int, denominator: int, confidence: float = 0.95) -> tuple[float, float]:
    """Lower and upper limit of a proportion, between 0 and 1, by Wilson's score method.

    Raises:
        ValueError: the denominator is not positive, or the numerator is outside 0 to denominator.
    """
    _require(denominator > 0 and 0 <= numerator <= denominator, "A proportion needs 0 <= numerator <= denominator > 0.")
    z = z_score(confidence=confidence)
    share = numerator / denominator
    spread = z * math.sqrt(z * z + 4 * numerator * (1 - share))
    width = 2 * (denominator + z * z)
    return (2 * numerator + z * z - spread) / width, (2 * numerator + z * z + spread) / width


def _mean_at(count: int, probability: float) -> float:
    """The Poisson mean under which at most ``count`` has ``probability``, by bisection."""
    low, high = 0.0, 10.0 + 3 * count
    for _ in range(200):
        middle = (low + high) / 2
        if _at_most(count, middle) > probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(count: int, mean: float) -> float:
    term = total = math.exp(-mean)
    for n in range(1, count + 1):
        term *= mean / n
        total += term
    return total


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
