"""The spreadsheet of a strategic assessment: the sheets of a report, and those of its own sections."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from safer_kpi.publishing.facts import Facts
from safer_kpi.publishing.model.assessment.assessed import assessment
from safer_kpi.publishing.workbook import workbook
from tests.publishing import read_workbook, test_workbook_rules
from tests.publishing.conftest import TITLES
from tests.publishing.read_workbook import opened, rows
from tests.publishing.test_assessment_pages import FILE, RELEASE, commented
from tests.publishing.test_workbook import looked_up
from tests.reading.conftest import VIOLENCE


def test_its_spreadsheet_has_a_reports_sheets_and_its_own(
    told_assessment: dict[str, bytes], told_site: dict[str, bytes], told_releases: Path
) -> None:
    book, of_report = opened(told_assessment["report.xlsx"]), opened(told_site["report.xlsx"])
    counted = read_workbook.check(book, looked_up(told_releases, RELEASE, "2024-25-Q1"))
    assert set(book.sheetnames) == {*of_report.sheetnames, "Levels", "Progress"}
    # Violence, its rate, outcomes and their share: a value each, and of levels the part of the data received.
    assert (counted["Levels"], counted["Progress"]) == (8, 4)
    levels = [(row["Indicator"], row["What it counts"], row["Value"]) for row in rows(book["Levels"])]
    assert levels[:2] == [("1a", "What happened", 58), ("1a", "What happened", 14.5)]
    progress = rows(book["Progress"])
    assert [(row["Asked for"], row["Moved as asked"]) for row in progress] == [("Less", "Not known")] * 2 + [
        ("More", "Not known")
    ] * 2
    findings = [row for row in rows(book["Summary"]) if row["Kind"] == "Finding"]
    assert findings[-1]["What it says"] == "Nobody has written one yet."
    cover = [row[0].value for row in book["Cover"].iter_rows()]
    assert cover[0] == "Strategic assessment of crime and disorder in Seatown, April to June 2024"
    assert any(line.startswith("The figures of the assessment as a spreadsheet.") for line in cover if line)


@pytest.mark.soak
def test_its_spreadsheet_keeps_the_rules_for_a_reports(told_assessment: dict[str, bytes]) -> None:
    book = opened(told_assessment["report.xlsx"])
    rules = [
        rule for name, rule in vars(test_workbook_rules).items() if name.startswith("test_") and "cover" not in name
    ]
    for rule in rules:
        if list(inspect.signature(rule).parameters) == ["book"]:
            rule(book)


def test_its_spreadsheet_tells_who_recommends_what_and_on_which_evidence(told_facts: Facts, tmp_path: Path) -> None:
    book = opened(workbook(assessment(told_facts, (), commented(tmp_path, FILE))))
    assert [(row["About"], row["By"], row["Rests on"]) for row in rows(book["Comments"])] == [
        ("Recommendations", "Ada King", TITLES[VIOLENCE]),
        ("What residents and businesses ask for", "Bo Lund", "[z]"),
    ]
