"""The reference intervals against other people's numbers, and the seed of exact limits against the reference."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from scipy.stats import chi2

from safer_kpi.domain.intervals import byar, exact, wilson

SEED = Path(__file__).resolve().parents[2] / "seeds" / "poisson_exact_95.csv"


def test_byar_by_hand() -> None:
    # 100 * (1 - 1/900 - 1.959964/30)^3 = 100 * 0.9335568^3; 101 * (1 - 1/909 + 1.959964/(3 * sqrt(101)))^3
    lower, upper = byar(count=100)
    assert lower == pytest.approx(81.36, abs=0.01)
    assert upper == pytest.approx(121.63, abs=0.01)
    assert byar(count=0)[0] == 0.0


@pytest.mark.parametrize("count", range(10))
def test_exact_is_half_of_chi_square_quantiles(count: int) -> None:
    lower = chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    assert exact(count=count) == pytest.approx((lower, chi2.ppf(0.975, 2 * count + 2) / 2), rel=1e-9)


def test_the_seed_holds_the_exact_limits_of_0_to_9() -> None:
    with SEED.open(encoding="utf-8") as file:
        rows = {int(row["numerator"]): (float(row["lower"]), float(row["upper"])) for row in csv.DictReader(file)}
    assert sorted(rows) == list(range(10))
    for count, limits in rows.items():
        assert limits == pytest.approx(exact(count=count), rel=1e-9)


def test_wilson_by_hand() -> None:
    # 10 of 100: (20 + 3.8415 -+ 1.96 * sqrt(3.8415 + 40 * 0.9)) / (2 * 103.8415)
    assert wilson(numerator=10, denominator=100) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert wilson(numerator=0, denominator=10)[0] == pytest.approx(0.0, abs=1e-12)


def test_byar_meets_exact_at_ten() -> None:
    assert byar(count=10) == pytest.approx(exact(count=10), rel=0.01)


@pytest.mark.parametrize(("numerator", "denominator"), [(1, 0), (-1, 5), (6, 5)])
def test_wilson_refuses_what_is_no_proportion(numerator: int, denominator: int) -> None:
    with pytest.raises(ValueError, match="proportion"):
        wilson(numerator=numerator, denominator=denominator)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        byar(count=-1)
