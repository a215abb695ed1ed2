"""The demo's other numbers are a recount of the files it wrote, so that each metric has one that pandas made.

The numbers of the partners' lists, of calls and searches, and of the assessment have modules of their own.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import pytest

import safer_kpi
from tests.docs.conftest import ROOT, Demo
from tests.oracles import assessment
from tests.oracles import plain_counts as oracle
from tests.oracles.incidents import deaths

pytestmark = [pytest.mark.e2e, pytest.mark.long(15)]

BCP = "E06000058"
#: A file of that day is an older publication that came late: its month stays as it was.
STALE = ("2024-08-21",)
SEEDS = ROOT / "seeds"
ESTIMATES = SEEDS / "population" / "bcp_population20_lsoa11.csv"  # the latest estimate before the demo's months
QUARTERS = {f"{year}-Q{quarter}": (year, quarter) for year in ("2023-24", "2024-25") for quarter in (1, 2, 3, 4)}
ENDS = {1: "06", 2: "09", 3: "12", 4: "03"}


@pytest.fixture(scope="module")
def files(demo: Demo) -> Path:
    return demo.folder / "lake" / "partner-files"


@pytest.fixture(scope="module")
def places() -> set[str]:
    with (SEEDS / "area_lookup" / "bcp_lsoa21_ward24.csv").open(encoding="utf-8", newline="") as lines:
        return {row["lsoa21_code"] for row in csv.DictReader(lines) if row["la_code"] == BCP}


@pytest.fixture(scope="module")
def lake(demo: Demo) -> Any:
    with safer_kpi.open(demo.folder / "lake") as opened:
        yield opened


def told(lake: safer_kpi.Lake, metric: str, column: str = "value", **asked: Any) -> dict[str, Any]:
    rows = lake.metric(metric, area=BCP, release="now", **asked).rows()
    return {row["period"]: row[column] for row in rows if row["status"] not in ("missing", "incomplete")}


def test_published_offences(lake: safer_kpi.Lake, files: Path, places: set[str]) -> None:
    rows = oracle.street(files, places, STALE)
    for metric, kind in (
        ("1a.robbery", "Robbery"),
        ("1a.possession_of_weapons", "Possession of weapons"),
        ("3c.asb_incidents", "Anti-social behaviour"),
    ):
        counted = oracle.by_month(rows[rows["Crime type"] == kind])
        assert told(lake, metric, by="month") == counted, metric
        assert len(counted) == 24


def test_violence_with_a_positive_outcome_and_by_residents(lake: safer_kpi.Lake, files: Path, places: set[str]) -> None:
    rows = oracle.street(files, places, STALE)
    violence = rows[rows["Crime type"] == "Violence and sexual offences"]
    every = oracle.by_month(violence)
    positive = oracle.by_month(violence[violence["Last outcome category"].isin(oracle.POSITIVE)])
    assert told(lake, "1c.violence_positive_outcomes", by="month") == positive
    shares = {month: pytest.approx(100 * positive[month] / every[month]) for month in every}
    assert told(lake, "1c.violence_positive_outcome_share", by="month") == shares
    people = oracle.residents(ESTIMATES)
    rates = {month: pytest.approx(1000 * count / people) for month, count in every.items()}
    assert told(lake, "1a.violence_and_sexual_offences_rate", by="month") == rates


def test_offences_of_the_force(lake: safer_kpi.Lake, files: Path, places: set[str]) -> None:
    rows = assessment.offences(files, places, SEEDS / "offence_codes.csv")
    violence = rows["offence_group"] == assessment.VIOLENCE
    which = {
        "1a.violence_against_person": violence,
        "1a.sexual_offences": rows["offence_group"] == assessment.SEXUAL,
        "1a.domestic_abuse_violence": violence & (rows["Domestic abuse"] == "Y"),
        "1a.knife_weapon_assaults": (rows["is_assault"] == "true") & rows["weapon"],
        "1a.serious_youth_violence": (rows["is_serious_violence"] == "true") & rows["years"].between(10, 24),
        "1c.msv_offences": rows["MSV"] == "Y",
    }
    for metric, counts in which.items():
        found = told(lake, metric, by="month")
        counted = rows[counts].groupby("month").size().to_dict()
        assert {month: count for month, count in found.items() if count} == counted, metric
        assert sum(counted.values()) > 0


def test_the_rate_of_serious_youth_violence(lake: safer_kpi.Lake) -> None:
    """The count is recounted with the other offences of the force; here the residents, and the division."""
    people = oracle.residents(ESTIMATES, oracle.YOUNG)
    count = told(lake, "1a.serious_youth_violence", by="month")
    rates = {month: pytest.approx(1000 * found / people) for month, found in count.items()}
    assert told(lake, "1a.serious_youth_violence_rate", by="month") == rates


def test_offenders_and_the_share_with_an_outcome(lake: safer_kpi.Lake, files: Path, places: set[str]) -> None:
    counted = oracle.offenders(files, places, SEEDS / "outcome_types.csv")
    found = told(lake, "1c.msv_offenders", by="month")
    assert {month: count for month, count in found.items() if count} == counted
    positive = oracle.positive_outcomes(files, SEEDS / "outcome_types.csv")
    own = positive[(positive["MSV"] == "Y") & positive["LSOA"].isin(places)]
    found = told(lake, "1c.msv_positive_outcomes", by="month")
    assert {month: count for month, count in found.items() if count} == own.groupby("Outcome month").size().to_dict()

    rows = assessment.offences(files, places, SEEDS / "offence_codes.csv")
    rows = rows[rows["MSV"] == "Y"]
    has_outcome = rows["Offence reference"].isin(positive["Crime reference"])
    every, some = (one.groupby("month").size() for one in (rows, rows[has_outcome]))
    found = told(lake, "1c.msv_cohort_with_outcome", by="month")
    assert {month: count for month, count in found.items() if count} == some.to_dict()
    shares = {month: pytest.approx(100 * some.get(month, 0) / every[month]) for month in every.index}
    assert told(lake, "1c.msv_positive_outcome_share", by="month") == shares


def test_no_class_of_the_demo_is_unknown(lake: safer_kpi.Lake, files: Path) -> None:
    """The demo's files hold codes of the list alone; a made-up class is counted in tests/flows/test_police_feeds.py."""
    assert oracle.classes(files) <= oracle.listed_classes(SEEDS / "offence_codes.csv")
    assert set(told(lake, "1a.unclassified_offences", by="month").values()) == {0}


