"""The reference tests against published examples and other people's implementations, and the columns against them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from safer_kpi.compute import significance as columns
from safer_kpi.domain.judging import FEWEST_EXPECTED
from tests.oracles.significance import conditional_poisson, score_test, smallest_expected


def _pairs(seed: int, most: int, rows: int) -> list[tuple[int, float, int, float]]:
    draw = random.Random(seed)
    return [
        (draw.randint(0, most), draw.uniform(20, 2e5), draw.randint(1, most), draw.uniform(20, 2e5))
        for _ in range(rows)
    ]


# Exposures a year, a quarter and a leap year apart, equal ones (whose ties are exact), and far unequal ones.
PAIRS = [
    (11, 800.0, 21, 3011.0),
    (7, 365.0, 7, 366.0),
    (0, 91.0, 10, 92.0),
    (12, 30.0, 3, 30.0),
    (3, 30.0, 12, 30.0),
    (50, 1.0, 50, 1.0),
    (5, 1.0, 10, 2.0),
    (2, 1.0, 900, 3000.0),
    (1204, 365.0, 1311, 366.0),
    (30000, 365.0, 30600, 365.0),
    *_pairs(1, 40, 20),
    *_pairs(2, 4000, 20),
]


def test_the_example_of_r_poisson_test() -> None:
    # poisson.test(c(11, 6+8+7), c(800, 1083+1050+878)): p-value = 0.07967, rate ratio 1.971488 (help page of R's stats)
    found = conditional_poisson(count_a=11, exposure_a=800, count_b=21, exposure_b=3011)
    assert found.statistic == pytest.approx(1.971488, abs=5e-7)
    assert found.p_value == pytest.approx(0.07967, abs=5e-6)


def test_conditional_poisson_by_hand() -> None:
    # Eight and one in equal time: of 2^9 splits those no more probable are 0, 1, 8, 9 to one side: 1+9+9+1 = 20 of 512
    assert conditional_poisson(count_a=8, exposure_a=1, count_b=1, exposure_b=1).p_value == pytest.approx(20 / 512)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]}-{pair[2]}")
def test_conditional_poisson_is_the_exact_binomial_test(pair: tuple[int, float, int, float]) -> None:
    from scipy.stats import binomtest

    a, exposure_a, b, exposure_b = pair
    expected = binomtest(a, a + b, exposure_a / (exposure_a + exposure_b)).pvalue
    found = conditional_poisson(count_a=a, exposure_a=exposure_a, count_b=b, exposure_b=exposure_b)
    assert found.p_value == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("pair", PAIRS[:10], ids=lambda pair: f"{pair[0]}-{pair[2]}")
def test_conditional_poisson_is_the_one_of_statsmodels(pair: tuple[int, float, int, float]) -> None:
    from statsmodels.stats.rates import test_poisson_2indep as poisson_2indep

    a, exposure_a, b, exposure_b = pair
    expected = poisson_2indep(a, exposure_a, b, exposure_b, method="exact-cond", compare="ratio").pvalue
    found = conditional_poisson(count_a=a, exposure_a=exposure_a, count_b=b, exposure_b=exposure_b)
    assert found.p_value == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_no_event_at_all_is_no_difference() -> None:
    assert conditional_poisson(count_a=0, exposure_a=1, count_b=0, exposure_b=2) == (None, 1.0)


@pytest.mark.parametrize(("count", "exposure"), [(-1, 1.0), (1, 0.0)])
def test_conditional_poisson_refuses_what_is_no_rate(count: int, exposure: float) -> None:
    with pytest.raises(ValueError, match="exposure is positive"):
        conditional_poisson(count_a=count, exposure_a=exposure, count_b=1, exposure_b=1)


def test_the_columns_are_the_conditional_poisson_test() -> None:
    a, exposure_a, b, exposure_b = (np.array(column, dtype=float) for column in zip(*PAIRS, strict=True))
    ratio, p = columns.conditional_poisson(a, exposure_a, b, exposure_b)
    for at, pair in enumerate(PAIRS):
        expected = conditional_poisson(count_a=pair[0], exposure_a=pair[1], count_b=pair[2], exposure_b=pair[3])
        assert p[at] == pytest.approx(expected.p_value, rel=1e-9, abs=1e-12)
        assert ratio[at] == pytest.approx(expected.statistic, rel=1e-12)


def test_the_columns_have_no_ratio_to_nothing() -> None:
    ratio, p = columns.conditional_poisson(np.array([12.0]), np.array([1.0]), np.array([0.0]), np.array([1.0]))
    assert np.isnan(ratio[0])
    assert p[0] == pytest.approx(2 / 2**12)  # all twelve on one side, or all on the other


def test_a_published_score_test() -> None:
    # Physicians' Health Study, aspirin and heart attacks: X^2 = 25.01, z = 5.00 (Agresti, Categorical Data Analysis)
    found = score_test(numerator_a=189, denominator_a=11034, numerator_b=104, denominator_b=11037)
    assert found.statistic == pytest.approx(5.00, abs=0.005)
    assert found.statistic**2 == pytest.approx(25.01, abs=0.005)


def test_the_example_of_statsmodels_proportions_ztest() -> None:
    # proportions_ztest([5, 12], [83, 99]): its documentation prints 0.159
    found = score_test(numerator_a=5, denominator_a=83, numerator_b=12, denominator_b=99)
    assert found.p_value == pytest.approx(0.159, abs=5e-4)


SHARES = [(5, 83, 12, 99), (81, 263, 15, 148), (250, 1000, 260, 990), (1, 40, 39, 40), (9000, 31000, 8000, 29000)]


@pytest.mark.parametrize("shares", SHARES, ids=lambda shares: f"{shares[0]}-{shares[2]}")
def test_score_is_the_z_test_of_statsmodels(shares: tuple[int, int, int, int]) -> None:
    from statsmodels.stats.proportion import proportions_ztest

    a, of_a, b, of_b = shares
    z, p = proportions_ztest([a, b], [of_a, of_b])
    found = score_test(numerator_a=a, denominator_a=of_a, numerator_b=b, denominator_b=of_b)
    assert found == pytest.approx((z, p), rel=1e-9)


def test_the_columns_are_the_score_test() -> None:
    shares = [*SHARES, (0, 50, 0, 60), (50, 50, 60, 60)]
    a, of_a, b, of_b = (np.array(column, dtype=float) for column in zip(*shares, strict=True))
    z, p = columns.score_test(a, of_a, b, of_b)
    for at, (top_a, bottom_a, top_b, bottom_b) in enumerate(shares):
        expected = score_test(numerator_a=top_a, denominator_a=bottom_a, numerator_b=top_b, denominator_b=bottom_b)
        assert (z[at], p[at]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("numerator", [-1, 6])
def test_score_refuses_what_is_no_proportion(numerator: int) -> None:
    with pytest.raises(ValueError, match="proportion"):
        score_test(numerator_a=numerator, denominator_a=5, numerator_b=1, denominator_b=5)


def test_too_few_expected_includes_a_small_denominator() -> None:
    # 5 of 9 and 50 of 91: pooled 55 %, so of the nine 4.05 are expected without the event
    few = smallest_expected(numerator_a=5, denominator_a=9, numerator_b=50, denominator_b=91)
    assert few == pytest.approx(4.05)
    # Ten each and half of them: five in every cell
    assert smallest_expected(numerator_a=6, denominator_a=10, numerator_b=4, denominator_b=10) == FEWEST_EXPECTED
