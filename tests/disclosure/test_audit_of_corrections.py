"""The audit takes a signed correction for two figures of one count, each in the state of its release."""

from __future__ import annotations

import pytest

from safer_kpi.disclosure.audit.chain.cells import Model
from safer_kpi.disclosure.audit.result import NARROWED, NOT_A_SUM, PUBLISHED_TWICE
from tests.disclosure.chains import AUTHORITY, HURT, Q1, SECOND, SEVENTEEN, Story, by_ward, cell, count, ward

WHOLE = sum(SEVENTEEN) + 1


def _corrected(at: int, by: int) -> Story:
    """One ward's count differs in the second release, and the authority's exact figure is corrected to it."""
    story = by_ward(SEVENTEEN)
    story.count(SECOND, {**story.counts["2030-31-Q1"], cell(ward(at)): SEVENTEEN[at] + by, cell(AUTHORITY): WHOLE + by})
    *rows, whole = story.shown["one"]
    assert (whole.key.area, whole.figure) == (AUTHORITY, WHOLE)
    story.shown["two"] = [
        *rows, whole._replace(figure=WHOLE + by, release=SECOND, first="two", corrects="one")
    ]  # fmt: skip
    return story


def test_a_correction_that_leaves_five_numbers_passes_in_this_edition_and_the_next() -> None:
    # The third ward, 4, is shown as 5: 1 to 9; it is known to have gained one, so it is 1 to 9 and then 2 to 10.
    story = _corrected(2, 1)
    result = story.audit()
    assert result.passed, result.findings
    story.shown["three"] = story.shown["two"]
    assert story.audit().passed


def test_a_correction_that_tells_a_small_count_is_blocked() -> None:
    # The first ward, 1, is shown as 0: 0 to 4. It alone is known to have changed, and the authority lost one: 1 to 4.
    found = _corrected(0, -1).audit().findings
    assert [(one.kind, one.cell, one.least, one.most, one.model) for one in found] == [
        (NARROWED, f"{HURT}, {ward(0)}, quarter from {Q1}, as counted in 2030-31-Q1", 1, 4, Model.REVISED.value)
    ]
    because = "\n".join(found[0].because)
    assert f"one: {HURT}, {AUTHORITY}, quarter from {Q1}, is {WHOLE} (exact), of 2030-31-Q1" in because
    assert f"two: {HURT}, {AUTHORITY}, quarter from {Q1}, is {WHOLE - 1} (exact), of {SECOND}" in because


@pytest.mark.parametrize(
    "terms",
    [{"corrects": None}, {"corrects": "none"}, {"first": "one"}, {"version": 2}, {"how": "summed"}],
)
def test_a_second_figure_without_a_correction_is_named(terms: dict[str, object]) -> None:
    story = _corrected(2, 1)
    story.shown["two"][-1] = story.shown["two"][-1]._replace(**terms)
    twice = [one.cell for one in story.audit().findings if one.kind == PUBLISHED_TWICE]
    assert twice == [f"{HURT}, {AUTHORITY}, quarter from {Q1}"]


def test_the_figure_before_a_correction_is_named_where_it_comes_back() -> None:
    story = _corrected(2, 1)
    story.shown["three"] = story.shown["one"]
    (twice,) = [one for one in story.audit().findings if one.kind == PUBLISHED_TWICE]
    assert [words.partition(":")[0] for words in twice.because] == ["two", "three"]


def test_a_second_figure_in_one_file_is_named() -> None:
    story = by_ward(SEVENTEEN)
    story.shown["one"].append(story.shown["one"][2]._replace(figure=10))
    assert PUBLISHED_TWICE in {one.kind for one in story.audit().findings}


def test_a_rounded_figure_that_says_it_corrects_another_is_named() -> None:
    story = _corrected(2, 1)
    story.shown["two"][2] = story.shown["two"][2]._replace(figure=0, release=SECOND, first="two", corrects="one")
    twice = [one.cell for one in story.audit().findings if one.kind == PUBLISHED_TWICE]
    assert twice == [f"{HURT}, {ward(2)}, quarter from {Q1}"]


def test_a_sum_of_corrected_figures_is_one_in_its_own_file() -> None:
    # 100 + 110 + 120 + 130 = 460; with 113 in the second quarter 463
    story = Story([count(grain="local_authority")])
    starts = [Q1, "2030-07-01", "2030-10-01", "2031-01-01"]
    quarters = [cell(AUTHORITY, start=start) for start in starts]
    numbers = dict(zip(quarters, [100, 110, 120, 130], strict=True))
    year = cell(AUTHORITY, length="year")
    story.count("2030-31-Q1", {**numbers, year: 460})
    story.count(SECOND, {**numbers, quarters[1]: 113, year: 463})
    for key, number in numbers.items():
        story.show("one", key, number, "exact")
    story.show("one", year, 460, "summed")
    said = {"release": SECOND, "first": "two", "corrects": "one"}
    first, second, third, fourth, whole = story.shown["one"]
    story.shown["two"] = [
        first, second._replace(figure=113, **said), third, fourth, whole._replace(figure=463, **said)
    ]  # fmt: skip
    result = story.audit()
    assert result.passed, result.findings
    story.shown["two"][-1] = whole
    assert {(one.kind, one.cell) for one in story.audit().findings} == {
        (NOT_A_SUM, f"{HURT}, {AUTHORITY}, year from {Q1}")
    }
