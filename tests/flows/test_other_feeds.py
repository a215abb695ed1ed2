"""Patrol logs, workbooks, a survey and published tables: one lake, landed in the order things arrived, built once.

What was known before something arrived is asked with ``known_at``. Every expected number is derived beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import safer_kpi
from safer_kpi.compute import build
from safer_kpi.demo.workbook import Cell
from safer_kpi.domain.periods import PERIOD_TYPES
from safer_kpi.errors import NotFound
from safer_kpi.landing import Terms, land
from safer_kpi.landing.receipt import Receipt
from safer_kpi.settings import Settings
from tests.flows.other_files import (
    BCP,
    COUNCIL,
    POLICE,
    WARDS,
    Patrol,
    matched,
    write_log,
    write_nil_return,
    write_residents,
    write_screening,
    write_treatment,
    write_wave,
)

pytestmark = [pytest.mark.e2e, pytest.mark.long(40)]

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "published"
needs_published = pytest.mark.usefixtures("shared_data")


@dataclass
class Story:
    """A lake with everything in it, and each file's receipt."""

    settings: Settings
    folder: Path
    receipts: dict[str, Receipt]

    def land(self, feed: str, day: str, *paths: Path) -> None:
        at = dt.datetime.fromisoformat(day) + dt.timedelta(hours=9)
        for path, receipt in zip(
            paths, land(self.settings, feed, [str(path) for path in paths], terms=Terms(received_at=at)), strict=True
        ):
            self.receipts[f"{day} {path.name}"] = receipt

    def periods(self, metric: str) -> set[str]:
        """The lengths of period the metric has numbers of."""
        found = set()
        for by in PERIOD_TYPES:
            with suppress(NotFound):
                found |= {row["period_type"] for row in self.rows(metric, by=by)}
        return found

    def rows(self, metric: str, **asked: Any) -> list[dict[str, Any]]:
        now: dict[str, Any] = {} if "known_at" in asked else {"release": "now"}
        with safer_kpi.open(self.settings.home) as lake:
            return lake.metric(metric, **{"area": BCP, **now, **asked}).rows()

    def row(self, metric: str, period: str, breakdown: str = "all", **asked: Any) -> dict[str, Any]:
        (row,) = self.rows(metric, period=period, breakdown=breakdown, **asked)
        return row


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Story:
    folder = tmp_path_factory.mktemp("others")
    made = Story(new_lake(folder / "lake", built=True), folder, {})
    patrols(made)
    workbooks(made)
    first, second = (made.folder / f"safety-survey_{wave}.csv" for wave in ("2023-24", "2024-25"))
    write_wave(first, "2023-24", wording=1, agree=45)
    write_wave(second, "2024-25", wording=2, agree=48)
    made.land("safety_survey", "2025-06-10", first, second)
    if PUBLISHED.is_dir():
        made.land("deaths", "2026-01-05", PUBLISHED / "drug_poisoning_registrations_by_LA.csv")
        made.land(
            "population_la", "2026-01-06", write_residents(folder / "residents.csv", {2018: 395784, 2019: 395331})
        )
        made.land("population_la", "2026-01-07", PUBLISHED / "la_pop_estimates.csv")
    build(made.settings)
    return made


def patrols(made: Story) -> None:
    """The police log in June; the council's weeks later, and again with its last five patrols."""
    police, council = made.folder / "2024-05-police-patrols.csv", made.folder / "2024-05-council-patrols.csv"
    made.land("joint_patrols", "2024-06-10", write_log(police, POLICE))
    made.land("joint_patrols", "2024-07-20", write_log(council, COUNCIL[:-5]))
    made.land("joint_patrols", "2024-08-20", write_log(council, COUNCIL))