def test_screenings(lake: safer_kpi.Lake, files: Path) -> None:
    counted = {quarter: oracle.screening(files, quarter) for quarter in QUARTERS}
    assert told(lake, "2c.screenings", by="quarter") == {quarter: one for quarter, (one, _) in counted.items()}
    assert told(lake, "2c.children_screened", by="quarter") == {quarter: one for quarter, (_, one) in counted.items()}


@pytest.mark.parametrize(
    ("question", "group", "metrics"),
    [
        ("feel_safer", "child", ("2d.children_asked", "2d.children_safer", "2d.children_feel_safer")),
        ("more_confident", "carer", ("2d.carers_asked", "2d.carers_more_confident", "2d.carers_confident")),
    ],
)
def test_the_survey(
    lake: safer_kpi.Lake, files: Path, question: str, group: str, metrics: tuple[str, str, str]
) -> None:
    asked, agreed, share = metrics
    counted = {wave: oracle.survey(files, wave, question, group) for wave in ("2023-24", "2024-25")}
    assert told(lake, asked, by="year") == {wave: every for wave, (every, _) in counted.items()}
    assert told(lake, agreed, by="year") == {wave: some for wave, (_, some) in counted.items()}
    assert told(lake, share, by="year") == {
        wave: pytest.approx(100 * some / every) for wave, (every, some) in counted.items()
    }


def test_joint_minutes(lake: safer_kpi.Lake, files: Path) -> None:
    counted = oracle.minutes_together(files)
    assert told(lake, "3a.joint_patrol_minutes", by="month") == counted
    hours = {month: pytest.approx(minutes / 60) for month, minutes in counted.items()}
    assert told(lake, "3a.joint_patrol_hours", by="month") == hours


def test_treatment(lake: safer_kpi.Lake, files: Path) -> None:
    counted = {
        f"{int(year[:4]) + (quarter == 4)}-{ENDS[quarter]}-R12": oracle.treatment(files, name)
        for name, (year, quarter) in QUARTERS.items()
    }
    for place, metric in enumerate(("3e.adults_in_treatment", "3e.estimated_need", "3e.unmet_need_adults")):
        expected = {period: None if math.isnan(one[place]) else one[place] for period, one in counted.items()}
        assert told(lake, metric, by="rolling12") == expected, metric
    shares = {
        period: None if math.isnan(unmet) else pytest.approx(100 * unmet / need)
        for period, (_, need, unmet) in counted.items()
    }
    assert told(lake, "3e.unmet_need", by="rolling12") == shares


def test_person_years_and_the_rate_of_drug_deaths(lake: safer_kpi.Lake, files: Path) -> None:
    lived = {year: oracle.years_lived(files, BCP, year) for year in range(2015, 2024)}
    found = told(lake, "3e.person_years", by="rolling36")
    assert found == {f"{year}-12-R36": years for year, years in lived.items()}
    rates = {
        f"{year}-12-R36": pytest.approx(100_000 * deaths(files, "sample-drug-deaths-to-*.csv", BCP, year) / years)
        for year, years in lived.items()
    }
    assert told(lake, "3e.drug_deaths_rate", by="rolling36") == rates
