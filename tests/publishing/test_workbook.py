"""What the workbook of a report says: known answers, and every number found in the release."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from safer_kpi.publishing import make_report
from safer_kpi.publishing.model.commentary import Comment, Commentary
from safer_kpi.publishing.model.report import Report, report
from safer_kpi.publishing.workbook import workbook
from tests.publishing import read_back, read_workbook
from tests.publishing.conftest import TITLES
from tests.publishing.made import METRIC, facts, number
from tests.publishing.read_workbook import Lookup, opened, rows
from tests.reading.conftest import OUTCOMES, RATE, VIOLENCE


@pytest.fixture(scope="module")
def book(told_site: dict[str, bytes]) -> read_workbook.Workbook:
    return opened(told_site["report.xlsx"])


@pytest.fixture(scope="module")
def lookup(told_releases: Path) -> Lookup:
    return looked_up(told_releases, "2024-25-Q1.2", "2024-25-Q1")


def looked_up(home: Path, now: str, before: str) -> Lookup:
    folder, earlier = home / "releases" / now, home / "releases" / before
    return Lookup(read_back.Releases(folder, earlier), folder, earlier)


def test_every_number_is_found(book: read_workbook.Workbook, lookup: Lookup) -> None:
    counted = read_workbook.check(book, lookup)
    # Two measures of 1a, and two of 1c: a quarter and three months each, with the value of the last report.
    assert counted["Figures 1a"] == counted["Figures 1c"] == 16
    assert counted["Scorecard"] == 8  # four values, and the part of the data that has been received
    assert counted["Wards"] == 6  # the whole area and two wards, each with its count
    assert counted["What changed"] == 6  # two statements: their places and both balances
    assert counted["Statements"] == 14  # 3 and 6 balances; 1 and 4 amounts between them


@pytest.mark.parametrize(
    ("sheet", "name", "value"),
    [("Figures 1a", "Value", 59), ("Figures 1a", "Value in the last report", 57), ("Statements", "Amount", 5),
     ("Scorecard", "Data received", 0.5), ("Wards", "Place", "South")],
)  # fmt: skip
def test_another_number_would_be_found(
    told_site: dict[str, bytes], lookup: Lookup, sheet: str, name: str, value: object
) -> None:
    spoiled = opened(told_site["report.xlsx"])
    (table,) = spoiled[sheet].tables.values()
    first, *others = spoiled[sheet][table.ref]
    place = [read_workbook.heading(cell.value) for cell in first].index(name)
    cell = next(row[place] for row in others if row[place].value not in read_workbook.SHORTHANDS)
    cell.value = value
    with pytest.raises((AssertionError, KeyError)):
        read_workbook.check_sheet(spoiled[sheet], lookup)


def test_figures_by_period(book: read_workbook.Workbook) -> None:
    """The quarter first, then its months: 31 + 12 + 15 = 58; the last report had 30 + 12 + 14 = 56."""
    found = [row for row in rows(book["Figures 1a"]) if row["Measure"] == TITLES[VIOLENCE]]
    assert [(row["Period"], row["Value"], row["Value in the last report"]) for row in found] == [
        ("April to June 2024", 58, 56),
        ("April 2024", 31, 30),
        ("May 2024", 12, 12),
        ("June 2024", 15, 14),
    ]
    assert [row["Verdict"] for row in found] == ["Worsening", "Not judged", "Not judged", "Not judged"]
    assert [row["Signal in the series"] for row in found] == ["[z]"] * 3 + ["Worse: above the upper process limit"]
    assert found[0]["First day"] == dt.datetime(2024, 4, 1)
    assert found[0]["Last day"] == dt.datetime(2024, 6, 30)


def test_the_scorecard_holds_every_indicator(book: read_workbook.Workbook) -> None:
    found = rows(book["Scorecard"])
    assert [(row["Indicator"], row["Measure"], row["Value"]) for row in found[:3]] == [
        ("1a", TITLES[VIOLENCE], 58),
        ("1a", TITLES[RATE], 14.5),  # 58 over 4,000 residents
        ("2a", "Not measured", "[z]"),
    ]
    assert found[2]["What to know"] == (
        "No partner supplies notices and orders, asked for from the police and the courts."
    )
    assert found[2]["Verdict"] == "Not measured"


def test_wards_stand_beside_the_whole(book: read_workbook.Workbook) -> None:
    # By hand: 24 over 1,000 residents and 34 over 3,000; together 58 over 4,000.
    assert [(row["Place"], row["Value"], row["Number counted"]) for row in rows(book["Wards"])] == [
        ("Seatown (whole area)", 14.5, 58),
        ("North", 24.0, 24),
        ("South", pytest.approx(34 / 3), 34),
    ]


def test_a_statement_tells_every_line(book: read_workbook.Workbook) -> None:
    """Of what changed: 14 reverted, 2 late, 1 reclassified, 15 delivered again: 56 - 14 + 2 - 1 + 15 = 58."""
    found = [row for row in rows(book["Statements"]) if row["Measure"] == TITLES[VIOLENCE]]
    assert [(row["What it says"], row["Amount"], row["Balance"]) for row in found] == [
        ("As certified in 2024-25-Q1.", "[z]", 56),
        ("14 were removed with a reverted delivery.", -14, 42),
        ("2 were recorded late.", 2, 44),
        ("1 was reclassified and no longer counts.", -1, 43),
        ("15 were delivered for the first time.", 15, 58),
        ("As certified in 2024-25-Q1.2.", "[z]", 58),
    ]
    assert found[2]["Received on"] == dt.datetime(2024, 10, 1)


def test_words_of_the_pages(book: read_workbook.Workbook, told_report: Report) -> None:
    assert told_report.revised is not None
    assert [row["What it changed"] for row in rows(book["Changes by file"])] == list(told_report.revised.sources)
    street = next(row for row in rows(book["Data by month"]) if row["Data"] == "Street")
    assert list(street.values())[-4:] == ["Nothing expected", "Received", "Received", "Received"]
    outcomes = next(row for row in rows(book["Definitions"]) if row["Measure"] == TITLES[OUTCOMES])
    assert (outcomes["Counted"], outcomes["Which way is better"]) == ("Each record.", "Higher is better.")
    questions = [row["What it says"] for row in rows(book["Summary"]) if row["Kind"] == "Question"]
    assert questions[0].startswith("Worse, by more than chance explains.")


def test_a_first_report_has_no_last_one(told_releases: Path) -> None:
    book = opened(workbook(make_report("2024-25-Q1", home=told_releases)))
    assert not {"What changed", "Statements", "Changes by file"} & set(book.sheetnames)
    assert "Value in the last report" not in rows(book["Figures 1a"])[0]


def test_a_missing_value_is_a_shorthand_and_not_zero() -> None:
    """Four months: none recorded, withheld, incomplete, and provisional."""
    given = [
        number(0.0, dt.date(2024, 4, 1)),
        number(None, dt.date(2024, 5, 1), status="suppressed"),
        number(None, dt.date(2024, 6, 1), status="incomplete"),
        number(7.0, dt.date(2024, 7, 1), status="provisional"),
    ]
    found = rows(opened(workbook(report(facts(*given))))["Figures other"])
    assert [(row["Value"], row["Status"]) for row in found] == [
        (0, "Final"),
        ("[c]", "Withheld"),
        ("[x]", "Incomplete"),
        (7, "Provisional"),
    ]


def test_a_report_without_a_figure_has_a_workbook() -> None:
    book = opened(workbook(report(facts())))
    assert book.sheetnames == ["Cover", "Contents", "Notes", "Definitions"]


#: What a text may hold that a spreadsheet, or what writes it, would take for something else.
HOSTILE = [
    "=1+1", "{=1+1}", "+1", "-1", "@SUM(A1)", "https://example.org", "internal:Cover!A1", "[a](https://example.org)",
    "[a](b) and [c](d)", "$$interval$$", "1e3", "007", "TRUE", "2024-05-01", "张三", "—",
]  # fmt: skip


def test_a_text_stays_a_text() -> None:
    """No formula, no link, no number and no date arises from the words of a comment."""
    comments = tuple(
        Comment(about="summary", by=text, on=dt.date(2025, 7, 30), text=text, although="") for text in HOSTILE
    )
    metric = replace(METRIC, title="=A1")
    given = facts(number(80.0, dt.date(2024, 4, 1)), metrics={METRIC.metric_id: metric})
    book = opened(workbook(report(given, Commentary(comments))))
    shown = {"[a](https://example.org)": "[a] (https://example.org)", "[a](b) and [c](d)": "[a] (b) and [c] (d)",
             "$$interval$$": "$ $interval$ $"}  # fmt: skip
    assert [row["Comment"] for row in rows(book["Comments"])] == [shown.get(text, text) for text in HOSTILE]
    assert rows(book["Figures other"])[0]["Measure"] == "=A1"
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            assert cell.data_type != "f"
            assert cell.hyperlink is None or (sheet.title == "Contents" and cell.hyperlink.target is None)


def test_a_comment_that_no_cell_can_hold_says_where_it_was_cut() -> None:
    """A cell holds 32,767 characters."""
    long = Comment(about="summary", by="Ada King", on=dt.date(2025, 7, 30), text="word " * 8000, although="")
    given = facts(number(80.0, dt.date(2024, 4, 1)))
    (row,) = rows(opened(workbook(report(given, Commentary((long,)))))["Comments"])
    assert len(row["Comment"]) < 32_767
    assert row["Comment"].endswith("(cut here: the pages have it all)")


@pytest.mark.soak
@pytest.mark.long(60)
def test_all_of_the_demos_workbook_is_found(demo_folder: Path) -> None:
    found = make_report("2024-25-Q4", home=demo_folder)
    counted = read_workbook.check(opened(workbook(found)), looked_up(demo_folder, "2024-25-Q4", "2023-24-Q4"))
    assert sum(count for name, count in counted.items() if name.startswith("Figures")) > 4000
    assert min(counted.values()) > 20
