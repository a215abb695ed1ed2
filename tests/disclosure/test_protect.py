"""Which figures are exact, rounded or summed, by tables worked out by hand."""

from __future__ import annotations

import pytest

from safer_kpi.disclosure.protect import Count, Published
from safer_kpi.disclosure.rule import Rule
from safer_kpi.errors import CheckFailed
from tests.disclosure.tables import OWN, count, figures, of_wards, published, quarter, rolling, rule, wards, year

ELSEWHERE = f"{OWN}:elsewhere"
BANDS = ("0-9", "10-17", "18-24", "25-64", "65+", "not recorded")


def a_year(number: int, *, each: int = 20) -> list[Count]:
    """Four quarters of some wards, their year and its rolling year: ``each`` offences in a ward, 3 elsewhere."""
    whole = number * each + 3
    rows = [row for one in range(4) for row in of_wards(dict.fromkeys(wards(number), each), quarter(one), whole=whole)]
    return [*rows, count(4 * whole, year(0)), count(4 * whole, rolling(3))]


def kinds(rows: list[Published], *, metric: str = "1a.m") -> dict[str, str]:
    """How the authority's figures came about, by period."""
    return {label: how for (area, label), (_, how) in figures(rows, metric=metric).items() if area == OWN}


@pytest.mark.parametrize(
    ("number", "by_quarter", "by_year"),
    [
        (17, "exact", "summed"),
        (16, "summed", "exact"),
        (8, "summed", "exact"),
        (7, "summed", "summed"),
        (1, "summed", "summed"),
    ],
)
def test_the_number_of_wards_decides_what_may_be_exact(number: int, by_quarter: str, by_year: str) -> None:
    rows = published(a_year(number), rule(grain="ward"), wards=wards(number))
    quarters = {quarter(one).label: by_quarter for one in range(4)}
    assert kinds(rows) == quarters | {"2023-24": by_year, "2024-03-R12": "summed"}
    shown = figures(rows)
    # 20 is shown as 20 under each offset, 3 as 0 or 5
    assert {shown[code, quarter(0).label] for code in wards(number)} == {(20, "rounded")}
    assert shown[ELSEWHERE, quarter(0).label] in {(0, "rounded"), (5, "rounded")}
    assert {shown[code, "2023-24"] for code in wards(number)} == {(80, "summed")}
    assert {shown[code, "2024-03-R12"] for code in wards(number)} == {(80, "summed")}
    outside = sum(shown[ELSEWHERE, quarter(one).label][0] for one in range(4))
    assert {shown[ELSEWHERE, label] for label in ("2023-24", "2024-03-R12")} == {(outside, "summed")}
    if by_quarter == "summed":
        rest = shown[ELSEWHERE, quarter(0).label][0]
        assert shown[OWN, quarter(0).label] == (20 * number + rest, "summed")
    total = sum(shown[OWN, quarter(one).label][0] for one in range(4))
    assert shown[OWN, "2023-24"][0] == (4 * (20 * number + 3) if by_year == "exact" else total)
    # the rolling year to March is the year
    assert shown[OWN, "2024-03-R12"][0] == shown[OWN, "2023-24"][0]


def test_elsewhere_is_published_with_the_wards_and_the_force_never() -> None:
    force = [count(900, quarter(0), "E23000001"), count(900, quarter(0), "E06000002")]
    rows = published([*a_year(17), *force], rule(grain="ward"), wards=wards(17))
    assert {row.area_code for row in rows} == {OWN, ELSEWHERE, *wards(17)}
    assert {row.area_type for row in rows} == {"local_authority", "ward", "elsewhere"}


def test_a_count_that_is_ever_under_ten_is_rounded_from_then_on() -> None:
    values = [12, 30, 9, 40]
    counts = [count(value, quarter(one)) for one, value in enumerate(values)]
    rows = published([*counts, count(91, year(0))], rule())
    assert kinds(rows) == {quarter(one).label: "rounded" for one in range(4)} | {"2023-24": "summed"}
    for one, value in enumerate(values):
        assert abs(figures(rows)[OWN, quarter(one).label][0] - value) <= 4
    assert figures(rows)[OWN, "2023-24"][0] == sum(figures(rows)[OWN, quarter(one).label][0] for one in range(4))
    grown = [count(50, quarter(one)) for one in range(4, 8)]
    later = published([*grown, count(200, year(1))], rule(), frozen=rows, edition="2025-26-Q1.public.1")
    assert {kinds(later)[quarter(one).label] for one in range(4, 8)} == {"rounded"}


