"""The attacker of the tests finds what there is to find, in small tables whose every solution is written out."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tests.oracles.attacker import Knowledge

counts = st.lists(st.integers(0, 3), min_size=4, max_size=4)


@given(counts, st.lists(st.sampled_from(["exact", "rounded", "hidden"]), min_size=9, max_size=9))
def test_it_leaves_what_a_table_of_two_by_two_leaves(table: list[int], how: list[str]) -> None:
    """Four counts, their rows, columns and whole, each shown exactly, shown to five, or hidden."""
    a, b, c, d = table
    cells = {"a": a, "b": b, "c": c, "d": d, "ab": a + b, "cd": c + d, "ac": a + c, "bd": b + d, "all": a + b + c + d}
    bounds = {name: _bounds(true, each) for (name, true), each in zip(cells.items(), how, strict=True)}
    k = Knowledge()
    for name, (low, high) in bounds.items():
        k.number(name, low, high)
    for whole, parts in (("ab", "ab"), ("cd", "cd"), ("ac", "ac"), ("bd", "bd")):
        k.is_sum(whole, parts)
    k.is_sum("all", ["ab", "cd"])
    k.is_sum("all", ["ac", "bd"])
    solutions = []
    for w, x, y, z in product(range(13), repeat=4):
        made = {
            "a": w,
            "b": x,
            "c": y,
            "d": z,
            "ab": w + x,
            "cd": y + z,
            "ac": w + y,
            "bd": x + z,
            "all": w + x + y + z,
        }
        if all(low <= made[name] <= high for name, (low, high) in bounds.items()):
            solutions.append(made)
    left = {name: (min(s[name] for s in solutions), max(s[name] for s in solutions)) for name in cells}
    assert k.left(cells) == {name: (low, high) for name, (low, high) in left.items() if high - low < 4}


def _bounds(true: int, how: str) -> tuple[int, int]:
    if how == "exact":
        return true, true
    return (max(0, 5 * ((true + 2) // 5) - 4), 5 * ((true + 2) // 5) + 4) if how == "rounded" else (0, 12)


def test_a_count_that_moved_by_one_between_two_releases_is_found() -> None:
    """4 is hidden as 0 to 4, and 5 is shown a release later: by one, so it was 4."""
    k = Knowledge()
    k.number("before", 0, 4)
    k.number("after", 5, 5)
    k.is_near("before", "after", 1)
    assert k.left({"before": 4}) == {"before": (4, 4)}


def test_a_part_of_a_small_whole_is_found() -> None:
    k = Knowledge()
    k.number("part", 0, 4)
    k.number("whole", 2, 2)
    k.is_part("part", "whole")
    assert k.left({"part": 1}) == {"part": (0, 2)}
