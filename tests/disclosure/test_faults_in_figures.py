"""Each fault in a chain of public editions is found, and named with the file and the figure."""

from __future__ import annotations

from dataclasses import replace

from safer_kpi.disclosure.audit.result import (
    FALSE_FIGURE,
    FALSE_RELATION,
    NARROWED,
    NOT_A_SUM,
    OUTSIDE_RULE,
    PART_MISSING,
    PUBLISHED_TWICE,
)  # fmt: skip
from tests.disclosure.chains import (
    AUTHORITY,
    ELSEWHERE,
    FIRST,
    FORCE,
    HURT,
    OPEN,
    Q1,
    SECOND,
    SEVENTEEN,
    SHARE,
    Story,
    by_ward,
    cell,
    count,
    ward,
)  # fmt: skip


def _kinds(story: Story) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in story.audit().findings:
        found.setdefault(finding.kind, set()).add(finding.cell)
    return found


def _left(story: Story, key: object) -> tuple[int | None, int | None, str]:
    """What is left of one cell, and the reasons."""
    named = f"{key.metric}, {key.area}, {key.length}"  # type: ignore[attr-defined]
    narrowed = [one for one in story.audit().findings if one.kind == NARROWED and one.cell.startswith(named)]
    assert len(narrowed) == 1, narrowed
    return narrowed[0].least, narrowed[0].most, "\n".join(narrowed[0].because)


def test_seventeen_wards_and_an_exact_authority_pass() -> None:
    result = by_ward(SEVENTEEN).audit()
    assert result.passed, result.findings
    # Ten wards of 1 to 4, and one person elsewhere; seventeen wards, elsewhere and the whole
    assert (result.audited, result.cells, result.relations) == (11, 19, 1)


def test_a_small_authority_that_is_exact() -> None:
    # 1 + 2 + 1 elsewhere; each of the three is 0 to 4, as shown, whatever the total, but the authority is 4
    assert _left(by_ward([1, 2]), cell(AUTHORITY))[:2] == (4, 4)


def test_two_wards_beside_an_exact_authority() -> None:
    # Shown 0, 0 and 5; the total 10: the third is 1 to 9, the first two 0 to 4, so the third is at least 10 - 8 = 2
    story = by_ward([4, 3], outside=3)
    assert [row.figure for row in story.shown["one"]] == [0, 0, 5, 10]
    assert not _kinds(story)


def test_three_zeros_under_a_sum_of_ten() -> None:
    # Offsets that show 4, 3 and 3 as 0: each is at most 4, so each is at least 10 - 8 = 2
    story = by_ward([4, 3], outside=3)
    story.shown["one"] = [row._replace(figure=0) if row.figure == 5 else row for row in story.shown["one"]]
    least, most, because = _left(story, cell(ward(0)))
    assert (least, most) == (2, 4)
    assert f"one: {HURT}, {AUTHORITY}, quarter from {Q1}, is 10 (exact), of {FIRST}" in because
    assert "is the sum of 3 areas" in because


def test_a_forgotten_elsewhere() -> None:
    story = by_ward(SEVENTEEN)
    story.shown["one"] = [row for row in story.shown["one"] if row.key.area != ELSEWHERE]
    assert _kinds(story) == {PART_MISSING: {f"{HURT}, {ELSEWHERE}, quarter from {Q1}"}}


def test_a_sum_that_is_not_one() -> None:
    story = by_ward(SEVENTEEN)
    shown = sum(row.figure for row in story.shown["one"][:-1])
    story.shown["one"][-1] = story.shown["one"][-1]._replace(how="summed", figure=shown)
    assert not _kinds(story)
    story.shown["one"][-1] = story.shown["one"][-1]._replace(figure=shown - 5)
    assert set(_kinds(story)) == {NOT_A_SUM}


def test_an_exact_interval() -> None:
    # Ward 1 has 3; the exact 95 % Poisson limits of 3 are 0.6 and 8.8: no other count rounds to both
    story = by_ward(SEVENTEEN)
    shown = story.shown["one"][1].figure
    story.certify("one", cell(ward(1)), numerator=shown, value=float(shown), lower=0.6, upper=8.8, method="exact")
    least, most, because = _left(story, cell(ward(1)))
    assert (least, most) == (3, 3)
    assert "its limits" in because
    assert OUTSIDE_RULE in _kinds(story)


def test_the_limits_of_an_exact_figure_say_nothing_new() -> None:
    story = by_ward(SEVENTEEN)
    total = sum(SEVENTEEN) + 1
    story.certify("one", cell(AUTHORITY), numerator=total, value=float(total), lower=62.2, upper=98.5, method="byar")
    assert story.audit().passed