def test_a_small_period_does_not_recast_exact_ones() -> None:
    rows = published([count(12, quarter(0))], rule())
    assert kinds(rows) == {"2023-24-Q1": "exact"}
    later = published(
        [count(12, quarter(0)), count(4, quarter(1)), count(30, quarter(2)), count(30, quarter(3)), count(76, year(0))],
        rule(), frozen=rows, edition="2025-26-Q1.public.1",
    )  # fmt: skip
    assert kinds(later) == {
        "2023-24-Q1": "exact", "2023-24-Q2": "rounded", "2023-24-Q3": "rounded", "2023-24-Q4": "rounded",
        "2023-24": "summed",
    }  # fmt: skip
    shown = {label: figure for (_, label), (figure, _) in figures(later).items()}
    # a year with a rounded quarter is the sum of what is published: 12 and three multiples of 5
    assert shown["2023-24"] == 12 + shown["2023-24-Q2"] + shown["2023-24-Q3"] + shown["2023-24-Q4"]


def test_a_small_whole_by_ward_is_the_sum_of_its_wards_and_no_atom_of_its_own() -> None:
    """An own atom shown as 0 beside a ward shown as 5 would leave four numbers for both: 1 to 4."""
    values = dict.fromkeys(wards(17), 0) | {"W01": 2, "W02": 1}
    for key in (bytes([one]) * 32 for one in range(40)):
        rows = published(of_wards(values, quarter(0), whole=3), rule(grain="ward"), wards=values, key=key)
        shown = figures(rows)
        finer = sum(shown[code, "2023-24-Q1"][0] for code in (*values, ELSEWHERE))
        assert shown[OWN, "2023-24-Q1"] == (finer, "summed")


def test_a_small_whole_is_not_published_where_what_it_holds_is_published_by_ward() -> None:
    """A ward of the part shown as 5 (1 to 9) in a whole shown as 0 (0 to 4) would leave four numbers for both."""
    rules = rule("1a.part", grain="ward") | rule("1a.all", contains=("1a.part",))
    codes = wards(17)
    for whole, told in ((9, {}), (10, {"2023-24-Q1": "exact"})):
        counts = [
            *of_wards(dict.fromkeys(codes, 0), quarter(0), whole=0, metric="1a.part"),
            count(whole, quarter(0), metric="1a.all"),
        ]
        assert kinds(published(counts, rules, wards=codes), metric="1a.all") == told
    by_year = rule("1a.part") | rule("1a.all", periods=("year",), contains=("1a.part",))
    small = [count(0, quarter(one), metric="1a.part") for one in range(4)]
    rows = published([*small, count(0, year(0), metric="1a.part"), count(3, year(0), metric="1a.all")], by_year)
    assert kinds(rows, metric="1a.all") == {}


def parts(values: dict[str, int], *, metric: str = "1a.m") -> list[Count]:
    return [count(value, year(0), metric=metric, breakdown=f"age:{band}") for band, value in values.items()]


@pytest.mark.parametrize(("number", "how"), [(6, "exact"), (5, "rounded")])
def test_a_breakdown_with_too_few_parts_leaves_nothing_exact(number: int, how: str) -> None:
    """Exact quarters add up to the year, which five rounded parts would not hide behind."""
    values = {band: 20 + one for one, band in enumerate(BANDS[:number])}
    quarters = [count(100, quarter(one)) for one in range(4)]
    rows = published([*quarters, count(400, year(0)), *parts(values)], rule(breakdowns=("age",)))
    assert kinds(rows) == {quarter(one).label: how for one in range(4)} | {"2023-24": "summed"}
    for band, value in values.items():
        figure, kind = figures(rows, breakdown=f"age:{band}")[OWN, "2023-24"]
        assert (abs(figure - value) <= 4, kind) == (True, "rounded")


def test_every_part_is_published_also_an_empty_one() -> None:
    values = {band: 20 for band in BANDS if band != "0-9"}
    only_year = rule(periods=("year",), breakdowns=("age",))
    rows = published([count(100, year(0)), *parts(values)], only_year, labels=["age:0-9", "sex:female"])
    shown = {row.breakdown: row.figure for row in rows}
    assert shown == {"all": 100, "age:0-9": 0} | {f"age:{band}": 20 for band in values}


def test_the_parts_of_a_metric_that_publishes_none_are_no_parts_of_another() -> None:
    """A survey of children has age bands of its own, and its rule publishes none of them."""
    rules = rule(periods=("year",), breakdowns=("age",)) | rule("2d.asked", periods=("year",))
    asked = [count(90, year(0), metric="2d.asked"), count(40, year(0), metric="2d.asked", breakdown="age:10-12")]
    rows = published([count(100, year(0)), *parts(dict.fromkeys(BANDS, 20)), *asked], rules)
    assert {row.breakdown for row in rows if row.metric_id == "1a.m"} == {"all"} | {f"age:{band}" for band in BANDS}


def test_a_year_is_made_of_its_exact_quarters_as_they_were_published_and_tells_no_revision() -> None:
    """An exact year of 101 beside quarters of 20, 30, 40 and 10 would tell that one count was added since."""
    before = [count(20, quarter(0)), count(30, quarter(1)), count(40, quarter(2))]
    rows = published(before, rule(), edition="2023-24-Q4.public.1")
    now = [count(21, quarter(0)), *before[1:], count(10, quarter(3)), count(101, year(0))]
    later = published(now, rule(), frozen=rows, edition="2024-25-Q4.public.1")
    assert figures(later) == {
        (OWN, "2023-24-Q1"): (20, "exact"),
        (OWN, "2023-24-Q2"): (30, "exact"),
        (OWN, "2023-24-Q3"): (40, "exact"),
        (OWN, "2023-24-Q4"): (10, "exact"),
        (OWN, "2023-24"): (100, "summed"),
    }


