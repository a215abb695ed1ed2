"""One count before and after a revision that is known: the usual rule gives it away, a frozen offset does not.

The usual rule shows 0 or 5 for 1 to 4, exact counts from 5 on, and keeps what it showed as long as it is possible.
"""

from __future__ import annotations

from itertools import product

import pytest

from safer_kpi.disclosure.audit.judge import judge
from safer_kpi.disclosure.audit.knowledge import Knowledge

WIDTH = 5


def _run(possible: set[int], true: int) -> tuple[int, int]:
    low = high = true
    while low - 1 in possible:
        low -= 1
    while high + 1 in possible:
        high += 1
    return low, high


# What was shown, the true counts, what each showing leaves. A 0 that became 5 was no longer possible, so the count is 5
# or more and shown as it is; a 5 that became 0 is no longer 1 to 5, and of the others only 0 is shown so.
@pytest.mark.parametrize(
    ("moved", "before", "after", "left_before", "left_after", "expected"),
    [
        ("0 to 5", 3, 5, range(5), range(5, 6), (3, 4)),
        ("5 to 0", 2, 0, range(1, 6), range(1), (1, 2)),
        ("5 to 6", 4, 6, range(1, 6), range(6, 7), (4, 5)),
        ("6 to 5", 6, 4, range(6, 7), range(1, 6), (4, 5)),
    ],
)
def test_the_usual_rule_is_found(
    moved: str, before: int, after: int, left_before: range, left_after: range, expected: tuple[int, int]
) -> None:
    change = abs(after - before)
    pairs = [(a, b) for a, b in product(left_before, left_after) if a != b and abs(a - b) <= change]
    small = 0 if 1 <= before <= 4 else 1
    assert _run({pair[small] for pair in pairs}, (before, after)[small]) == expected, moved
    found = judge(_linked((before, after), (left_before, left_after), change).system())
    assert [(one.cell, one.least, one.most) for one in found] == [(f"count {small}", *expected)]
    assert any(words.startswith(f"figure {1 - small}") for words in found[0].because)


@pytest.mark.parametrize("offset", range(5))
@pytest.mark.parametrize(("before", "after"), [(1, 5), (4, 5), (3, 0), (1, 0), (4, 6), (2, 6), (6, 4), (7, 2), (1, 2)])
def test_a_frozen_offset_leaves_five(before: int, after: int, offset: int) -> None:
    figure = (before + offset) // 5 * 5
    left = range(max(0, figure - 4), figure + 5)
    assert not judge(_linked((before, after), (left, range(200)), abs(after - before)).system())


def test_a_link_that_is_false_is_named() -> None:
    # Said to have changed by 1 at most; it changed by 3
    found = judge(_linked((2, 5), (range(5), range(10)), 1).system())
    assert [(one.kind, one.because) for one in found] == [("the model is wrong: a relation", ("it was revised",))]


def _linked(truth: tuple[int, int], left: tuple[range, range], change: int) -> Knowledge:
    knowledge = Knowledge()
    cells = [
        knowledge.cell(f"count {at}", truth=true, enough=WIDTH * (1 <= true <= 4)) for at, true in enumerate(truth)
    ]
    for cell, numbers in zip(cells, left, strict=True):
        knowledge.say(cell, numbers[0], numbers[-1], f"figure {cell}")
    knowledge.link(*cells, change, "it was revised")
    return knowledge


def test_reasons_that_only_whole_numbers_give_are_named() -> None:
    # Fractions leave 0 to 4. It is 4 less than twice another whole number, so it is 0, 2 or 4, and 2 has no neighbour.
    knowledge = Knowledge()
    small = knowledge.cell("small", truth=2, enough=WIDTH)
    other = knowledge.cell("other", truth=3)
    knowledge.say(small, 0, 4, "figure of small")
    knowledge.say(other, 0, 10, "figure of other")
    knowledge.relate([(small, 1.0), (other, -2.0)], -4, -4, "small and 4 are twice the other")
    found = judge(knowledge.system())
    assert [(one.cell, one.least, one.most) for one in found] == [("small", 2, 2)]
    assert "small and 4 are twice the other" in found[0].because
