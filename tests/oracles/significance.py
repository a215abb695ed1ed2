"""Is a difference between two numbers more than chance? Two tests, two-sided.

These are the reference the columns of :mod:`safer_kpi.compute.significance` are tested against.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from safer_kpi.domain.judging import TIES


class Result(NamedTuple):
    """What a test found.

    Attributes:
        statistic: the rate ratio of the conditional Poisson test (None where b has no event), z of the score test.
        p_value: the probability of a difference as unlikely as this one, or more so, where nothing has changed.
    """

    statistic: float | None
    p_value: float


def conditional_poisson(*, count_a: int, exposure_a: float, count_b: int, exposure_b: float) -> Result:
    """Whether two Poisson counts have the same rate per exposure, exactly.

    Given their total, the first count is binomial with the share of its exposure (J. Przyborowski and H. Wilenski,
    1940, Biometrika 31: 313-323). The two-sided p adds the probabilities of every split that is no more probable than
    the observed one, as ``poisson.test`` and ``binom.test`` of R do.

    Raises:
        ValueError: a count is negative or an exposure is not positive.
    """
    if min(count_a, count_b) < 0 or min(exposure_a, exposure_b) <= 0:
        raise ValueError("A count is not negative and an exposure is positive.")
    total = count_a + count_b
    ratio = (count_a / exposure_a) / (count_b / exposure_b) if count_b else None
    odds = exposure_a / exposure_b
    # Up and down from the most probable split, each from its neighbour: no factorial ever overflows.
    top = min(total, int((total + 1) * odds / (1 + odds)))
    weights = [0.0] * (total + 1)
    weights[top] = 1.0
    for split in range(top, total):
        weights[split + 1] = weights[split] * (total - split) / (split + 1) * odds
    for split in range(top, 0, -1):
        weights[split - 1] = weights[split] * split / (total - split + 1) / odds
    unlikely = weights[count_a] * TIES
    return Result(ratio, min(1.0, math.fsum(w for w in weights if w <= unlikely) / math.fsum(weights)))


def score_test(*, numerator_a: int, denominator_a: int, numerator_b: int, denominator_b: int) -> Result:
    """Whether two proportions are the same: z with the pooled proportion, without continuity correction.

    z squared is Pearson's chi-square of the two by two table (A. Agresti, *Categorical Data Analysis*, 3rd edition
    2013, section 3.2). Where both are 0 or both are 1 nothing differs: z is 0 and p is 1.

    Raises:
        ValueError: a denominator is not positive, or a numerator is outside 0 to its denominator.
    """
    if not (0 <= numerator_a <= denominator_a > 0 and 0 <= numerator_b <= denominator_b > 0):
        raise ValueError("A proportion needs 0 <= numerator <= denominator > 0.")
    pooled = (numerator_a + numerator_b) / (denominator_a + denominator_b)
    if pooled in {0.0, 1.0}:
        return Result(0.0, 1.0)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / denominator_a + 1 / denominator_b))
    z = (numerator_a / denominator_a - numerator_b / denominator_b) / spread
    return Result(z, math.erfc(abs(z) / math.sqrt(2)))


def smallest_expected(*, numerator_a: int, denominator_a: int, numerator_b: int, denominator_b: int) -> float:
    """The smallest of the four counts two proportions would have if they were the same.

    Below :data:`FEWEST_EXPECTED` the score test is not used. Both denominators are then at least twice as large.
    """
    events, size = numerator_a + numerator_b, denominator_a + denominator_b
    return min(denominator_a, denominator_b) * min(events, size - events) / size
