"""Published files in one lake: street crime, searches, referrals, orders, recorded crime, deaths from drugs, residents.

Expected numbers were counted from the files, with a plain reader or by hand: see the derivation beside each.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import safer_kpi
from safer_kpi.compute import build
from safer_kpi.domain.periods import PERIOD_TYPES
from safer_kpi.errors import NotFound
from safer_kpi.landing import Receipt, Terms, land, parse_time
from safer_kpi.settings import Settings
from tests.flows.other_files import write_residents
from tests.oracles.incidents import searches

pytestmark = [pytest.mark.e2e, pytest.mark.long(40)]

BCP, DORSET, NORTHUMBRIA = "E06000058", "E23000039", "E23000007"
RATE, VIOLENCE = "3e.drug_deaths_rate", "1a.violence_and_sexual_offences"
DEATHS, RESIDENTS = "drug_poisoning_registrations_by_LA.csv", ("residents.csv", "la_pop_estimates.csv")
STREET = [f"{month}-dorset-street.csv" for month in ("2018-10", "2025-01", "2025-02", "2025-03")]
Landed = tuple[Settings, dict[str, Receipt]]


@pytest.fixture(scope="module")
def landed(shared_data: Path, tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Landed:
    folder = tmp_path_factory.mktemp("published")
    settings = new_lake(folder / "lake", built=True)
    published, police = shared_data / "published", shared_data / "police_uk"
    residents = write_residents(folder / "residents.csv", {2018: 395784, 2019: 395331})
    files: list[tuple[str, str | None, list[Path]]] = [
        ("deaths", "2026-01-05T09:00Z", [published / DEATHS]),
        ("population_la", "2026-01-06T09:00Z", [residents]),
        ("population_la", "2026-01-07T09:00Z", [published / "la_pop_estimates.csv"]),
        ("police_stop_search", None, sorted((police / "northumbria").glob("*-stop-and-search.csv"))),
        ("yearly_figures", None, [published / "civil_orders_foi_01FIN231029.csv", published / "nrm_dorset_press.csv"]),
        ("recorded_crime_csp", None, [published / "ho_csp_2025_26_dorset_force.csv"]),
        ("police_street", None, sorted((police / "dorset").glob("*.csv"))),
    ]
    receipts: dict[str, Receipt] = {}
    for feed, day, paths in files:
        terms = Terms(received_at=parse_time(day)) if day else Terms()
        told = land(settings, feed, [str(path) for path in paths], terms=terms)
        receipts |= {path.name: receipt for path, receipt in zip(paths, told, strict=True)}
    build(settings)
    return settings, receipts


def asked(landed: Landed, metric: str, **more: Any) -> list[dict[str, Any]]:
    with safer_kpi.open(landed[0].home) as lake:
        return lake.metric(metric, **more).rows()


def rows(landed: Landed, metric: str, area: str, **more: Any) -> dict[str, tuple[str, float | None]]:
    found = asked(landed, metric, area=area, release="now", **more)
    return {row["period"]: (row["status"], row["value"]) for row in found}


def values(landed: Landed, metric: str, area: str) -> dict[str, float | None]:
    return {row["period"]: row["value"] for row in asked(landed, metric, area=area, by="month")}


def test_every_row_of_every_table_is_accepted(landed: Landed) -> None:
    told = {name: (r.status, r.rows_read, r.rows_quarantined) for name, r in landed[1].items()}
    assert {told[name][::2] for name in (DEATHS, *RESIDENTS)} == {("accepted", 0)}
    for receipt in landed[1].values():
        assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined + receipt.rows_skipped
    assert {name: one for name, one in told.items() if name not in (DEATHS, *RESIDENTS, *STREET)} == {
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


def test_dorset_receipts_lose_no_row(landed: Landed) -> None:
    # Rows of each file less its header; 2018-10 repeats 30 Crime IDs.
    assert [(r.rows_read, r.rows_accepted, r.rows_quarantined) for r in (landed[1][name] for name in STREET)] == [
        (6440, 6410, 30), (4156, 4156, 0), (4146, 4146, 0), (4759, 4759, 0),
    ]  # fmt: skip


def test_dorset_numbers_for_bcp(landed: Landed) -> None:
    # Rows whose LSOA lies in BCP, by crime type: the figures, counted from the CSV files.
    violence = values(landed, VIOLENCE, BCP)
    asb = values(landed, "3c.asb_incidents", BCP)
    assert [violence[month] for month in ("2025-01", "2025-02", "2025-03")] == [908, 824, 956]
    assert [asb[month] for month in ("2025-01", "2025-02", "2025-03")] == [487, 554, 648]
    assert violence["2018-10"] == 1000  # LSOA-2011 codes
    assert violence["2019-01"] is None  # never delivered: missing, not zero


def test_every_month_agrees_with_a_plain_count_of_its_file(landed: Landed, shared_data: Path) -> None:
    """The force's total, counted by another implementation from the same bytes."""
    types = {
        "Violence and sexual offences": VIOLENCE,
        "Robbery": "1a.robbery",
        "Possession of weapons": "1a.possession_of_weapons",
        "Anti-social behaviour": "3c.asb_incidents",
    }
    for month in ("2025-01", "2025-02", "2025-03"):
        path = shared_data / "police_uk" / "dorset" / f"{month}-dorset-street.csv"
        with path.open(encoding="utf-8", newline="") as lines:
            counted = Counter(row["Crime type"] for row in csv.DictReader(lines))
        for crime_type, metric in types.items():
            assert values(landed, metric, DORSET)[month] == counted[crime_type]