def test_a_month() -> None:
    story = by_ward(SEVENTEEN)
    month = cell(ward(2), length="month")
    story.count(FIRST, {month: 2} | {month._replace(start=f"2030-0{at}-01"): 1 for at in (5, 6)})
    story.show("one", month, 2, "exact")
    assert {f"{HURT}, {ward(2)}, month from {Q1}"} == _kinds(story)[OUTSIDE_RULE]
    assert _left(story, month)[:2] == (2, 2)


def test_a_second_value_of_an_atom() -> None:
    story = by_ward(SEVENTEEN)
    for row in by_ward(SEVENTEEN).shown["one"]:
        again = 0 if row.key.area == ward(2) else row.figure
        story.show("two", row.key, again, row.how)
    assert story.shown["one"][2].figure == 5
    twice = [one for one in story.audit().findings if one.kind == PUBLISHED_TWICE]
    assert [one.cell for one in twice] == [f"{HURT}, {ward(2)}, quarter from {Q1}"]
    assert twice[0].because == (
        f"one: {HURT}, {ward(2)}, quarter from {Q1}, is 5 (rounded), of {FIRST}",
        f"two: {HURT}, {ward(2)}, quarter from {Q1}, is 0 (rounded), of {FIRST}",
    )
    # shown 5 and 0: 1 to 4 are left
    assert _left(story, cell(ward(2)))[:2] == (1, 4)


def test_a_revised_atom() -> None:
    story = by_ward(SEVENTEEN)
    story.count(SECOND, {**story.counts[FIRST], cell(ward(2)): 6, cell(AUTHORITY): sum(SEVENTEEN) + 3})
    for row in by_ward(SEVENTEEN).shown["one"]:
        is_revised = row.key.area == ward(2)
        story.show("two", row.key, 5 if is_revised else row.figure, row.how, SECOND if is_revised else FIRST)
    assert _kinds(story)[PUBLISHED_TWICE] == {f"{HURT}, {ward(2)}, quarter from {Q1}"}


def test_an_atom_of_another_key_that_the_true_count_does_not_fit() -> None:
    story = by_ward(SEVENTEEN)
    story.shown["one"][1] = story.shown["one"][1]._replace(figure=10)
    assert {FALSE_FIGURE} == set(_kinds(story))
    assert "is 10 (rounded)" in story.audit().findings[0].because[0]


def test_the_force_beside_the_authority() -> None:
    # 82 in the force, 79 in the authority: 3 in the rest of the force
    story = by_ward(SEVENTEEN)
    total = sum(SEVENTEEN) + 1
    story.count(FIRST, {cell(FORCE): total + 3})
    story.show("one", cell(FORCE), total + 3, "exact")
    assert _left(story, cell(f"{FORCE}:rest"))[:2] == (3, 3)
    assert f"{HURT}, {FORCE}, quarter from {Q1}" in _kinds(story)[OUTSIDE_RULE]


def test_a_part_of_a_small_exact_whole() -> None:
    # 3 in the whole: 0 to 3 in its part, whatever is shown of it
    story = Story([count(lengths=("quarter",), grain="local_authority"), _open(contains=(HURT,))])
    story.count(FIRST, {cell(AUTHORITY): 2, cell(AUTHORITY, metric=OPEN): 3})
    story.show("one", cell(AUTHORITY), 0, "rounded")
    story.certify("one", cell(AUTHORITY, metric=OPEN), numerator=3, value=3.0)
    least, most, because = _left(story, cell(AUTHORITY))
    assert (least, most) == (0, 3)
    assert f"one: {OPEN}, {AUTHORITY}, quarter from {Q1}, is 3" in because


def test_the_complement_through_open_data() -> None:
    # The open table has 40, the exact metric 37: the protected one is 3
    other = "9a.other"
    story = Story(
        [
            count(lengths=("quarter",), grain="local_authority", sums_to=OPEN, external=(OPEN,)),
            _open(name=other, sums_to=OPEN),
            _open(method="none"),
        ]
    )
    numbers = {cell(AUTHORITY): 3, cell(AUTHORITY, metric=other): 37, cell(AUTHORITY, metric=OPEN): 40}
    story.count(FIRST, numbers)
    story.show("one", cell(AUTHORITY), 5, "rounded")
    story.certify("one", cell(AUTHORITY, metric=other), numerator=37, value=37.0)
    least, most, because = _left(story, cell(AUTHORITY))
    assert (least, most) == (3, 3)
    assert f"an external table: {OPEN}, {AUTHORITY}, quarter from {Q1}, is 40" in because


def test_a_relation_that_is_false() -> None:
    story = Story([count(grain="local_authority"), _open(contains=(HURT,))])
    story.count(FIRST, {cell(AUTHORITY): 12, cell(AUTHORITY, metric=OPEN): 11})
    story.show("one", cell(AUTHORITY), 10, "rounded")
    story.certify("one", cell(AUTHORITY, metric=OPEN), numerator=11, value=11.0)
    found = story.audit().findings
    assert [one.kind for one in found] == [FALSE_FIGURE]
    assert f"{OPEN}, {AUTHORITY}, quarter from {Q1}, as counted in {FIRST}, contains {HURT}" in found[0].because[0]


