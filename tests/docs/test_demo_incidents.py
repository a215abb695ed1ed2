"""The demo's calls, searches, referrals and deaths are a recount of the files it wrote, made with pandas."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import safer_kpi
from tests.docs.conftest import ROOT, Demo
from tests.oracles import incidents as oracle

pytestmark = [pytest.mark.e2e, pytest.mark.long(30)]

BCP, DORSET = "E06000058", "E23000039"
#: A file of that day is an older publication that came late: its month stays as it was.
STALE = ("2024-08-21",)


@pytest.fixture(scope="module")
def files(demo: Demo) -> Path:
    return demo.folder / "lake" / "partner-files"


@pytest.fixture(scope="module")
def places() -> set[str]:
    with (ROOT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv").open(encoding="utf-8", newline="") as lines:
        return {row["lsoa21_code"] for row in csv.DictReader(lines) if row["la_code"] == BCP}


@pytest.fixture(scope="module")
def lake(demo: Demo) -> Any:
    with safer_kpi.open(demo.folder / "lake") as opened:
        yield opened


def told(lake: safer_kpi.Lake, metric: str, area: str = BCP, **asked: Any) -> dict[str, float | None]:
    rows = lake.metric(metric, area=area, release="now", **asked).rows()
    return {row["period"]: row["numerator"] for row in rows if row["status"] not in ("missing", "incomplete")}


def test_calls(lake: safer_kpi.Lake, files: Path, places: set[str]) -> None:
    rows = oracle.incidents(files, places)
    personal = oracle.personal(rows).groupby("month").size().to_dict()
    assert len(personal) == 24
    assert told(lake, "3c.personal_asb", by="month") == personal
    crimes = rows[rows["Recorded as crime"] == "Y"].groupby("month").size().to_dict()
    found = told(lake, "3c.asb_recorded_as_crime", by="month")
    assert {month: count for month, count in found.items() if count} == crimes
    assert told(lake, "3c.personal_asb_rate", by="month") == personal


def test_hours_and_days_of_calls(lake: safer_kpi.Lake, files: Path, places: set[str]) -> None:
    rows = oracle.personal(oracle.incidents(files, places))
    rows = rows[rows["month"] >= "2024-04"]
    days = pd.to_datetime(rows["Date reported"], format="%d/%m/%Y").dt.day_name()
    for part, column in (("hour", rows["Time reported"].str[:2]), ("weekday", days)):
        for word, count in column.value_counts().items():
            found = told(lake, "3c.personal_asb_times", by="year", breakdown=f"{part}:{word}")
            assert found["2024-25"] == count, word


def test_repeat_callers(lake: safer_kpi.Lake, files: Path, places: set[str]) -> None:
    rows = oracle.incidents(files, places)
    found = told(lake, "3c.repeat_callers", by="rolling12")
    months = [str(month) for month in pd.period_range("2024-03", "2025-03", freq="M")]
    assert found == {f"{month}-R12": oracle.repeat_callers(rows, month) for month in months}
    assert max(count or 0 for count in found.values()) > 0


def test_searches(lake: safer_kpi.Lake, files: Path) -> None:
    counted = oracle.searches(oracle.latest(files, "*-stop-and-search.csv")).to_dict()
    assert told(lake, "1a.stop_and_searches", DORSET, by="month") == counted
    assert len(counted) == 7


def test_referrals(lake: safer_kpi.Lake, files: Path) -> None:
    counted = oracle.referrals(files)
    rows = lake.metric("2a.nrm_referrals", area=DORSET, by="calendar_quarter", release="now").rows()
    assert {row["period"]: row["numerator"] for row in rows} == {
        quarter: None if pd.isna(count) else count for quarter, count in counted.items()
    }
    assert [row["status"] for row in rows if row["numerator"] is None] == ["unavailable"]


def test_yearly_figures(lake: safer_kpi.Lake, files: Path) -> None:
    (orders,) = (pd.read_csv(path, dtype=str) for path in files.glob("*/sample-foi-civil-orders.csv"))
    single = orders[orders["year"].str.len() == 4]
    counted = {year: float(rows["count"].astype(float).sum(skipna=False)) for year, rows in single.groupby("year")}
    found = told(lake, "3d.orders_yearly", DORSET, by="calendar_year")
    assert found == {year: None if pd.isna(count) else count for year, count in counted.items()}
    (press,) = (pd.read_csv(path, dtype=str) for path in files.glob("*/sample-nrm-newspaper.csv"))
    for metric, words in (("2a.nrm_referrals_made_yearly", "made by"), ("2a.nrm_referrals_received_yearly", "to")):
        rows = press[press["measure"] == f"NRM referrals {words} Dorset Police"]
        expected = {row["year"]: int(row["count"]) for _, row in rows.iterrows()}
        assert told(lake, metric, DORSET, by="calendar_year") == expected


@pytest.mark.parametrize(("metric", "feed"), [("3e.alcohol_deaths", "alcohol"), ("3e.drug_deaths", "drug")])
def test_deaths(lake: safer_kpi.Lake, files: Path, metric: str, feed: str) -> None:
    found = told(lake, metric, by="rolling36")
    pattern = f"sample-{feed}-deaths-to-*.csv"
    counted = {f"{year}-12-R36": oracle.deaths(files, pattern, BCP, year) for year in range(2015, 2024)}
    assert found == counted
    if feed == "alcohol":
        assert told(lake, "3e.alcohol_deaths_rate", by="rolling36") == counted


def test_offences_for_which_someone_was_dealt_with(lake: safer_kpi.Lake, files: Path, places: set[str]) -> None:
    counted = oracle.dealt_with(files, places, STALE).to_dict()
    assert told(lake, "1c.violence_dealt_with", by="month") == counted
    assert told(lake, "1c.violence_dealt_with_share", by="month") == counted


def test_an_authority_of_three_partnerships_has_no_official_figure(lake: safer_kpi.Lake) -> None:
    rows = lake.metric("1a.official_recorded_crime", area=BCP, by="year", release="now").rows()
    assert {row["period"]: (row["status"], row["value"]) for row in rows} == dict.fromkeys(
        ("2023-24", "2024-25"), ("unavailable", None)
    )
