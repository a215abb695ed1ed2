"""Searches, calls, referrals and official figures, from files to numbers in the lake that the stories share.

Every expected number is derived beside it from the rows that are written here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

import safer_kpi
from safer_kpi.errors import NotFound
from tests.flows.shared_lake import BCP, Post, Story

pytestmark = pytest.mark.e2e

DORSET = "E23000039"
HERE = "E01015272"
SEARCH = "Type,Date,Gender,Age range,Object of search,Outcome"
INCIDENT = "Incident reference,Caller reference,Date reported,Time reported,NSIR category,Recorded as crime,LSOA"
ORDERS = "area,power,year,count,scope_note"
OFFICIAL = "financial_year,police_force,csp_name,offence_group,offences,quarters"


#: Columns that the rows of a search leave out.
_REST = (
    "Part of a policing operation,Policing operation,Latitude,Longitude,Self-defined ethnicity,"
    "Officer-defined ethnicity,Legislation,Outcome linked to object of search,Removal of more than just outer clothing"
)


def _padded(feed: str, header: str, rows: Sequence[str]) -> Sequence[str]:
    assert all(row.count(",") == header.count(",") or '"' in row for row in rows), feed
    return rows


def written(post: Post, feed: str, day: str, name: str, header: str, rows: Sequence[str]) -> None:
    path = post.path(day, name)
    path.write_text("\n".join([header, *_padded(feed, header, rows)]) + "\n", encoding="utf-8")
    post.send(feed, day, path)


def send(post: Post) -> None:
    searches(post)
    calls(post)
    figures(post)


@pytest.fixture(scope="module")
def story(story_of: Callable[[str], Story]) -> Story:
    return story_of("test_incident_feeds")


def searches(post: Post) -> None:
    """Three searches of June by the local clock, the first of which is still May in UTC, and a stray one of May."""
    rows = [
        "Person search,2020-05-31T23:05:00+00:00,Male,10-17,Stolen goods,Arrest",
        "Person search,2020-06-30T22:15:00+00:00,Female,,Controlled drugs,",
        "Vehicle search,2020-06-09T10:00:00+00:00,,,Offensive weapons,Arrest",
        "Person search,2020-05-31T22:55:00+00:00,Male,18-24,Stolen goods,Arrest",
    ]
    header = f"{SEARCH},{_REST}"
    blank = "," * (_REST.count(",") + 1)
    name = "2020-06-dorset-stop-and-search.csv"
    written(post, "police_stop_search", "2020-08-03", name, header, [row + blank for row in rows])


def calls(post: Post) -> None:
    """Four personal calls and a nuisance call; sent again, one is qualified anew, one is a crime, one came late."""
    first = [
        f"a1,p1,03/04/2024,18:30,Personal,N,{HERE}",
        f"a2,p1,04/04/2024,18:30,Personal,N,{HERE}",
        f"a3,p2,05/04/2024,09:15,Personal,N,{HERE}",
        f"a4,,06/04/2024,23:59,Personal,N,{HERE}",
        f"a5,p3,07/04/2024,00:00,Nuisance,N,{HERE}",
    ]
    name = "2024-04-dorset-asb-incidents.csv"
    written(post, "asb_incidents", "2024-05-10", name, INCIDENT, first)
    again = [
        first[0],
        first[1].replace("Personal", "Nuisance"),
        first[2].replace("Personal,N", "Personal,Y"),
        *first[3:],
        f"a6,p2,08/04/2024,12:00,Personal,N,{HERE}",
    ]
    written(post, "asb_incidents", "2024-08-10", name, INCIDENT, again)


def figures(post: Post) -> None:
    """Referrals of a calendar year, orders of three years, and official figures of three partnerships."""
    quarters = {"2023-Q4": 5, "2024-Q1": 7, "2024-Q2": None, "2024-Q3": 6, "2024-Q4": 8}
    paths = [post.path("2025-03-05", f"nrm-referrals_dorset_{quarter}.xlsx") for quarter in quarters]
    for path, police in zip(paths, quarters.values(), strict=True):
        write_referrals(path, police)
    post.send("nrm_referrals", "2025-03-05", *paths)
    area = "Dorset Police force area"
    orders = [
        f"{area},Community Protection Notice,2018,,blank in source",
        f"{area},Community Protection Notice,2019,61,",
        f"{area},Criminal Behaviour Order,2018,29,",
        f"{area},Criminal Behaviour Order,2019,22,",
        f"{area},ASB Civil Injunction,2018-2019,0,total of both",
    ]
    written(post, "yearly_figures", "2025-03-06", "orders.csv", ORDERS, orders)
    names = ("Bournemouth", "Poole", "Dorset")
    rows = [f'2023/24,Dorset,{name},Robbery,{100 * (1 + at)},"1,2,3,4"' for at, name in enumerate(names)]
    header = f"{OFFICIAL},source_file,published"
    name = "ho_csp_2023_24_dorset_force.csv"
    written(post, "recorded_crime_csp", "2025-03-07", name, header, [f"{row},," for row in rows])


def write_referrals(path: Path, police: int | None) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Referrals"
    for row in (
        ["Police force area", "Scope", "County", "First responder", "Referrals"],
        ["Dorset", "Police force area", None, "Dorset Police", police],
        ["Dorset", "Police force area", None, "BCP Council", 2],
        ["Dorset", "County", "Dorset", "All first responders", 40],
        ["Total", None, None, None, 49],
    ):
        sheet.append(row)
    book.save(path)


def test_every_file_is_accepted_and_a_search_of_another_month_is_held_back(story: Story) -> None:
    for name, receipt in story.receipts.items():
        assert (name, receipt.status, receipt.error) == (name, "accepted", None)
        assert receipt.rows_read == receipt.rows_accepted + receipt.rows_quarantined + receipt.rows_skipped
        stray = 1 if name.endswith("stop-and-search.csv") else 0  # 23:55 on 31 May by the clock
        assert (name, receipt.rows_quarantined) == (name, stray)


def test_searches_are_of_the_month_of_the_local_clock(story: Story) -> None:
    assert story.row("1a.stop_and_searches", "2020-06", area=DORSET)["value"] == 3
    with safer_kpi.open(story.settings.home) as lake:
        parts = {
            part: lake.metric("1a.stop_and_searches", area=DORSET, period="2020-06", breakdown=part, release="now")
            .rows()[0]["value"]
            for part in ("sex:F", "sex:M", "sex:not recorded", "age:10-17", "age:not recorded")
        }  # fmt: skip
    assert parts == {"sex:F": 1, "sex:M": 1, "sex:not recorded": 1, "age:10-17": 1, "age:not recorded": 2}


def test_a_call_counts_as_it_is_qualified_now(story: Story) -> None:
    # a1 to a4 at first; then a2 is a nuisance, a3 is a crime, and a6 came late: a1, a4 and a6
    assert story.row("3c.personal_asb", "2024-04", known_at="2024-06-01")["numerator"] == 4
    assert story.row("3c.personal_asb", "2024-04")["numerator"] == 3
    assert story.row("3c.asb_recorded_as_crime", "2024-04", known_at="2024-06-01")["numerator"] == 0
    assert story.row("3c.asb_recorded_as_crime", "2024-04")["numerator"] == 1


def test_what_was_qualified_anew_is_a_cause(story: Story) -> None:
    assert story.receipts["2024-08-10 2024-04-dorset-asb-incidents.csv"].changes == {"reclassified": 2, "late": 1}
    with safer_kpi.open(story.settings.home) as lake:
        rows = lake.compare("2024-06-01", "2024-09-01", metric="3c.personal_asb", area=BCP, period="2024-04").rows()
    # 4 - 2 reclassified + 1 late = 3
    assert [(row["step"], row["cause"], row["amount"]) for row in rows] == [
        ("opening", None, 4), ("movement", "reclassified", -2), ("movement", "late", 1), ("closing", None, 3),
    ]  # fmt: skip


def test_referrals_are_of_calendar_quarters_and_the_scope_is_never_mixed(story: Story) -> None:
    # 7 + 2; the county's 40 is another scope
    first = story.row("2a.nrm_referrals", "2024-Q1", area=DORSET)
    assert (first["period_type"], first["value"]) == ("calendar_quarter", 9)
    assert (first["period_start"], first["period_end"]) == (dt.date(2024, 1, 1), dt.date(2024, 3, 31))
    assert story.row("2a.nrm_referrals", "2024-Q1", area=DORSET, breakdown="responder:BCP Council")["value"] == 2


def test_a_blank_is_unavailable_and_so_is_the_calendar_year_that_holds_it(story: Story) -> None:
    assert story.row("2a.nrm_referrals", "2024-Q2", area=DORSET)["status"] == "unavailable"
    whole = story.row("2a.nrm_referrals", "2024", area=DORSET)
    assert (whole["period_type"], whole["status"], whole["value"]) == ("calendar_year", "unavailable", None)
    # of 2023 one quarter of four has come
    assert (story.row("2a.nrm_referrals", "2023", area=DORSET)["status"]) == "incomplete"


@pytest.mark.parametrize("asked", [{"by": "year"}, {"by": "quarter"}, {"period": "2023-24"}, {"period": "2023-24-Q4"}])
@pytest.mark.parametrize("metric", ["2a.nrm_referrals", "3d.orders_yearly"])
def test_a_financial_period_of_them_is_not_available(story: Story, metric: str, asked: dict[str, Any]) -> None:
    told = "not available in this period type"
    with safer_kpi.open(story.settings.home) as lake, pytest.raises(NotFound, match=told):
        lake.metric(metric, area=DORSET, release="now", **asked)


def test_a_year_with_a_blank_has_no_figure_in_all(story: Story) -> None:
    assert story.row("3d.orders_yearly", "2019", area=DORSET)["value"] == 61 + 22
    assert story.row("3d.orders_yearly", "2018", area=DORSET)["status"] == "unavailable"
    part = "power:Criminal Behaviour Order"
    assert story.row("3d.orders_yearly", "2018", area=DORSET, breakdown=part)["value"] == 29


def test_an_authority_of_three_partnerships_has_no_official_figure(story: Story) -> None:
    row = story.row("1a.official_recorded_crime", "2023-24")
    assert (row["status"], row["value"], row["numerator"], row["coverage"]) == ("unavailable", None, None, 1)