def test_wards_the_other_authority_and_unplaced_sum_to_the_force(landed: Landed) -> None:
    found = asked(landed, VIOLENCE, by="month")
    for month in ("2018-10", "2025-01", "2025-02", "2025-03"):
        here = [row for row in found if row["period"] == month]
        parts = sum(row["value"] for row in here if row["area_type"] in ("ward", "unplaced"))
        # The project has wards of its own authority alone.
        parts += sum(row["value"] for row in here if row["area_code"] == "E06000059")
        assert parts == next(row["value"] for row in here if row["area_type"] == "force")


def test_a_quarter_is_the_sum_of_its_months_and_incomplete_without_one(landed: Landed) -> None:
    found = {row["period"]: row for row in asked(landed, VIOLENCE, area=BCP, by="quarter")}
    assert found["2024-25-Q4"]["value"] == 908 + 824 + 956
    assert (found["2018-19-Q3"]["status"], found["2018-19-Q3"]["value"]) == ("incomplete", None)


def test_drug_deaths_of_bcp_2018_to_2020_as_published(landed: Landed) -> None:
    (row,) = asked(landed, RATE, area=BCP, period="2020-12-R36", release="now")
    # 31 + 40 + 36 deaths over 395,784 + 395,331 + 396,989 residents; Byar's interval of 107
    assert (row["numerator"], row["denominator"]) == (107, 1_188_104)
    assert [round(row[name], 3) for name in ("value", "lower", "upper")] == [9.006, 7.38, 10.883]
    assert (row["method"], row["status"], row["coverage"]) == ("byar", "uncertified", 1)


def test_deaths_are_of_three_years_to_december_only(landed: Landed) -> None:
    deaths = "3e.drug_deaths"
    given = set()
    for by in PERIOD_TYPES:
        with suppress(NotFound):
            given |= {row["period_type"] for row in asked(landed, deaths, area=BCP, by=by, release="now")}
    assert given == {"rolling36"}
    assert {period[4:] for period in rows(landed, deaths, BCP, by="rolling36")} == {"-12-R36"}


def test_years_whose_oldest_are_not_known_have_no_rate(landed: Landed) -> None:
    # Before 2001 the table leaves out everyone from 85 on: no sum of the rest stands in for the residents.
    found = rows(landed, RATE, BCP, by="rolling36")
    assert found["2002-12-R36"] == ("unavailable", None)
    assert found["2003-12-R36"][0] == "uncertified"
    assert all(value is None for period, (_, value) in found.items() if period < "2003")


def test_a_year_without_residents_leaves_the_rate_incomplete(landed: Landed) -> None:
    # On 6 January the residents of 2020 were not yet here: 107 over two years' residents would be half too high.
    (row,) = asked(landed, RATE, area=BCP, period="2020-12-R36", known_at="2026-01-06")
    assert (row["status"], row["value"]) == ("incomplete", None)
