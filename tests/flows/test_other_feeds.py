"""Patrol logs, workbooks and a survey, from files to numbers in the lake that the stories share.

What was known before something arrived is asked with ``known_at``. Every expected number is derived beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

import safer_kpi
from safer_kpi.demo.workbook import Cell
from safer_kpi.domain.periods import PERIOD_TYPES
from safer_kpi.errors import NotFound
from tests.flows.other_files import (
    COUNCIL,
    POLICE,
    WARDS,
    Patrol,
    matched,
    write_log,
    write_nil_return,
    write_screening,
    write_treatment,
    write_wave,
)
from tests.flows.shared_lake import BCP, Post, Story

pytestmark = pytest.mark.e2e


def send(post: Post) -> None:
    patrols(post)
    workbooks(post)
    first, second = (post.path("2025-06-10", f"safety-survey_{wave}.csv") for wave in ("2023-24", "2024-25"))
    write_wave(first, "2023-24", wording=1, agree=45)
    write_wave(second, "2024-25", wording=2, agree=48)
    post.send("safety_survey", "2025-06-10", first, second)


@pytest.fixture(scope="module")
def story(story_of: Callable[[str], Story]) -> Story:
    return story_of("test_other_feeds")


def patrols(post: Post) -> None:
    """The police log in June; the council's weeks later, and again with its last five patrols."""
    for day, partner, patrols in (
        ("2024-06-10", "police", POLICE),
        ("2024-07-20", "council", COUNCIL[:-5]),
        ("2024-08-20", "council", COUNCIL),
    ):
        post.send("joint_patrols", day, write_log(post.path(day, f"2024-05-{partner}-patrols.csv"), patrols))


def workbooks(post: Post) -> None:
    """Two quarters of screenings, one of them corrected; two of treatment, one with its unmet need held back."""
    lines: list[tuple[str | None, str, Cell, Cell]] = [
        ("Police [1]", "Low", 8, 8), (None, "High", "<5", "<5"), (None, "All levels", 12, 11),
        ("Health", "All levels", 9, 9), ("All agencies", "High", "*", "*"), ("All agencies", "All levels", 21, 18),
    ]  # fmt: skip
    corrected = [*lines[:-1], ("All agencies", "All levels", 24, 19)]
    for day, came in (("2024-08-21", lines), ("2024-09-21", corrected)):
        post.send("ce_screening", day, write_screening(post.path(day, "ce-screening_2024-25-Q1.xlsx"), came))
    others: list[tuple[str | None, str, Cell, Cell]] = [
        ("All agencies", "High", 6, 5),
        ("All agencies", "All levels", 30, 26),
    ]
    second, third, fourth = (post.path("2025-05-05", f"ce-screening_2024-25-{one}.xlsx") for one in ("Q2", "Q3", "Q4"))
    rest = (write_screening(second, others), write_screening(third, others), write_nil_return(fourth))
    post.send("ce_screening", "2025-05-05", *rest)
    first, second = (post.path("2025-06-01", f"treatment_2024-25-{one}.xlsx") for one in ("Q1", "Q2"))
    post.send("treatment", "2025-06-01", write_treatment(first, 2850), write_treatment(second, "*"))


def periods(story: Story, metric: str) -> set[str]:
    """The lengths of period the metric has numbers of."""
    found = set()
    for by in PERIOD_TYPES:
        with suppress(NotFound):
            found |= {row["period_type"] for row in story.rows(metric, by=by)}
    return found


def test_every_file_is_accepted_and_no_row_is_lost(story: Story) -> None:
    for name, receipt in story.receipts.items():
        assert (name, receipt.status, receipt.error) == (name, "accepted", None)
        assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined + receipt.rows_skipped
        assert receipt.rows_quarantined == 0, name


def test_one_log_alone_makes_a_month_incomplete(story: Story) -> None:
    alone = story.row("3a.joint_patrols", "2024-05", known_at="2024-07-01")
    assert (alone["status"], alone["value"], alone["coverage"]) == ("incomplete", None, 0.5)


@pytest.mark.parametrize(("known_at", "council"), [("2024-08-01", COUNCIL[:-5]), ("2024-09-01", COUNCIL)])
def test_patrols_of_both_logs_are_matched(story: Story, known_at: str, council: list[Patrol]) -> None:
    for ward in WARDS:
        patrols_there, minutes = matched(POLICE, council, ward)
        counted = story.row("3a.joint_patrols", "2024-05", area=ward, known_at=known_at)
        hours = story.row("3a.joint_patrol_hours", "2024-05", area=ward, known_at=known_at)
        assert (counted["value"], hours["numerator"]) == (patrols_there, minutes)
        assert hours["value"] == pytest.approx(minutes / 60, rel=1e-12)
        assert (hours["lower"], hours["method"]) == (None, None)