def workbooks(made: Story) -> None:
    """Two quarters of screenings, one of them corrected; two of treatment, one with its unmet need held back."""
    quarter = made.folder / "ce-screening_2024-25-Q1.xlsx"
    lines: list[tuple[str | None, str, Cell, Cell]] = [
        ("Police [1]", "Low", 8, 8), (None, "High", "<5", "<5"), (None, "All levels", 12, 11),
        ("Health", "All levels", 9, 9), ("All agencies", "High", "*", "*"), ("All agencies", "All levels", 21, 18),
    ]  # fmt: skip
    made.land("ce_screening", "2024-08-21", write_screening(quarter, lines))
    lines[-1] = ("All agencies", "All levels", 24, 19)
    made.land("ce_screening", "2024-09-21", write_screening(quarter, lines))
    others: list[tuple[str | None, str, Cell, Cell]] = [
        ("All agencies", "High", 6, 5),
        ("All agencies", "All levels", 30, 26),
    ]
    second, third, fourth = (made.folder / f"ce-screening_2024-25-{quarter}.xlsx" for quarter in ("Q2", "Q3", "Q4"))
    rest = (write_screening(second, others), write_screening(third, others), write_nil_return(fourth))
    made.land("ce_screening", "2025-05-05", *rest)
    first, second = (made.folder / f"treatment_2024-25-{quarter}.xlsx" for quarter in ("Q1", "Q2"))
    made.land("treatment", "2025-06-01", write_treatment(first, 2850), write_treatment(second, "*"))


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
    high = story.row("2c.screenings", "2024-25-Q1", "risk:high")
    assert (high["status"], high["value"]) == ("suppressed", None)
    assert story.row("2c.screenings", "2024-25-Q2", "risk:high")["value"] == 6
    assert story.row("2c.screenings", "2024-25", "risk:high")["status"] == "suppressed"
    # 24 + 30 + 30 + a nil return: the line of all agencies and levels was never held back
    assert story.row("2c.screenings", "2024-25")["value"] == 84


def test_a_nil_return_is_zero(story: Story) -> None:
    nil = story.row("2c.screenings", "2024-25-Q4")
    assert (nil["status"], nil["value"], nil["coverage"]) == ("uncertified", 0, 1)


def test_children_are_of_quarters_only_and_never_the_sum_of_agencies(story: Story) -> None:
    assert story.periods("2c.children_screened") == {"quarter"}
    agencies = ("agency:Police", "agency:Health", "all")
    found = [story.row("2c.children_screened", "2024-25-Q1", agency)["value"] for agency in agencies]
    assert found == [11, 9, 19]


def test_adults_in_treatment_are_as_published_and_less_than_their_agencies(story: Story) -> None:
    assert story.periods("3e.adults_in_treatment") == {"rolling12"}
    parts = ("all", "agency:Harbour", "agency:Dunes", "agency:Quayside")
    found = [story.row("3e.adults_in_treatment", "2024-06-R12", part) for part in parts]
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
    assert story.periods("2d.children_asked") == {"year"}
    rows = story.rows("2d.children_asked", by="year", breakdown="age:10-12")
    assert {row["period"]: row["numerator"] for row in rows} == {"2023-24": 60, "2024-25": 60}


@needs_published
def test_drug_deaths_of_bcp_2018_to_2020_as_published(story: Story) -> None:
    row = story.row("3e.drug_deaths_rate", "2020-12-R36")
    # 31 + 40 + 36 deaths over 395,784 + 395,331 + 396,989 residents; Byar's interval of 107
    assert (row["numerator"], row["denominator"]) == (107, 1_188_104)
    assert [round(row[name], 3) for name in ("value", "lower", "upper")] == [9.006, 7.38, 10.883]
    assert (row["method"], row["status"], row["coverage"]) == ("byar", "uncertified", 1)


@needs_published
def test_deaths_are_of_three_years_to_december_only(story: Story) -> None:
    assert story.periods("3e.drug_deaths") == {"rolling36"}
    assert {row["period"][4:] for row in story.rows("3e.drug_deaths", by="rolling36")} == {"-12-R36"}


@needs_published
def test_years_whose_oldest_are_not_known_have_no_rate(story: Story) -> None:
    # Before 2001 the table leaves out everyone from 85 on: no sum of the rest stands in for the residents.
    found = {row["period"]: (row["status"], row["value"]) for row in story.rows("3e.drug_deaths_rate", by="rolling36")}
    assert found["2002-12-R36"] == ("unavailable", None)
    assert found["2003-12-R36"][0] == "uncertified"
    assert all(value is None for period, (_, value) in found.items() if period < "2003")


@needs_published
def test_a_year_without_residents_leaves_the_rate_incomplete(story: Story) -> None:
    # On 6 January the residents of 2020 were not yet here: 107 over two years' residents would be half too high.
    row = story.row("3e.drug_deaths_rate", "2020-12-R36", known_at="2026-01-06")
    assert (row["status"], row["value"]) == ("incomplete", None)
