from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safer_kpi.domain.reconcile import rounded, statements
from safer_kpi.errors import CheckFailed
from tests.oracles.rates import decimal, nano, rate_effects


def test_a_rate_s_numerator_effect_is_the_mean_of_both_denominators() -> None:
    # 50/1000 -> 60/1200 per 1,000: 50 -> 50. Numerator: 10 * (1/1000 + 1/1200) / 2 * 1000 = 10 * 11/12 = 9.1666...
    # Denominator: (50 + 60) / 2 * (1/1200 - 1/1000) * 1000 = 55 * -1/6 = -9.1666...
    effects = rate_effects(opening=(50, 1000), numerator_changes=[10], denominator_changes=[200], base=1000)
    assert effects == [Decimal("9.166666667"), Decimal("-9.166666667")]


def test_the_denominator_s_effect_is_shared_by_its_changes() -> None:
    # 6/60 -> 6/100: 10 % -> 6 %; of the 40 more, 30 came late and 10 were reclassified in: -3 and -1 points.
    effects = rate_effects(opening=(6, 60), numerator_changes=[], denominator_changes=[30, 10], base=100)
    assert effects == [Decimal(-3), Decimal(-1)]


def test_a_rate_that_begins_opens_at_nothing() -> None:
    # nothing -> 3/12 = 25 %: three new outcomes at 100/12 each.
    effects = rate_effects(opening=(0, 0), numerator_changes=[2, 1], denominator_changes=[12], base=100)
    assert effects == [Decimal("16.666666667"), Decimal("8.333333333"), Decimal(0)]


def test_a_rate_that_ends_closes_at_nothing() -> None:
    # 3/12 = 25 % -> nothing.
    effects = rate_effects(opening=(3, 12), numerator_changes=[-3], denominator_changes=[-12], base=100)
    assert sum(effects) == Decimal(-25)


@given(
    n1=st.integers(0, 10**6),
    d1=st.integers(0, 10**7),
    dn=st.lists(st.integers(-1000, 1000), max_size=6),
    dd=st.lists(st.integers(0, 1000), max_size=6),
)
def test_the_effects_add_up_to_the_change_as_shown(n1: int, d1: int, dn: list[int], dd: list[int]) -> None:
    n2, d2 = n1 + sum(dn), d1 + sum(dd)
    effects = rate_effects(opening=(n1, d1), numerator_changes=dn, denominator_changes=dd, base=1000)
    start = decimal(nano(Fraction(n1 * 1000, d1))) if d1 else Decimal(0)
    end = decimal(nano(Fraction(n2 * 1000, d2))) if d2 else Decimal(0)
    if dn or dd:
        assert start + sum(effects) == end


def test_halves_round_away_from_zero() -> None:
    assert nano(Fraction(1, 2 * 10**9)) == 1
    assert nano(Fraction(-1, 2 * 10**9)) == -1
    assert nano(Fraction(1, 3 * 10**9)) == 0


def _row(step: str, amount: int | str, cause: str | None = None) -> dict[str, Any]:
    key = {
        "metric_id": "1a.robbery",
        "area_code": "L1",
        "area_name": "Seatown",
        "period": "2024-05",
        "breakdown": "all",
    }
    return key | {"step": step, "cause": cause, "feed": None, "delivery_id": None, "amount": Decimal(amount)}


def test_rows_become_statements_that_add_up() -> None:
    [found] = statements([_row("opening", 5), _row("movement", 3, "late"), _row("movement", -1), _row("closing", 7)])
    assert (found.opening, found.closing, found.residual) == (5, 7, 0)
    assert [row["amount"] for row in found.movements] == [3, -1]


def test_two_periods_of_one_label_are_two_statements() -> None:
    month = [_row("opening", 1), _row("closing", 1)]
    year = [_row("opening", 2), _row("closing", 2)]
    assert [each.opening for each in statements(month + year)] == [1, 2]


def test_a_statement_that_does_not_add_up_is_a_failed_check() -> None:
    with pytest.raises(CheckFailed, match="does not add up"):
        statements([_row("opening", 5), _row("movement", 3), _row("closing", 9)])
    with pytest.raises(CheckFailed, match="not have exactly one closing"):
        statements([_row("opening", 5), _row("movement", 3)])
    with pytest.raises(CheckFailed, match="does not follow its opening"):
        statements([_row("movement", 3)])


def test_a_shown_statement_still_adds_up() -> None:
    # 10.714 -> 17.241 by 3.448 and 3.079: rounded 10.71 + 3.45 + 3.08 = 17.24, one hundredth less than at first sight.
    rows = [_row("opening", "10.714"), _row("movement", "3.448"), _row("movement", "3.079"), _row("closing", "17.241")]
    [found] = statements(rows)
    shown = rounded(found, 2)
    assert shown.residual == 0
    assert (shown.opening, shown.closing) == (Decimal("10.71"), Decimal("17.24"))