def test_patrols_logged_late_are_explained_to_the_last_one(story: Story) -> None:
    before, after = (sum(matched(POLICE, log, ward)[0] for ward in WARDS) for log in (COUNCIL[:-5], COUNCIL))
    with safer_kpi.open(story.settings.home) as lake:
        rows = lake.compare("2024-08-01", "2024-09-01", metric="3a.joint_patrols", area=BCP, by="month").rows()
    amounts = [(row["step"], row["amount"]) for row in rows]
    assert amounts[0] == ("opening", before)
    assert amounts[-1] == ("closing", after)
    assert {row["cause"] for row in rows if row["step"] == "movement"} <= {"late"}
    assert sum(row["amount"] for row in rows if row["step"] != "closing") == after


def test_a_workbook_s_corrected_figure_replaces_the_first(story: Story) -> None:
    # 21 and 18 in the first file, 24 and 19 in the second
    assert story.row("2c.screenings", "2024-25-Q1", known_at="2024-09-01")["value"] == 21
    assert story.row("2c.screenings", "2024-25-Q1")["value"] == 24
    assert story.row("2c.children_screened", "2024-25-Q1")["value"] == 19


def test_a_figure_held_back_is_suppressed_and_so_is_the_year_that_holds_it(story: Story) -> None:
    high = story.row("2c.screenings", "2024-25-Q1", breakdown="risk:high")
    assert (high["status"], high["value"]) == ("suppressed", None)
    assert story.row("2c.screenings", "2024-25-Q2", breakdown="risk:high")["value"] == 6
    assert story.row("2c.screenings", "2024-25", breakdown="risk:high")["status"] == "suppressed"
    # 24 + 30 + 30 + a nil return: the line of all agencies and levels was never held back
    assert story.row("2c.screenings", "2024-25")["value"] == 84


def test_a_nil_return_is_zero(story: Story) -> None:
    nil = story.row("2c.screenings", "2024-25-Q4")
    assert (nil["status"], nil["value"], nil["coverage"]) == ("uncertified", 0, 1)


def test_children_are_of_quarters_only_and_never_the_sum_of_agencies(story: Story) -> None:
    assert periods(story, "2c.children_screened") == {"quarter"}
    agencies = ("agency:Police", "agency:Health", "all")
    found = [story.row("2c.children_screened", "2024-25-Q1", breakdown=agency)["value"] for agency in agencies]
    assert found == [11, 9, 19]


def test_adults_in_treatment_are_as_published_and_less_than_their_agencies(story: Story) -> None:
    assert periods(story, "3e.adults_in_treatment") == {"rolling12"}
    parts = ("all", "agency:Harbour", "agency:Dunes", "agency:Quayside")
    found = [story.row("3e.adults_in_treatment", "2024-06-R12", breakdown=part) for part in parts]
    # One workbook is all there is to know of its twelve months: the quarters before it are not missing from it.
    assert [row["value"] for row in found] == [1150, 840, 400, None]
    assert [row["status"] for row in found] == [*["uncertified"] * 3, "suppressed"]


def test_unmet_need_is_a_share_of_an_estimate_and_gone_where_it_is_held_back(story: Story) -> None:
    told = story.row("3e.unmet_need", "2024-06-R12")
    # 2850 of 4000, and no interval: the need is an estimate itself
    assert (told["value"], told["lower"], told["upper"]) == (71.25, None, None)
    assert (story.row("3e.unmet_need", "2024-09-R12")["status"]) == "suppressed"


def test_a_changed_wording_starts_a_new_series(story: Story) -> None:
    before, after = (story.row("2d.children_feel_safer", wave) for wave in ("2023-24", "2024-25"))
    # (45 + 22) of (60 + 40), then (48 + 22) of as many to another wording
    assert (before["value"], after["value"]) == (67, 70)
    assert (before["series"], after["series"]) == (1, 2)
    carers = [story.row("2d.carers_confident", wave)["series"] for wave in ("2023-24", "2024-25")]
    assert carers == [1, 1]


def test_a_wave_belongs_to_the_financial_year_of_its_fieldwork(story: Story) -> None:
    assert periods(story, "2d.children_asked") == {"year"}
    rows = story.rows("2d.children_asked", by="year", breakdown="age:10-12")
    assert {row["period"]: row["numerator"] for row in rows} == {"2023-24": 60, "2024-25": 60}
