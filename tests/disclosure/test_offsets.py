"""Frozen offset rounding: what an offset is, and that it favours no figure."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from safer_kpi.disclosure.protect.offset import atom_name, offset, rounded
from tests.disclosure.tables import KEY, quarter


def test_an_offset_is_the_keyed_hash_of_the_atoms_name() -> None:
    """The name and its code, written by hand and by OpenSSL.

    printf '["1a.m", 1, "W01", "quarter", "2023-24-Q1", "all"]' | openssl dgst -sha256 -mac HMAC -macopt hexkey:00…1f
    """
    name = atom_name("1a.m", series=1, area="W01", period=quarter(0), breakdown="all")
    assert name == b'["1a.m", 1, "W01", "quarter", "2023-24-Q1", "all"]'
    assert offset(KEY, name) == int("d91182b80a35fae02230b29f70c214607b3a32bd746831231c6fec873fb06ba1", 16) % 5


@pytest.mark.parametrize("count", range(12))
def test_over_the_five_offsets_the_mean_is_the_count_and_no_figure_is_further_off_than_four(count: int) -> None:
    shown = [rounded(count, by) for by in range(5)]
    assert sum(shown) == 5 * count
    assert max(abs(one - count) for one in shown) <= 4
    assert {one % 5 for one in shown} == {0}


def test_what_a_shown_figure_may_be() -> None:
    """A shown 0 means 0 to 4, a shown 5 means 1 to 9."""
    possible = {
        shown: {count for count in range(20) for by in range(5) if rounded(count, by) == shown} for shown in (0, 5, 10)
    }
    assert possible == {0: set(range(5)), 5: set(range(1, 10)), 10: set(range(6, 15))}


def test_each_offset_is_as_likely_over_many_atoms() -> None:
    """Of 20,000 atoms each offset has 4,000; six standard deviations are 6 * sqrt(20,000 * 0.2 * 0.8) = 339."""
    found = Counter(
        offset(KEY, atom_name("1a.m", series=1, area=f"W{ward:05}", period=quarter(number), breakdown="all"))
        for ward in range(2500)
        for number in range(8)
    )
    assert sum(found.values()) == 20_000
    assert all(abs(number - 4000) < 340 for number in found.values())
    errors = [
        rounded(2, offset(KEY, atom_name("1a.m", series=1, area=f"W{ward:05}", period=quarter(0), breakdown="all"))) - 2
        for ward in range(2500)
    ]
    # 2 is shown as 0 or 5, with a variance of 2 * 3 = 6: six standard errors of the mean are 6 * sqrt(6 / 2,500) = 0.29
    assert abs(sum(errors) / len(errors)) < 0.29


def test_no_two_atoms_share_a_name_by_what_stands_in_it() -> None:
    names = {
        atom_name(family, series=series, area=area, period=quarter(number), breakdown=part)
        for family in ("1a.m", '1a.m", 1, "W01')
        for series in (1, 11)
        for area in ("W01", "W01:elsewhere")
        for number in (0, 1)
        for part in ("all", "age:0-9")
    }
    assert len(names) == 32
    assert all(re.fullmatch(rb"[ -~]+", name) for name in names)
