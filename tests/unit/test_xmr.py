"""XmR charts against published examples, and each rule at its boundary."""

from __future__ import annotations

import pytest

from tests.oracles.xmr import Signal, chart

# NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2, Individuals Control Charts: batch 1 to 10.
NIST = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
# set.seed(123); rnorm(20) in R: the series the tests of NHSRplotthedots 0.2.2 print their results for.
NHSR = [
    -0.56047565, -0.23017749, 1.55870831, 0.07050839, 0.12928774, 1.71506499, 0.46091621, -1.26506123, -0.68685285,
    -0.44566197, 1.22408180, 0.35981383, 0.40077145, 0.11068272, -0.55584113, 1.78691314, 0.49785048, -1.96661716,
    0.70135590, -0.47279141,
]  # fmt: skip


def test_the_example_of_the_nist_handbook() -> None:
    # Printed: mean 50.81, mean moving range 1.8778, limits 45.8159 and 55.8041 with 3/1.128 where 2.66 is the rounded
    found = chart(values=NIST)
    assert found.mean == pytest.approx(50.81, abs=5e-5)
    assert found.moving_range == pytest.approx(1.8778, abs=5e-5)
    assert (found.lower, found.upper) == pytest.approx((45.8159, 55.8041), abs=0.001)
    assert found.signals == (None,) * 10


@pytest.mark.parametrize(
    ("changed", "screen", "printed"),
    [
        (False, True, (0.1416238, -3.01138, 3.294627)),
        (True, True, (0.6694159, -2.383666, 3.722497)),
        (True, False, (0.6694159, -4.596625, 5.935457)),
    ],
    ids=["as drawn", "outlier screened", "outlier kept"],
)
def test_the_limits_nhsrplotthedots_prints(changed: bool, screen: bool, printed: tuple[float, float, float]) -> None:
    values = [*NHSR[:14], 10.0, *NHSR[15:]] if changed else NHSR
    found = chart(values=values, screen=screen)
    assert (found.mean, found.lower, found.upper) == pytest.approx(printed, abs=5e-6)


def _signal(values: list[float]) -> Signal | None:
    return chart(values=values).signals[-1]


# Twelve points with a mean of 0 and moving ranges of 2.
QUIET = [1.0, -1.0] * 6


def test_a_point_beyond_a_limit() -> None:
    # Thirteen points: mean x/13, mean moving range (22 + x + 1)/12; x is outside where x - x/13 > 2.66 (23 + x)/12,
    # so from 7.27 on
    assert _signal([*QUIET, 7.3]) == Signal("outside", 1)
    assert _signal([*QUIET, 7.2]) is None
    assert _signal([*(-x for x in QUIET), -7.3]) == Signal("outside", -1)


def test_a_point_on_the_limit_is_inside() -> None:
    # A series that never varies lies on both of its limits, also where its mean is off by the last digit of a float
    assert chart(values=[3.0] * 14).signals == (None,) * 14
    assert chart(values=[0.1] * 24).signals == (None,) * 24


def test_seven_rising_points_are_a_trend_and_six_are_not() -> None:
    assert _signal([9.0, 0.0, 9.0, 1, 2, 3, 4, 5, 6, 7]) == Signal("trend", 1)
    assert _signal([9.0, 0.0, 9.0, 0, 9, 2, 3, 4, 5, 6, 7]) is None
    assert _signal([0.0, 9.0, 0.0, 9, 7, 6, 5, 4, 3, 2]) == Signal("trend", -1)


def test_a_repeated_value_ends_a_trend() -> None:
    assert _signal([9.0, 0.0, 9.0, 0, 9, 1, 2, 3, 4, 4, 5, 6, 7]) is None


def test_every_point_of_a_trend_is_marked() -> None:
    found = chart(values=[0.0, 9.0, 0.0, 9, 1, 2, 3, 4, 5, 6, 7, 1, 9, 0]).signals
    assert [each is not None and each.rule == "trend" for each in found] == [False] * 4 + [True] * 7 + [False] * 3


def test_seven_points_on_one_side_are_a_shift_and_six_are_not() -> None:
    # Means 4.7 and 4.6: 5 and 6 lie above them
    assert _signal([0.0, 9.0, 0.0, 5, 6, 5, 6, 5, 6, 5]) == Signal("shift", 1)
    assert _signal([0.0, 9.0, 0.0, 9, 0, 5, 6, 5, 6, 5, 6]) is None


def test_two_of_three_near_a_limit() -> None:
    # Mean 21.54, mean moving range 2.17: limits at 5.76 from it, their outer third from 3.84 on; 26 lies 4.46 above
    values = [20.0, 22, 19, 21, 20, 23, 18, 21, 20, 22, 22, 26, 26]
    found = chart(values=values).signals
    assert found[-2:] == (Signal("two_in_three", 1), Signal("two_in_three", 1))
    assert found[-3] is None  # the third of the three is not near the limit itself


def test_the_third_point_must_lie_on_the_same_side() -> None:
    # As above with 20 before the two: mean 21.38, and 20 is below it
    assert _signal([20.0, 22, 19, 21, 20, 23, 18, 21, 20, 22, 20, 26, 26]) is None


def test_two_points_near_opposite_limits_are_no_signal() -> None:
    # The case NHSRplotthedots tests: a symmetrical series that ends near the upper, then near the lower limit
    found = chart(values=[1.0, -1.0] * 7 + [5.5, -5.5], screen=True)
    assert found.signals[-2:] == (None, None)


def test_sigmas_count_thirds_of_the_way_to_a_limit() -> None:
    found = chart(values=NIST)
    assert found.sigmas(found.upper) == pytest.approx(3)
    assert found.sigmas(found.mean) == 0
    assert chart(values=[3.0, 3.0]).sigmas(3.0) is None


def test_one_value_is_no_series() -> None:
    with pytest.raises(ValueError, match="two values"):
        chart(values=[1.0])