def test_a_small_year_with_no_finer_period_is_the_sum_of_its_parts_or_an_atom() -> None:
    only_year = rule(periods=("year",), breakdowns=("age",))
    rows = published([count(6, year(0)), *parts(dict.fromkeys(BANDS, 1))], only_year)
    shares = sum(row.figure for row in rows if row.breakdown != "all")
    assert figures(rows)[OWN, "2023-24"] == (shares, "summed")
    assert kinds(published([count(6, year(0))], rule(periods=("year",)))) == {"2023-24": "rounded"}


def test_a_count_of_different_people_is_an_atom_in_each_period() -> None:
    people = rule(additive=False, periods=("rolling12",))
    rows = published([count(900, rolling(3)), count(903, rolling(4)), count(50, quarter(0))], people)
    assert kinds(rows) == {"2024-03-R12": "rounded", "2024-06-R12": "rounded"}


def powers(values: dict[str, int]) -> tuple[list[Count], dict[str, Rule]]:
    """Lines that add up to a whole, all by year."""
    rules = rule("2a.all", periods=("year",))
    counts = [count(sum(values.values()), year(0), metric="2a.all")]
    for name, value in values.items():
        rules |= rule(name, periods=("year",), sums_to="2a.all")
        counts.append(count(value, year(0), metric=name))
    return counts, rules


@pytest.mark.parametrize(
    ("values", "how"),
    [
        ({"2a.a": 10, "2a.b": 11, "2a.c": 12}, "exact"),
        ({"2a.a": 10, "2a.b": 11, "2a.c": 2}, "summed"),
        ({f"2a.{name}": 2 for name in "abcdef"}, "exact"),
        ({f"2a.{name}": 2 for name in "abcde"}, "summed"),
    ],
)
def test_what_others_add_up_to_is_exact_with_no_or_six_rounded_parts(values: dict[str, int], how: str) -> None:
    rows = published(*powers(values))
    assert kinds(rows, metric="2a.all") == {"2023-24": how}
    if how == "summed":
        shown = {row.metric_id: row.figure for row in rows}
        assert shown["2a.all"] == sum(shown[name] for name in values)


def test_equal_numbers_have_equal_figures_and_equal_ways() -> None:
    rules = rule() | rule("1a.victims", periods=("year",), breakdowns=("age",), sums_to="1a.m")
    small = [count(value, quarter(one)) for one, value in enumerate([3, 8, 0, 2])]
    both = [count(13, year(0)), count(13, year(0), metric="1a.victims")]
    ages = parts(dict(zip(BANDS, (1, 2, 3, 4, 3, 0), strict=True)), metric="1a.victims")
    rows = published([*small, *both, *ages], rules)
    assert kinds(rows)["2023-24"] == kinds(rows, metric="1a.victims")["2023-24"] == "summed"
    assert figures(rows)[OWN, "2023-24"] == figures(rows, metric="1a.victims")[OWN, "2023-24"]
    with pytest.raises(CheckFailed, match="are declared equal by sums_to and differ in 2023-24"):
        published([*small, both[0], count(14, year(0), metric="1a.victims")], rules)


def test_a_part_is_never_shown_as_more_than_what_it_lies_in() -> None:
    """A part shown as 5 (1 to 9) in a whole shown as 0 (0 to 4) would leave four numbers for both."""
    rules = rule("1c.all", grain="ward", contains=("1c.some",)) | rule("1c.some", grain="ward")
    codes = wards(17)
    values = {code: number % 5 for number, code in enumerate(codes)}
    for key in (bytes([one]) * 32 for one in range(20)):
        counts = [
            row for metric in rules for row in of_wards(values, quarter(0), whole=sum(values.values()), metric=metric)
        ]
        rows = published(counts, rules, wards=codes, key=key)
        assert figures(rows, metric="1c.all") == figures(rows, metric="1c.some")
        alone = published(counts, rule("1c.all", grain="ward") | rule("1c.some", grain="ward"), wards=codes, key=key)
        assert figures(alone, metric="1c.all") != figures(alone, metric="1c.some")


def test_a_rolling_year_is_made_of_published_quarters() -> None:
    counts = [count(20 + one, quarter(one)) for one in range(8)]
    rows = published([*counts, count(86 + 8, rolling(5)), count(86, year(0))], rule())
    # 22 + 23 + 24 + 25
    assert figures(rows)[OWN, "2024-09-R12"] == (94, "summed")
    assert (OWN, "2024-09-R12") not in figures(published([count(94, rolling(5))], rule()))
