"""What a report says of numbers that were made by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from safer_kpi.publishing import words
from safer_kpi.publishing.boundaries import DEGREE, ward_shapes
from safer_kpi.publishing.draw.run_chart import run_chart, sparkline
from safer_kpi.publishing.draw.svg import tick_label, ticks
from safer_kpi.publishing.draw.ward_map import ward_map
from safer_kpi.publishing.model.change_words import change_told
from safer_kpi.publishing.model.chart import chart
from safer_kpi.publishing.model.judgement import judgement
from safer_kpi.publishing.model.part_words import part_in_words
from safer_kpi.publishing.model.score import score
from safer_kpi.publishing.model.wards import ward_tables
from tests.publishing.made import METRIC, change, facts, months, number, verdict
from tests.publishing.read_back import parse

YEAR = number(80.0, dt.date(2024, 4, 1), "year")
EQUAL_AGE = "The earlier period is taken as it was known when it was as old as this one is now."
BEFORE = {"reference_period": "2023-24", "reference_value": 100.0}
ALDERNEY = "E05012649"  # Alderney & Bourne Valley


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (4300.0, "offences", "4,300"),
        (219.5, "hours", "219.5"),
        (10737.4, "person-years", "10,737"),
        (58.66, "per cent", "58.7%"),
        (0.84, "per 1,000 residents", "0.84"),
        (27.56, "per 1,000 residents", "27.6"),
        (-0.004, "per 1,000 residents", "0.00"),
        (0.0, "offences", "0"),
        (-3.0, "offences", "\u22123"),
    ],
)
def test_figures(value: float, unit: str, text: str) -> None:
    assert words.figure(value, unit) == text


@pytest.mark.parametrize(
    ("told", "kind", "text"),
    [
        ("2024-25 is incomplete", "year", "April 2024 to March 2025 is incomplete"),
        ("there is no number of 2023-R12 or 2023-03-R12", "rolling12",
         "there is no number of 2023-R12 or twelve months to March 2023"),
        ("the lookup changed on 2024-06-01", "month", "the lookup changed on 1 June 2024"),
        ("2009-10", "year", "April 2009 to March 2010"),
        ("2009-10", "month", "October 2009"),
        ("1.2 and 31 and 1,204", "month", "1.2 and 31 and 1,204"),
    ],
)  # fmt: skip
def test_periods_in_words(told: str, kind: words.PeriodType, text: str) -> None:
    assert words.in_words(told, kind) == text


@pytest.mark.parametrize(
    ("given", "text", "note"),
    [
        # From 100 to 80: 20 fewer, a fifth.
        ({"difference": -20.0, "percentage": -20.0, **BEFORE}, "Down 20 (20.0%)", ""),
        ({"difference": 3.0, **BEFORE}, "Up 3", ""),
        ({"difference": 0.0, "percentage": 0.0, **BEFORE}, "No change", ""),
        (
            {"difference": -20.0, "latest_reference_value": 104.0, **BEFORE},
            "Down 20",
            f"{EQUAL_AGE} Later records have brought it to 104.",
        ),
        (
            {"difference": -20.0, "basis": "latest known", **BEFORE},
            "Down 20",
            "The earlier period was not known at the same age; it is compared as it is known now.",
        ),
        (
            {"difference": -20.0, "months": 11, "left_out": ("2024-09",), **BEFORE},
            "Down 20",
            "Compared over eleven months, without September 2024.",
        ),
        ({"difference": None, "reason": "there is no number of 2023-24"}, "There is no earlier figure.", ""),
        (
            {"difference": None, "reason": "the question or the way of counting changed: break in series"},
            "Not compared: the question or the way of counting changed: break in series.",
            "",
        ),
    ],
)
def test_changes(given: dict[str, object], text: str, note: str) -> None:
    difference = given.pop("difference")
    assert difference is None or isinstance(difference, float)
    told = change_told(YEAR, change(YEAR, difference, **given))
    assert (told.words, told.note) == (text, note)
    assert told.is_known is (difference is not None)


def test_a_share_changes_by_points() -> None:
    share = number(46.2, dt.date(2024, 4, 1), "year", unit="per cent")
    told = change_told(share, change(share, -3.74, reference_period="2023-24", reference_value=49.94))
    assert told.words == "Down 3.7 percentage points"
    assert told.reference is not None
    assert told.reference.text == "49.9%"


@pytest.mark.parametrize(
    ("status", "polarity", "said", "word", "why"),
    [
        ("certified", "lower_is_better", ("improving", "fewer, p 0.01"), "Improving",
         "It moved in the direction that counts as better, by more than chance explains."),
        ("certified", "lower_is_better", ("worsening", "more, p 0.01"), "Worsening",
         "It moved in the direction that counts as worse, by more than chance explains."),
        ("certified", "lower_is_better", ("no clear change", "no more than chance, p 0.4"), "No clear change",
         "Chance alone can explain the difference. That does not prove that nothing changed."),
        ("provisional", "lower_is_better", ("not judged", "provisional until it settles"), "Provisional",
         "Late records still add to the figure, so it is judged once it has settled."),
        ("certified", "context", ("not judged", "read it with its guards: up is not good or bad by itself"),
         "Not judged", "Up or down is neither good nor bad by itself, so nothing is judged."),
        ("certified", "lower_is_better", ("not judged", "too few: under 10 in both periods together"), "Not judged",
         "There are too few events for a fair test: even a large change could be chance."),
        ("certified", "lower_is_better", ("not judged", "2023-24 is incomplete"), "Not judged",
         "April 2023 to March 2024 is incomplete."),
        ("certified", "lower_is_better", None, "Not judged", "There is no earlier figure that it is judged against."),
    ],
)  # fmt: skip
def test_judgements(status: str, polarity: str, said: tuple[str, str] | None, word: str, why: str) -> None:
    of = number(80.0, dt.date(2024, 4, 1), "year", status=status)
    stored = {} if said is None else {"year_before": verdict(of, said[0], reason=said[1])}
    judged = judgement(replace(METRIC, polarity=polarity), of, stored)
    assert (judged.word, judged.why) == (word, why)


def test_an_incomplete_year_is_said_by_the_months_it_has() -> None:
    year = number(None, dt.date(2024, 4, 1), "year", status="incomplete")
    told = change(
        year, 42.0, value=215.0, percentage=24.3, months=11, left_out=("2024-09",), reference_value=173.0,
        reference_period="2023-24",
    )  # fmt: skip
    line = score(facts(year, changes={year.key: told}), METRIC)
    assert line.sentence == (
        "No figure for April 2024 to March 2025. Part of the data has not been received, and a part is not the whole. "
        "Over the eleven months that both periods have it was 215 offences: up 42 (24.3%) from 173 in April 2023 to "
        "March 2024."
    )
    assert (line.lack, line.judgement.word) == ("Incomplete", "Incomplete")


def test_a_chart_in_words() -> None:
    """Months of 14 and 16 by turns, then 40 as a signal, one month without a figure, and one provisional."""
    known = months([14.0, 16.0] * 6 + [14.0, 40.0])
    gap = number(None, dt.date(2025, 6, 1), status="incomplete")
    young = number(12.0, dt.date(2025, 7, 1), status="provisional")
    signal = verdict(known[-1], "worsening", against="series", test="XmR", reason="above the upper process limit")
    before = number(13.0, dt.date(2024, 4, 1))
    found = chart(facts(*known, gap, young, verdicts=(signal,), earlier=(before,)), METRIC, "L1")
    assert found is not None
    # Six pairs of 30, 14 and 40 have a mean of 234 / 14 = 16.71. Twelve steps of 2 and one of 26 have one of 50 / 13;
    # 2.66 times that is 10.23.
    assert found.told == (
        "From April 2024 to July 2025 the monthly figure was lowest in July 2025 (12) and highest in May 2025 (40).",
        "The average is 16.7; figures from 6.5 to 26.9 are routine variation.",
        "May 2025 was a signal of a change for the worse.",
        "July 2025 is provisional and may still grow.",
        "There is no figure for June 2025.",
        "1 figure has changed since the last report; the dotted line shows what it said.",
    )
    assert [point.mark for point in found.points[-3:]] == ["worse", "none", "young"]
    assert (found.first, found.last) == (0, 13)
    drawn = parse(run_chart(found).encode())
    assert len(drawn.find("data-kind")) == 15  # sixteen months, one of them without a figure
    assert len(parse(sparkline(found).encode()).find("data-of")) == 1


def test_a_break_ends_the_line_and_the_band() -> None:
    counted = months([10.0, 12.0, 11.0])
    otherwise = [replace(one, series=2) for one in months([30.0, 31.0, 32.0], dt.date(2024, 7, 1))]
    last = verdict(otherwise[-1], "no clear change", against="series", test="XmR")
    found = chart(facts(*counted, *otherwise, verdicts=(last,)), METRIC, "L1")
    assert found is not None
    assert found.breaks == (3,)
    assert (found.first, found.last) == (3, 5)
    assert "From July 2024 on, something was counted in another way." in found.told
    lines = [one for one in parse(run_chart(found).encode()).walk() if one.attributes.get("class") == "course-line"]
    assert len(lines) == 4  # two on either side of the break


def test_two_figures_make_no_chart() -> None:
    assert chart(facts(*months([1.0, 2.0])), METRIC, "L1") is None


def test_ticks_are_round_and_enclose() -> None:
    assert ticks(3.0, 47.0) == [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]
    assert ticks(0.0, 0.9, most=4) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert ticks(5.0, 5.0)[0] <= 5.0 < ticks(5.0, 5.0)[-1] + 1
    assert [tick_label(value, [0.0, 0.25, 0.5]) for value in (0.0, 0.25, 1000.0)] == ["0.00", "0.25", "1,000.00"]


def test_parts_in_words() -> None:
    assert [part_in_words(part) for part in ("sex:F", "age:10-17", "age:unknown", "agency:social_care")] == [
        "Female", "10 to 17", "Not recorded", "Social care",
    ]  # fmt: skip


def test_a_map_has_every_ward_or_none() -> None:
    """Two wards of Poole with boundaries, one of which is higher than the whole; then one without."""
    rate = replace(METRIC, per_residents=True, unit="per 1,000 residents")
    whole = number(10.0, dt.date(2024, 4, 1), "year", unit="per 1,000 residents")

    def ward(code: str, name: str, value: float, lower: float, upper: float) -> object:
        return replace(
            whole, key=replace(whole.key, area_code=code), area_name=name, area_type="ward", value=value,
            lower=lower, upper=upper, numerator=int(value),
        )  # fmt: skip

    wards = [ward(ALDERNEY, "Alderney", 30.0, 25.0, 36.0), ward("E05012650", "Bearwood", 4.0, 2.0, 7.0)]
    given = facts(whole, *wards, metrics={METRIC.metric_id: rate})  # type: ignore[arg-type]
    (table,) = ward_tables(given, {METRIC.metric_id: score(given, rate)})
    standing = "1 has a higher rate by more than chance explains, 1 a lower one, and 0 are similar."
    assert table.told == (
        f"The rate of Seatown is 10.0. Of 2 wards, {standing}",
        "The highest rates are in Alderney (30.0) and Bearwood (4.0).",
    )
    assert [(row.place, row.name, row.said) for row in table.rows] == [
        (1, "Alderney", "Higher"),
        (2, "Bearwood", "Lower"),
    ]
    assert table.has_map
    drawn = parse(ward_map(table, "one").encode())
    assert [one.attributes["data-standing"] for one in drawn.find("data-standing")] == ["higher", "lower"]
    assert len([one for one in drawn.walk() if one.attributes.get("class") == "hatched"]) == 1
    more = ward("E05999999", "Newtown", 9.0, 7.0, 12.0)
    given = facts(whole, *wards, more, metrics={METRIC.metric_id: rate})  # type: ignore[arg-type]
    (table,) = ward_tables(given, {METRIC.metric_id: score(given, rate)})
    assert (table.has_map, table.without) == (False, ("Newtown",))


def test_boundaries_are_closed_and_where_they_should_be() -> None:
    (shape,) = ward_shapes([ALDERNEY, "E05999999"]).values()
    for ring in shape.rings:
        assert ring[0] == ring[-1]
        for x, y in ring:
            assert -2.1 < x / DEGREE < -1.6  # Poole
            assert 50.6 < y / DEGREE < 50.9