def test_a_sum_of_areas_that_is_false_in_the_release() -> None:
    parts = [cell(AUTHORITY, length="year", part=f"age:{name}") for name in ("young", "old")]
    story = Story([count(breakdowns=("age",))])
    whole = cell(AUTHORITY, length="year")
    story.count(FIRST, {whole: 30, parts[0]: 12, parts[1]: 12})
    for key, figure in ((whole, 30), (parts[0], 10), (parts[1], 15)):
        story.show("one", key, figure, "exact" if key is whole else "rounded")
    found = story.audit().findings
    assert [one.kind for one in found] == [FALSE_RELATION]
    assert "is the sum of its parts by age" in found[0].because[0]


def test_wards_that_changed_between_quarters() -> None:
    # Ward 1 was split into 2 and 3 between the quarters. In the second one 0, 0, 0 and 0 elsewhere are shown beside 13:
    # each of the four is 0 to 4, so each is at least 13 - 12 = 1
    later = "2030-07-01"
    story = Story([count(lengths=("quarter",))])
    first = {cell(ward(0)): 20, cell(ward(1)): 30, cell(AUTHORITY): 51}
    second = {cell(ward(at), start=later): number for at, number in ((0, 4), (2, 3), (3, 4))}
    story.count(FIRST, first)
    story.count(SECOND, first | second | {cell(AUTHORITY, start=later): 13})
    for place, figure in ((ward(0), 20), (ward(1), 30), (ELSEWHERE, 0)):
        story.show("one", cell(place), figure, "rounded")
    for place in (ward(0), ward(2), ward(3), ELSEWHERE):
        story.show("two", cell(place, start=later), 0, "rounded", SECOND)
    story.show("two", cell(AUTHORITY, start=later), 13, "exact", SECOND)
    found = {(one.cell.split(",")[1].strip(), one.least, one.most) for one in story.audit().findings}
    assert found == {(place, 1, 4) for place in (ward(0), ward(2), ward(3), ELSEWHERE)}


def test_a_part_that_counts_nothing_is_one_more_part() -> None:
    # 12 and 18 of 30, and nothing in a third part that the release does not have, but that is shown, as 0 to 4
    names = ("young", "old", "older")
    parts = [cell(AUTHORITY, length="year", part=f"age:{name}") for name in names]
    whole = cell(AUTHORITY, length="year")
    story = Story([count(breakdowns=("age",))])
    story.count(FIRST, {whole: 30, parts[0]: 12, parts[1]: 18})
    for key, figure in zip([whole, *parts], [30, 10, 15, 0], strict=True):
        story.show("one", key, figure, "exact" if key is whole else "rounded")
    result = story.audit()
    assert result.passed, result.findings
    assert (result.cells, result.relations) == (4, 1)


def _open(name: str = OPEN, **terms: object) -> object:
    return replace(count(name), **({"method": "exact", "lengths": ("quarter",)} | terms))  # type: ignore[arg-type]


def _share(*, shown: int, value: float | None, bottom: int) -> Story:
    """A share of two protected counts of an authority, with the divisor's figure and the share that is shown."""
    below = "9a.below"
    story = Story(
        [
            count(grain="local_authority"),
            count(below, grain="local_authority"),
            count(SHARE, grain="local_authority", denominator=below, numerator=HURT, rate_base=100, is_share=True),
        ]
    )
    story.count(FIRST, {cell(AUTHORITY): 0, cell(AUTHORITY, metric=below): bottom})
    story.show("one", cell(AUTHORITY), 0, "rounded")
    story.show("one", cell(AUTHORITY, metric=below), shown, "rounded")
    story.certify("one", cell(AUTHORITY, metric=SHARE), numerator=0, denominator=shown, value=value)
    return story


def test_a_share_that_has_a_value_although_its_shown_denominator_is_zero() -> None:
    # Shown 0: 0 to 4; a value exists, so it is not 0: 1 to 4
    assert _left(_share(shown=0, value=0.0, bottom=2), cell(AUTHORITY, metric="9a.below"))[:2] == (1, 4)


def test_a_share_without_a_value_where_its_shown_denominator_is_zero() -> None:
    assert _share(shown=0, value=None, bottom=2).audit().passed


def test_a_share_without_a_value_tells_that_its_denominator_is_zero() -> None:
    # Shown 5 for a true 2, and no value: that would say 0, which the true count is not
    assert {FALSE_FIGURE} == set(_kinds(_share(shown=5, value=None, bottom=2)))
