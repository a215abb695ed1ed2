"""Two-sided tests of whole columns of pairs: the exact conditional Poisson test and the score test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from safer_kpi.domain.judging import TIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.float64]


def conditional_poisson(count_a: Column, exposure_a: Column, count_b: Column, exposure_b: Column) -> tuple[Any, Any]:
    """Return rate ratios (NaN where b has no event) and two-sided exact p of pairs of Poisson counts."""
    from scipy.special import betainc  # imported where it is needed: it costs a quarter of a second

    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(count_b > 0, (count_a / exposure_a) / (count_b / exposure_b), np.nan)
    total, share = count_a + count_b, exposure_a / (exposure_a + exposure_b)
    # A count above its expectation is turned round, so that the observed tail is always the lower one.
    above = count_a > total * share
    low = np.where(above, count_b, count_a)
    share = np.where(above, 1 - share, share)
    other = _other_tail(low, total, share)
    lower = betainc(np.maximum(total - low, 1), low + 1, 1 - share)
    upper = np.where(other <= total, betainc(np.minimum(other, total), total - np.minimum(other, total) + 1, share), 0)
    p = np.where((low == total * share) | (low >= total), 1.0, np.minimum(1.0, lower + upper))
    return ratio, p


def _other_tail(low: Column, total: Column, share: Column) -> Any:
    """Return the least count above the expectation that is no more probable than ``low``; total + 1 where none is."""
    observed = _log_weight(low, total, share) + np.log(TIES)
    begin, end = np.ceil(total * share), total + 1
    # Probabilities only fall from the expectation on: halve the stretch until it is one count.
    while (begin < end).any():
        middle = np.floor((begin + end) / 2)
        found = _log_weight(np.minimum(middle, total), total, share) <= observed
        found |= middle > total
        open_ = begin < end
        end = np.where(open_ & found, middle, end)
        begin = np.where(open_ & ~found, middle + 1, begin)
    return end


def _log_weight(count: Column, total: Column, share: Column) -> Any:
    """Return the logarithm of a binomial probability, but for what depends on ``total`` alone."""
    from scipy.special import gammaln

    return count * np.log(share) + (total - count) * np.log1p(-share) - gammaln(count + 1) - gammaln(total - count + 1)


def score_test(numerator_a: Column, denominator_a: Column, numerator_b: Column, denominator_b: Column) -> Any:
    """Return the z and the two-sided p of pairs of proportions."""
    from scipy.special import erfc

    pooled = (numerator_a + numerator_b) / (denominator_a + denominator_b)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / denominator_a + 1 / denominator_b))
    difference = numerator_a / denominator_a - numerator_b / denominator_b
    z = np.divide(difference, spread, out=np.zeros_like(difference), where=spread > 0)
    return z, erfc(np.abs(z) / np.sqrt(2))
