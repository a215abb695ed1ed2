"""The example contracts of docs/reference/examples land their files; every other term's example is of a real feed."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest

from safer_kpi.catalogue.template import write_project
from safer_kpi.lake import connect
from safer_kpi.landing import Receipt, land
from safer_kpi.settings import Settings
from tests.docs.conftest import ROOT

pytestmark = pytest.mark.e2e

EXAMPLES = ROOT / "docs" / "reference" / "examples"
FEEDS = sorted(path.stem for path in EXAMPLES.glob("*.py"))
SENT = {
    "visits_csv": "2024-05-visits-csv.csv",
    "visits_lines": "2024-05-visits-lines.jsonl",
    "visits_offered": "2024-05-visits-csv.csv",
    "visits_parquet": "2024-05-visits-parquet.parquet",
    "visits_workbook": "2024-05-visits-book.xlsx",
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    folder = tmp_path_factory.mktemp("examples")
    write_project(folder / "project", area="E08000021")
    for feed in FEEDS:
        shutil.copy(EXAMPLES / f"{feed}.py", folder / "project" / "contracts" / "feeds")
    return Settings.load(new_lake(folder / "lake").home, project=folder / "project")


def sent(feed: str, folder: Path) -> Path:
    """The file as the partner sends it; of a workbook and of Parquet the example shows the rows as CSV."""
    (source,) = (path for path in EXAMPLES.glob(f"{feed}.*") if path.suffix != ".py")
    target = folder / SENT[feed]
    if target.suffix == ".parquet":
        duckdb.sql(f"COPY (FROM read_csv('{source}', all_varchar = true)) TO '{target}' (FORMAT parquet)")
    elif target.suffix == ".xlsx":
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.title = "Visits"
        with source.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines):
                sheet.append([int(cell) if cell.isdigit() else cell or None for cell in row])
        book.save(target)
    else:
        shutil.copy(source, target)
    return target


def landed(settings: Settings, feed: str, folder: Path) -> tuple[Receipt, list[tuple[str, ...]]]:
    (receipt,) = land(settings, feed, [str(sent(feed, folder))])
    columns = "ward_code, visits" + (", outcome" if feed == "visits_offered" else "")
    with connect(settings, read_only=True) as lake:
        return receipt, lake.execute(f"SELECT {columns} FROM landing.{feed} ORDER BY ALL").fetchall()


def test_every_example_has_its_file() -> None:
    assert list(SENT) == FEEDS


def test_quotes_and_an_own_mark(settings: Settings, tmp_path: Path) -> None:
    receipt, rows = landed(settings, "visits_csv", tmp_path)
    assert (receipt.status, rows) == ("accepted", [("E05011436", "12"), ("E05011437", "[x]")])


def test_tables_under_titles(settings: Settings, tmp_path: Path) -> None:
    """Two wards were offered visits and one accepted; the titles, totals and the second header are no data."""
    receipt, rows = landed(settings, "visits_offered", tmp_path)
    expected = [("E05011436", "4", "accepted"), ("E05011436", "7", "offered"), ("E05011437", "5", "offered")]
    assert (receipt.status, rows) == ("accepted", expected)


def test_one_of_two_tables_side_by_side(settings: Settings, tmp_path: Path) -> None:
    receipt, rows = landed(settings, "visits_workbook", tmp_path)
    assert (receipt.status, rows) == ("accepted", [("E05011436", "4"), ("E05011437", "3")])


def test_json_lines_with_one_that_is_broken(settings: Settings, tmp_path: Path) -> None:
    """The middle line lacks its brace: one malformed row is allowed and held back."""
    receipt, rows = landed(settings, "visits_lines", tmp_path)
    assert (receipt.status, receipt.rows_quarantined) == ("accepted", 1)
    assert rows == [("E05011436", "12"), ("E05011438", "3")]
    with pytest.raises(json.JSONDecodeError):
        json.loads((EXAMPLES / "visits_lines.jsonl").read_text(encoding="utf-8").splitlines()[1])


def test_parquet(settings: Settings, tmp_path: Path) -> None:
    receipt, rows = landed(settings, "visits_parquet", tmp_path)
    assert (receipt.status, rows) == ("accepted", [("E05011436", "12")])
