"""Real published workbooks, and other readers' opinion of the generated ones."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import fastexcel
import openpyxl
import pytest

from safer_kpi.errors import InputRefused
from safer_kpi.intake import WorkbookDialect, preflight_workbook
from safer_kpi.intake.identifiers import Searched, find_identifiers
from safer_kpi.intake.outside import outside_of
from tests.feeds.reading_back import rows_of
from tests.feeds.reading_workbooks import copied, intake
from tests.feeds.workbook_maker import messy

CENSUS = {
    "sheet": "data sheet 0",
    "header_starts": "type of accomodation",  # as it is spelt there
    "header_rows": 2,
    "ends_at": ["info", "©"],
}


def test_a_census_table(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "census.xlsx"
    shutil.copy(shared_data / "messy/scot_census_table.xlsx", path)
    header, parsed = intake(path, **CENSUS)
    assert len(header) == 12
    assert header[1:4] == (
        "Type of accomodation | Intermediate Zone - Data Zone 2011",
        "All occupied households",
        "Whole house or bungalow: Total",
    )
    # Each cell as another reader finds it: rows 13 to 6988, one for each of Scotland's 6,976 data zones of 2011.
    with closing(openpyxl.load_workbook(path, read_only=True)) as book:
        rows = list(book["Data Sheet 0"].iter_rows(min_row=13, max_row=6988, max_col=12, values_only=True))
    meant = [
        (row, *[None if value is None else f"{value:.0f}" if isinstance(value, float) else value for value in values])
        for row, values in enumerate(rows, 13)
    ]
    read = rows_of(parsed)
    assert len(read) == 6976
    assert read == meant
    assert read[0][2:5] == ("S01006506", "491", "236")
    assert (parsed.rows_read, parsed.rows_skipped) == (6992, 16)
    # Its sheets of notes, its properties and its links name offices, and no person.
    outside = outside_of(parsed.parquet)
    assert outside.exists()
    relation = parsed.relation_sql()
    file = Searched(relation_sql=relation, columns=parsed.columns, outside=outside)
    assert find_identifiers(duckdb.connect(), [file], received_on=dt.date(2026, 11, 1)) == [[]]


def test_an_old_workbook_is_refused_for_what_it_is(shared_data: Path) -> None:
    with pytest.raises(InputRefused, match=r"old Office document \(\.xls") as refused:
        preflight_workbook(shared_data / "messy/ethnic-groups-by-borough.xls", WorkbookDialect(**CENSUS))
    assert refused.value.rule == "not_workbook"
    assert "save it as .xlsx" in refused.value.next_action


def test_calamine_reads_the_same_numbers_and_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # fastexcel's own texts of numbers are rounded to nine decimals, so numbers are compared as numbers.
    monkeypatch.chdir(tmp_path)
    table: list[list[Any]] = [["Ward", "Count", "Share"]]
    table += [[f"ward {n} é", n * n, n / 7] for n in range(500)]
    path = tmp_path / "file.xlsx"
    path.write_bytes(messy([[], ["A title"], *table]))
    reader = fastexcel.read_excel(path)
    other = reader.load_sheet("Data", header_row=2).to_polars()
    read = copied(path)["texts"]
    assert [row[1] for row in read] == other["Ward"].to_list()
    assert [int(row[2]) for row in read] == other["Count"].to_list()
    assert [float(row[3]) for row in read] == other["Share"].to_list()
    assert [row[0] for row in read] == list(range(4, 504))
