"""What a strategic assessment says of numbers that were made by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from safer_kpi.publishing import words
from safer_kpi.publishing.facts import Facts, Feed, Judged, Kpi, Metric, Number
from safer_kpi.publishing.model.assessment.assessed import assessment
from safer_kpi.publishing.model.assessment.emerging import last_months
from safer_kpi.publishing.model.assessment.whole import Assessment
from tests.publishing.made import METRIC, change, facts, months, number, verdict

YEAR = dt.date(2024, 4, 1)
ROBBERY = number(80.0, YEAR, "year")
FELL = change(ROBBERY, -20.0, percentage=-20.0, reference_period="2023-24", reference_value=100.0)
BETTER = verdict(ROBBERY, "improving", reason="fewer, p 0.01", test="exact conditional Poisson", p_value=0.01)
POLICE = Feed(
    feed="police_offences", title="Offences", owner="The police", cadence="monthly", cells=(), deliveries=0,
    quarantined=0, last_received=None,
)  # fmt: skip


def kpi(name: str, *headlines: str, direction: str = "decrease", **more: Any) -> Kpi:
    given: dict[str, Any] = {"plan": None, "note": None, "wanted": (direction,) * len(headlines), **more}
    return Kpi(
        kpi=name, kind="kpi", priority="Less harm", words=f"Words of {name}", direction=direction, explanation=None,
        headlines=headlines, is_measured=bool(headlines), **given,
    )  # fmt: skip


def metric(name: str, title: str, **more: Any) -> Metric:
    return replace(METRIC, metric_id=name, title=title, **more)


def of(value: float | None, name: str, kind: Any = "year", *, part: str = "all", **more: Any) -> Number:
    """A number of another metric, or of a part of it, or of a ward."""
    made = number(value, YEAR, kind, **{name: given for name, given in more.items() if name != "ward"})
    key = replace(made.key, metric_id=name, breakdown=part)
    if "ward" not in more:
        return replace(made, key=key)
    ward = more["ward"]
    return replace(made, key=replace(key, area_code=ward), area_name=ward, area_type="ward")


def assessed(given: Facts, *wards: Judged) -> Assessment:
    return assessment(given, wards)


def found(whole: Assessment, page: str) -> list[str]:
    return [text for one in whole.findings if one.page == page for text, _ in one.told]


@pytest.mark.parametrize(
    ("start", "text"),
    [(0, "Midnight to 1am"), (11, "11am to noon"), (12, "Noon to 1pm"), (13, "1pm to 2pm"), (23, "11pm to midnight")],
)
def test_hours_in_words(start: int, text: str) -> None:
    assert words.hour(start) == text


def test_times_of_day() -> None:
    """3 of 9 reports came from 22:00 and 6 from 23:00: all are told, so an hour without a number had none."""
    when = metric("3c.times", "When it is reported", kind="reporting", breakdowns=("hour", "weekday"), unit="reports")
    given = facts(
        of(9.0, "3c.times", unit="reports"),
        of(6.0, "3c.times", part="hour:23", unit="reports"),
        of(3.0, "3c.times", part="hour:22", unit="reports"),
        of(9.0, "3c.times", part="weekday:Saturday", unit="reports"),
        of(0.0, "3c.times", part="weekday:Monday", unit="reports"),
        metrics={"3c.times": when},
    )
    whole = assessed(given)
    (one,) = whole.times.measures
    hours, days = one.tables
    assert [(row.name, row.shown and row.shown.text, row.lack) for row in hours.figures.rows[21:]] == [
        ("9pm to 10pm", None, "None"), ("10pm to 11pm", "3", ""), ("11pm to midnight", "6", ""),
    ]  # fmt: skip
    assert len(hours.figures.rows) == 24
    assert [row.name for row in days.figures.rows] == ["Monday", "Saturday"]
    assert found(whole, "times.html")[0] == (
        "When it is reported, April 2024 to March 2025: most from 11pm to midnight and on Saturday."
    )


def test_an_hour_of_which_nothing_is_known_is_not_said_to_have_none() -> None:
    """The whole is 9 and the one part 6: three are of hours that nobody told."""
    when = metric("3c.times", "When", kind="reporting", breakdowns=("hour",))
    given = facts(of(9.0, "3c.times"), of(6.0, "3c.times", part="hour:23"), metrics={"3c.times": when})
    (one,) = assessed(given).times.measures
    assert {row.lack for row in one.tables[0].figures.rows[:23]} == {"No data"}


def test_who_could_send_the_time_of_harm() -> None:
    harm = replace(METRIC, feeds=("police_offences",))
    whole = assessed(facts(ROBBERY, metrics={METRIC.metric_id: harm}, feeds=(POLICE,)))
    assert whole.times.lacking == (
        "No measure of what happened is counted by hour or day of the week: no file that was agreed tells the time. It "
        "could come from those who send these data: The police."
    )


def test_repeats_and_offending_again() -> None:
    """5 people in all: 3 in North, 2 in East, none in West; the wards do not sum, and nobody says that they do."""
    again = metric("1a.repeats", "Repeat victims", at_least=3, unit="people")
    share = metric("1c.again", "Share that offends again", follows_up=True, unit="per cent")
    wards = [
        of(value, "1a.repeats", "rolling12", unit="people", ward=name)
        for name, value in (("East", 2.0), ("North", 3.0), ("West", 0.0))
    ]
    given = facts(
        of(5.0, "1a.repeats", "rolling12", unit="people"), *wards, of(40.0, "1c.again", unit="per cent"),
        metrics={"1a.repeats": again, "1c.again": share},
    )  # fmt: skip
    whole = assessed(given)
    (one,) = whole.repeats.counted
    assert one.wards is not None
    assert [(row.name, row.shown.text) for row in one.wards.rows if row.shown] == [("North", "3"), ("East", "2")]
    assert (one.more, one.none) == (0, 1)
    assert [page.score.metric.metric_id for page in whole.repeats.followed] == ["1c.again"]
    assert found(whole, "repeats.html") == ["Repeat victims: 5 people, twelve months to March 2025."]


def test_what_emerges_away_from_the_headlines() -> None:
    """Robbery alone is headline. Weapons had a signal in May 2024; searches rose by half and nothing judges them.

    The victims by age and sex are those of the robberies again, and no third measure.
    """
    weapons = [replace(one, key=replace(one.key, metric_id="1a.weapons")) for one in months([14.0, 40.0, 16.0])]
    signal = verdict(weapons[1], "worsening", against="series", test="XmR", reason="above the upper process limit")
    last = verdict(weapons[2], "no clear change", against="series", test="XmR")
    searches = of(60.0, "1a.searches", unit="searches")
    more = change(searches, 20.0, percentage=50.0, reference_period="2023-24", reference_value=40.0)
    given = facts(
        ROBBERY, *weapons, searches, verdicts=(BETTER, signal, last), changes={ROBBERY.key: FELL, searches.key: more},
        metrics={
            METRIC.metric_id: METRIC,
            "1a.searches": metric("1a.searches", "Searches", polarity="context"),
            "1a.weapons": metric("1a.weapons", "Weapons"),
            "1a.victims": metric("1a.victims", "Victims of robbery", breakdowns=("age", "sex")),
        },
        kpis=(kpi("1a", METRIC.metric_id),),
    )  # fmt: skip
    emerging = assessed(given).emerging
    assert emerging.overview == (
        "2 measures of this assessment are not headline.",
        "1 of them is tested month by month or quarter by quarter; 1 had a signal in the last twelve months.",
        "None of them is compared with the year before.",
    )
    assert [(one.score.metric.title, [point.period for point in one.points]) for one in emerging.signals] == [
        ("Weapons", ["May 2024"])
    ]
    assert [line.metric.title for line in emerging.moved] == ["Searches"]
    assert emerging.ward_overview == ("No figure of a ward is large enough, or settled enough, for a fair test.",)


def test_wards_that_changed() -> None:
    """Of three wards one got worse, from 10 to 30; a rate of the same events is not told a second time."""
    rate = metric("1a.rate", "Robbery per 1,000", per_residents=True, unit="per 1,000 residents")

    def judged(ward: str, value: float, said: str, name: str = METRIC.metric_id) -> Judged:
        one = of(value, name, ward=ward)
        return Judged(number=one, verdict=verdict(one, said, reason="more, p 0.01", reference_value=10.0))

    given = facts(ROBBERY, of(2.0, "1a.rate"), metrics={METRIC.metric_id: METRIC, "1a.rate": rate})
    emerging = assessed(
        given, judged("East", 11.0, "no clear change"), judged("North", 30.0, "worsening"),
        judged("West", 9.0, "no clear change"), judged("North", 3.0, "worsening", "1a.rate"),
    ).emerging  # fmt: skip
    assert emerging.ward_overview == (
        "Of 3 comparisons of a ward with its year before, 1 shows a change by more than chance explains.",
    )
    (sign,) = emerging.wards
    assert (sign.ward, sign.judgement.word, sign.period) == ("North", "Worsening", "April 2024 to March 2025")
    assert sign.figure is not None
    assert sign.before is not None
    assert (sign.figure.text, sign.before.text) == ("30", "10")


def test_the_last_twelve_months_end_with_the_quarter() -> None:
    assert last_months("2024-25-Q4") == dt.date(2024, 4, 1)
    assert last_months("2024-25-Q1") == dt.date(2023, 7, 1)


@pytest.mark.parametrize(
    ("direction", "difference", "course"),
    [
        ("decrease", -20.0, "as asked"), ("decrease", 20.0, "not as asked"), ("increase", 20.0, "as asked"),
        ("increase", 0.0, "no change"), ("increase", None, "not known"), ("both", 20.0, "not known"),
    ],
)  # fmt: skip
def test_progress_is_told_by_the_direction_that_the_strategy_asks_for(
    direction: str, difference: float | None, course: str
) -> None:
    moved = change(ROBBERY, difference, reference_period="2023-24", reference_value=100.0)
    line = kpi("1a", METRIC.metric_id, direction=direction)
    (priority,) = assessed(facts(ROBBERY, changes={ROBBERY.key: moved}, kpis=(line,))).progress.priorities
    assert [step.course for step in priority.kpis[0].steps] == [course]


def test_progress_in_sentences() -> None:
    given = facts(
        ROBBERY, verdicts=(BETTER,), changes={ROBBERY.key: FELL}, kpis=(kpi("1a", METRIC.metric_id), kpi("2a"))
    )
    whole = assessed(given)
    judged = "1 of those that moved as the strategy asks and none of those that moved the other way"
    assert whole.progress.overview == (
        "Of 1 headline measure, 1 moved as the strategy asks.",
        f"By more than chance explains: {judged}.",
    )
    assert not whole.progress.has_plan
    assert assessed(facts(kpis=(kpi("2a", plan="Action plan 2026-27"),))).progress.has_plan


def test_levels_stand_by_what_they_count() -> None:
    """The victims by age and sex have a page of their own, and the measure of activity a table of its own."""
    given = facts(
        ROBBERY,
        metrics={
            METRIC.metric_id: METRIC,
            "1a.searches": metric("1a.searches", "Searches", kind="activity"),
            "1a.victims": metric("1a.victims", "Victims", breakdowns=("age", "sex")),
            "3e.deaths": metric("3e.deaths", "Deaths", kpi="3e", feeds=("deaths",)),
        },
        kpis=(kpi("1a", METRIC.metric_id),),
    )
    whole = assessed(given)
    (one,) = whole.levels[0].kpis
    assert [(heading, [line.metric.title for line in lines]) for heading, lines in one.groups] == [
        ("What happened", ["Robbery"]),
        ("What partners did or found", ["Searches"]),
    ]
    assert [page.score.metric.title for page in whole.substances] == ["Deaths"]


def test_areas_of_one_name_are_told_apart() -> None:
    places = [("Dorset", "local_authority"), ("Dorset", "force"), ("Kent", "force")]
    assert [words.area(name, kind, {"Dorset"}) for name, kind in places] == [
        "Dorset (local authority)",
        "Dorset (police force area)",
        "Kent",
    ]
    assert [words.area(name, kind, set()) for name, kind in places] == ["Dorset", "Dorset", "Kent"]
