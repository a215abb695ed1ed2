"""Files as people send them, each with a contract of its kind and what it must give; all contents are made up."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safer_kpi.catalogue.template import write_project
from safer_kpi.lake import connect
from safer_kpi.landing import Receipt, land
from safer_kpi.settings import Settings
from safer_kpi.sql import identifier

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.parent.name for path in CASES.glob("*/expected.json"))
NEWCASTLE = "E08000021"


def feed_of(case: str) -> str:
    return "case_" + case.replace("-", "_")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    """One lake of a project with every case's contract."""
    folder = tmp_path_factory.mktemp("cases")
    write_project(folder / "project", area=NEWCASTLE)
    for name in NAMES:
        contract = (CASES / name / "contract.py").read_text(encoding="utf-8")
        (folder / "project" / "contracts" / "feeds" / f"{feed_of(name)}.py").write_text(contract, encoding="utf-8")
    return Settings.load(new_lake(folder / "lake").home, project=folder / "project")


@pytest.fixture(scope="module")
def receipts(settings: Settings) -> dict[str, Receipt]:
    return {name: land(settings, feed_of(name), [str(_file(name))])[0] for name in NAMES}


def _file(case: str) -> Path:
    (file,) = (path for path in (CASES / case).iterdir() if path.suffix in {".csv", ".xlsx"})
    return file


def _expected(case: str) -> dict[str, Any]:
    expected: dict[str, Any] = json.loads((CASES / case / "expected.json").read_text(encoding="utf-8"))
    return expected


@pytest.mark.parametrize("case", NAMES)
def test_a_case_gives_its_right_value(case: str, settings: Settings, receipts: dict[str, Receipt]) -> None:
    expected, receipt = _expected(case), receipts[case]
    if "refused" in expected:
        assert (receipt.status, receipt.rule) == ("refused", expected["refused"])
        return
    assert receipt.status == "accepted", receipt.error
    counts = (receipt.rows_accepted, receipt.rows_quarantined, receipt.rows_skipped)
    assert counts == (expected["accepted"], expected["quarantined"], expected["skipped"])
    assert receipt.rows_read == sum(counts)
    columns = ", ".join(map(identifier, expected["columns"]))
    with connect(settings, read_only=True) as lake:
        rows = lake.execute(f"SELECT {columns} FROM landing.{feed_of(case)} ORDER BY ALL").fetchall()
    assert [list(row) for row in rows] == expected["rows"]


def test_the_cell_of_a_calendar_quarter_is_january_to_march(settings: Settings, receipts: dict[str, Receipt]) -> None:
    assert receipts["24-calendar-quarter"].status == "accepted"
    with connect(settings, read_only=True) as lake:
        cells = lake.execute(
            "SELECT cell, place, starts_on, months FROM journal.cell WHERE feed = ?", [feed_of("24-calendar-quarter")]
        ).fetchall()
    assert cells == [(f"{NEWCASTLE}/2024-Q1", NEWCASTLE, dt.date(2024, 1, 1), 3)]


def test_references_destroyed_by_a_spreadsheet_say_so(receipts: dict[str, Receipt]) -> None:
    error = receipts["08-sci-notation-ids"].error or ""
    assert "'Ref'" in error
    assert "5.42E+10" in error
    assert "5.423" not in error
    assert "Export again from your own system" in error
