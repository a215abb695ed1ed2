"""Published stops and searches, referrals, orders and recorded crime: expected numbers were counted from the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import safer_kpi
from safer_kpi.compute import build
from safer_kpi.errors import NotFound
from safer_kpi.landing import Receipt, land
from safer_kpi.settings import Settings
from tests.oracles.incidents import searches

pytestmark = [pytest.mark.e2e, pytest.mark.long(20)]

BCP, DORSET, NORTHUMBRIA = "E06000058", "E23000039", "E23000007"
Landed = tuple[Settings, dict[str, Receipt]]


@pytest.fixture(scope="module")
def landed(shared_data: Path, tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Landed:
    settings = new_lake(tmp_path_factory.mktemp("published") / "lake", built=True)
    published = shared_data / "published"
    files = {
        "police_stop_search": sorted((shared_data / "police_uk" / "northumbria").glob("*-stop-and-search.csv")),
        "yearly_figures": [published / "civil_orders_foi_01FIN231029.csv", published / "nrm_dorset_press.csv"],
        "recorded_crime_csp": [published / "ho_csp_2025_26_dorset_force.csv"],
    }
    receipts: dict[str, Receipt] = {}
    for feed, paths in files.items():
        told = land(settings, feed, [str(path) for path in paths])
        receipts |= {path.name: receipt for path, receipt in zip(paths, told, strict=True)}
    build(settings)
    return settings, receipts


def rows(landed: Landed, metric: str, area: str, **asked: Any) -> dict[str, tuple[str, float | None]]:
    with safer_kpi.open(landed[0].home) as lake:
        found = lake.metric(metric, area=area, release="now", **asked).rows()
    return {row["period"]: (row["status"], row["value"]) for row in found}


def test_every_row_of_every_file_is_accepted(landed: Landed) -> None:
    told = {name: (r.status, r.rows_read, r.rows_quarantined) for name, r in landed[1].items()}
    assert told == {
        "2020-05-northumbria-stop-and-search.csv": ("accepted", 457, 0),
        "2020-06-northumbria-stop-and-search.csv": ("accepted", 427, 0),
        "civil_orders_foi_01FIN231029.csv": ("accepted", 16, 0),
        "nrm_dorset_press.csv": ("accepted", 4, 0),
        "ho_csp_2025_26_dorset_force.csv": ("accepted", 27, 0),
    }


def test_searches_of_northumbria_by_the_local_month(landed: Landed, shared_data: Path) -> None:
    found = rows(landed, "1a.stop_and_searches", NORTHUMBRIA, by="month")
    assert found == {"2020-05": ("uncertified", 457), "2020-06": ("uncertified", 427)}  # by UTC 461 and 423
    files = sorted((shared_data / "police_uk" / "northumbria").glob("*-stop-and-search.csv"))
    assert searches(files).to_dict() == {"2020-05": 457, "2020-06": 427}


def test_orders_have_calendar_years_and_a_blank_is_unavailable(landed: Landed) -> None:
    part = {"by": "calendar_year", "breakdown": "power:Community Protection Notice"}
    assert rows(landed, "3d.orders_yearly", DORSET, **part) == {
        "2018": ("unavailable", None), "2019": ("uncertified", 61), "2020": ("uncertified", 93),
        "2021": ("uncertified", 71), "2022": ("uncertified", 37),
    }  # fmt: skip
    whole = rows(landed, "3d.orders_yearly", DORSET, by="calendar_year")
    assert whole["2018"] == ("unavailable", None)
    assert whole["2019"] == ("uncertified", 61 + 67 + 22)


def test_two_whole_tables_of_one_feed_cover_a_period_once(landed: Landed) -> None:
    with safer_kpi.open(landed[0].home) as lake:
        found = lake.metric("3d.orders_yearly", area=DORSET, by="calendar_year", release="now").rows()
    assert {row["coverage"] for row in found} == {1}


def test_referrals_keep_who_made_them_apart_from_where_they_went(landed: Landed) -> None:
    made = rows(landed, "2a.nrm_referrals_made_yearly", DORSET, by="calendar_year")
    assert made == {"2017": ("uncertified", 7)}
    received = rows(landed, "2a.nrm_referrals_received_yearly", DORSET, by="calendar_year")
    assert received == {"2018": ("uncertified", 27), "2019": ("uncertified", 59)}


@pytest.mark.parametrize("metric", ["3d.orders_yearly", "2a.nrm_referrals_received_yearly"])
def test_a_financial_year_of_them_is_not_available(landed: Landed, metric: str) -> None:
    with pytest.raises(NotFound, match=f"{metric} is not available in this period type: year"):
        rows(landed, metric, DORSET, by="year")


def test_bcp_has_no_official_figure_of_its_own(landed: Landed) -> None:
    assert rows(landed, "1a.official_recorded_crime", BCP, by="year") == {"2025-26": ("unavailable", None)}
