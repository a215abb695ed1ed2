"""The demo's numbers for the strategic assessment are a recount of the files it wrote, made with pandas."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import safer_kpi
from tests.docs.conftest import ROOT, Demo
from tests.oracles import assessment as oracle
from tests.oracles import incidents, partner_lists
from tests.oracles.partner_files import joint_patrol_starts

pytestmark = [pytest.mark.e2e, pytest.mark.long(30)]

BCP = "E06000058"
YEARS = {"2023-24": ("2023-04", "2024-03"), "2024-25": ("2024-04", "2025-03")}
#: The twelve months that the demo's two years hold, by their last month.
TWELVE = [str(month) for month in pd.period_range("2024-03", "2025-03", freq="M")]


@pytest.fixture(scope="module")
def files(demo: Demo) -> Path:
    return demo.folder / "lake" / "partner-files"


@pytest.fixture(scope="module")
def places() -> set[str]:
    with (ROOT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv").open(encoding="utf-8", newline="") as lines:
        return {row["lsoa21_code"] for row in csv.DictReader(lines) if row["la_code"] == BCP}


@pytest.fixture(scope="module")
def offences(files: Path, places: set[str]) -> pd.DataFrame:
    return oracle.offences(files, places, ROOT / "seeds" / "offence_codes.csv")


@pytest.fixture(scope="module")
def lake(demo: Demo) -> Any:
    with safer_kpi.open(demo.folder / "lake") as opened:
        yield opened


def told(lake: safer_kpi.Lake, metric: str, **asked: Any) -> dict[str, float | None]:
    rows = lake.metric(metric, area=BCP, release="now", **asked).rows()
    return {row["period"]: row["value"] for row in rows if row["status"] not in ("missing", "incomplete")}


def part_of(lake: safer_kpi.Lake, metric: str, period: str, part: str = "all") -> dict[str, Any]:
    (row,) = lake.metric(metric, area=BCP, period=period, breakdown=part, release="now").rows()
    return dict(row)


def assert_parts(lake: safer_kpi.Lake, metric: str, period: str, counted: dict[str, int]) -> None:
    """Each part is as counted, and each breakdown sums to the whole, so that no other part holds anything."""
    assert {part: part_of(lake, metric, period, part)["value"] for part in counted} == counted, metric
    whole = part_of(lake, metric, period)["value"]
    sums = dict.fromkeys({part.split(":")[0] for part in counted}, 0)
    for part, count in counted.items():
        sums[part.split(":")[0]] += count
    assert set(sums.values()) == {whole}


@pytest.mark.parametrize(
    ("metric", "column"), [("1a.repeat_victims", "Victim reference"), ("1a.repeat_locations", "LSOA")]
)
def test_victims_and_places_of_three_offences(
    lake: safer_kpi.Lake, offences: pd.DataFrame, metric: str, column: str
) -> None:
    assaults = (offences["is_assault"] == "true") & offences["weapon"]
    groups = offences["offence_group"].isin([oracle.VIOLENCE, oracle.SEXUAL, oracle.ROBBERY])
    rows = offences[groups if metric == "1a.repeat_victims" else assaults]
    counted = {f"{last}-R12": oracle.three_or_more(rows, column, last) for last in TWELVE}
    assert min(counted.values()) > 0
    assert told(lake, metric, by="rolling12") == counted


def test_places_of_three_calls(lake: safer_kpi.Lake, files: Path, places: set[str]) -> None:
    calls = incidents.personal(incidents.incidents(files, places))
    counted = {f"{last}-R12": oracle.three_or_more(calls, "LSOA", last) for last in TWELVE}
    assert min(counted.values()) > 0
    assert told(lake, "3c.repeat_locations", by="rolling12") == counted


@pytest.mark.parametrize("period", YEARS)
def test_victims_by_age_and_sex(lake: safer_kpi.Lake, offences: pd.DataFrame, period: str) -> None:
    young = (offences["is_serious_violence"] == "true") & offences["years"].between(10, 24)
    which = {
        "1a.violence_victims": offences["offence_group"] == oracle.VIOLENCE,
        "1a.serious_youth_violence_victims": young,
        "1a.knife_weapon_victims": (offences["is_assault"] == "true") & offences["weapon"],
        "1c.msv_victims": offences["MSV"] == "Y",
    }
    for metric, rows in which.items():
        assert_parts(lake, metric, period, oracle.profile(offences[rows], *YEARS[period]))
    violence = oracle.profile(offences[which["1a.violence_victims"]], *YEARS[period])
    assert violence[f"age:{oracle.NOT_RECORDED}"] > 0
    assert violence[f"sex:{oracle.NOT_RECORDED}"] > 0


def test_when_patrols_and_sessions_start(lake: safer_kpi.Lake, files: Path) -> None:
    starts = joint_patrol_starts(oracle.arrived(files, "*-patrols.csv"))
    patrols = [start for month in starts.values() for start in month]
    days = pd.Series([day for day, _ in patrols])
    clocks = pd.Series([f"{minute // 60:02}" for _, minute in patrols])
    sessions = partner_lists.sessions(files)
    for period, months in YEARS.items():
        within = days.dt.to_period("M").astype(str).between(*months)
        if all(str(month) in starts for month in pd.period_range(*months, freq="M")):
            assert_parts(lake, "3a.joint_patrol_times", period, oracle.times(days[within], clocks[within]))
        else:
            assert part_of(lake, "3a.joint_patrol_times", period)["status"] == "incomplete"
        held = sessions[sessions["held"].dt.to_period("M").astype(str).between(*months)]
        assert_parts(lake, "1b.session_times", period, oracle.times(held["held"], held["Start"]))


def test_children_of_twelve_months(lake: safer_kpi.Lake, files: Path) -> None:
    counted = oracle.children_of_year(files)
    assert len(counted) == 8 * 4
    for (quarter, level), children in counted.items():
        ends = pd.Period(f"{quarter[:4]}Q{quarter[-1]}", "Q-DEC") + 1  # a financial quarter ends one later
        part = "all" if level == "All levels" else f"risk:{level.lower()}"
        row = part_of(lake, "2c.children_screened_in_year", f"{ends.end_time:%Y-%m}-R12", part)
        assert (row["value"], row["status"] == "suppressed") == (
            (None, True) if pd.isna(children) else (children, False)
        ), (quarter, level)


def test_who_offends_again(lake: safer_kpi.Lake, files: Path, places: set[str]) -> None:
    """The demo begins in April 2023, so the first month that is stated at all is April 2024."""
    rows = oracle.outcomes(files, ROOT / "seeds" / "outcome_types.csv")
    months = [str(month) for month in pd.period_range("2024-04", "2025-03", freq="M")]
    counted = {month: oracle.offended_again(rows, places, month, month) for month in months}
    counted["2024-25"] = oracle.offended_again(rows, places, "2024-04", "2025-03")
    found = {
        row["period"]: (row["denominator"], row["numerator"])
        for by in ("month", "year")
        for row in lake.metric("1c.msv_reoffending_share", area=BCP, by=by, release="now").rows()
    }
    assert found == counted
    followed, again = counted["2024-25"]
    assert 0 < again < followed
    assert told(lake, "1c.msv_offenders_followed", by="year") == {"2024-25": followed}
    assert told(lake, "1c.msv_reoffenders", by="year") == {"2024-25": again}
