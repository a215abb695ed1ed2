"""The reference intervals against other people's numbers, and the seed of exact limits against the reference."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.oracles.intervals import byar, exact, wilson

SEED = Path(__file__).resolve().parents[2] / "seeds" / "poisson_exact_95.csv"


def test_byar_by_hand() -> None:
    # 100 * (1 - 1/900 - 1.959964/30)^3 = 100 * 0.9335568^3; 101 * (1 - 1/909 + 1.959964/(3 * sqrt(101)))^3
    lower, upper = byar(count=100)
    assert lower == pytest.approx(81.36, abs=0.01)
    assert upper == pytest.approx(121.63, abs=0.01)
    assert byar(count=0)[0] == 0.0


@pytest.mark.parametrize("count", range(10))
def test_exact_is_half_of_chi_square_quantiles(count: int) -> None:
    from scipy.stats import chi2

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


# E. S. Pearson and H. O. Hartley, Biometrika Tables for Statisticians, volume 1, table 40: limits of a Poisson mean.
TABLE_40 = {
    1: ("0.0253", "5.57"), 3: ("0.619", "8.77"), 4: ("1.09", "10.24"), 5: ("1.62", "11.67"), 6: ("2.20", "13.06"),
    7: ("2.81", "14.42"), 8: ("3.45", "15.76"), 9: ("4.12", "17.08"), 10: ("4.80", "18.39"), 12: ("6.20", "20.96"),
    15: ("8.40", "24.74"), 20: ("12.22", "30.89"), 25: ("16.18", "36.90"), 30: ("20.24", "42.83"),
    50: ("37.11", "65.92"),
}  # fmt: skip


def _printed(value: float, like: str) -> str:
    return f"{value:.{len(like.partition('.')[2])}f}"


@pytest.mark.parametrize("count", TABLE_40)
def test_exact_limits_are_those_of_the_table(count: int) -> None:
    limits = TABLE_40[count]
    assert tuple(_printed(*each) for each in zip(exact(count=count), limits, strict=True)) == limits


@pytest.mark.parametrize("count", [*range(1, 30), 99, 276, 600])
def test_exact_is_half_of_chi_square_quantiles_for_larger_counts(count: int) -> None:
    from scipy.stats import chi2

    assert exact(count=count) == pytest.approx(
        (chi2.ppf(0.025, 2 * count) / 2, chi2.ppf(0.975, 2 * count + 2) / 2), rel=1e-9
    )


@pytest.mark.parametrize(
    ("count", "confidence", "limits"),
    [
        (65, 0.95, (50.163187710459454, 82.84913854593984)),
        (1045, 0.95, (982.5932018073325, 1110.33121298565)),
        (1, 0.95, (0.01307213290150435, 5.5637555824752605)),
        (65, 0.998, (42.8802614714802, 94.00029084431802)),
        (1045, 0.998, (947.9407035610374, 1148.806160988033)),
        (10, 0.998, (2.916318374695686, 24.193724927880535)),
    ],
)
def test_byar_is_the_one_of_phe(count: int, confidence: float, limits: tuple[float, float]) -> None:
    # testdata_Byars_Wilson.xlsx of PHEindicatormethods, the package behind Fingertips
    assert byar(count=count, confidence=confidence) == pytest.approx(limits, rel=1e-9)


@pytest.mark.parametrize(
    ("numerator", "denominator", "confidence", "limits"),
    [
        (65, 100, 0.95, (0.5525444329688797, 0.7363575175690247)),
        (1045, 5000, 0.95, (0.19795549880013297, 0.22049130373189027)),
        (65, 100, 0.998, (0.4954946574070431, 0.7783540614089697)),
        (1045, 5000, 0.998, (0.19179381799015244, 0.22731562902525818)),
    ],
)
def test_wilson_is_the_one_of_phe(
    numerator: int, denominator: int, confidence: float, limits: tuple[float, float]
) -> None:
    found = wilson(numerator=numerator, denominator=denominator, confidence=confidence)
    assert found == pytest.approx(limits, rel=1e-9)


@pytest.mark.parametrize(
    ("numerator", "denominator", "limits"),
    [
        (81, 263, ("0.2553", "0.3662")),
        (15, 148, ("0.0624", "0.1605")),
        (0, 20, ("0.0000", "0.1611")),
        (1, 29, ("0.0061", "0.1718")),
    ],
)
def test_wilson_is_method_3_of_newcombe(numerator: int, denominator: int, limits: tuple[str, str]) -> None:
    # R. G. Newcombe, 1998, Statistics in Medicine 17: 857-872, table I
    found = wilson(numerator=numerator, denominator=denominator)
    assert tuple(_printed(*each) for each in zip(found, limits, strict=True)) == limits


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 7), (7, 7), (1, 29), (81, 263), (12345, 98765)])
def test_wilson_is_the_one_of_statsmodels(numerator: int, denominator: int) -> None:
    from statsmodels.stats.proportion import proportion_confint

    expected = proportion_confint(numerator, denominator, method="wilson")
    assert wilson(numerator=numerator, denominator=denominator) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_drug_deaths_of_bournemouth_christchurch_and_poole() -> None:
    # ONS, deaths related to drug poisoning by local authority: 31 + 40 + 36 in 2018 to 2020, per 100,000 person-years
    rates = [count / 1_188_104 * 100_000 for count in (31 + 40 + 36, *byar(count=107))]
    assert [f"{rate:.3f}" for rate in rates] == ["9.006", "7.380", "10.883"]
