"""Workbooks, archives and other formats as people send them, each landed under a contract of its kind.

The files of ``cases`` are made up. One lake holds a feed of every contract; a right value is what a person reads off
the file.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from safer_kpi.catalogue.template import write_project
from safer_kpi.errors import UsageError
from safer_kpi.lake import connect
from safer_kpi.landing import Landed, Receipt, Terms, land, land_by_name
from safer_kpi.settings import Settings
from tests.feeds.workbook_maker import messy

CASES = Path(__file__).parent / "cases"
CONTRACTS = {
    "case_hidden": "12-hidden-rows/contract.py",
    "case_one_table": "18b-two-tables-same-month/contract.py",
    "case_attended": "18b-two-tables-same-month/attended.py",
    "case_not_attended": "18b-two-tables-same-month/not_attended.py",
    "case_both": "18b-two-tables-same-month/both.py",
    "case_sheet": "18b-two-tables-same-month/attended.py",
    "case_left": "18b-two-tables-same-month/attended.py",
    "case_right": "18b-two-tables-same-month/attended.py",
    "case_csv": "28-json/contract.py",
    "case_json_lines": "28-json/json_lines.py",
    "case_parquet": "28-json/parquet.py",
}
#: Three feeds of one workbook: one has a sheet of its own, two have a table each on another sheet, side by side.
SHARED = {
    "case_sheet": {'"sheet": "Data"': '"sheet": "Offered"', '["case_not_attended"]': '["case_left", "case_right"]'},
    "case_left": {
        '"title": "table 1a.*"': '"title": "attended", "beside": "left_out"',
        "case_not_attended": "case_right",
    },
    "case_right": {'"title": "table 1a.*"': '"title": "not attended", "beside": "left_out"'},
}
HIDDEN = CASES / "12-hidden-rows" / "2024-05-wardsx.xlsx"
TWO = CASES / "18b-two-tables-same-month" / "2024-05-wardsx.xlsx"
JSON = CASES / "28-json" / "2024-05-wards.json"
LINE = {"Ref": "A1", "Date": "2024-05-01", "Ward code": "E05011451", "Age band": None, "Incidents": 3}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    folder = tmp_path_factory.mktemp("cases")
    write_project(folder / "project", area="E06000058")
    for feed, path in CONTRACTS.items():
        text = (CASES / path).read_text(encoding="utf-8")
        if feed in {"case_hidden", "case_one_table", "case_both"}:
            # Three contracts for files of one name: the name alone says no longer which feed is meant.
            text = text.replace("-wardsx", f"-{feed}")
        for old, new in {"-wardsx": "-shared", **SHARED[feed]}.items() if feed in SHARED else ():
            assert old in text
            text = text.replace(old, new)
        (folder / "project" / "contracts" / "feeds" / f"{feed}.py").write_text(text, encoding="utf-8")
    return Settings.load(new_lake(folder / "lake").home, project=folder / "project")


def landed(settings: Settings, feed: str, content: bytes | Path, name: str) -> Receipt:
    path = settings.home.parent / name
    path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
    return land(settings, feed, [str(path)])[0]


def by_name(settings: Settings, *paths: Path) -> Landed:
    return land_by_name(settings, [str(path) for path in paths], terms=Terms(), progress=lambda _: None)


def rows(settings: Settings, feed: str, columns: str) -> list[tuple[Any, ...]]:
    with connect(settings, read_only=True) as lake:
        query = f"SELECT {columns} FROM landing.{feed} GROUP BY ALL HAVING sum(weight) > 0 ORDER BY ALL"
        return lake.execute(query).fetchall()


def test_a_hidden_row_is_read_and_the_receipt_tells_of_it(settings: Settings) -> None:
    receipt = landed(settings, "case_hidden", HIDDEN, "2024-05-case_hidden.xlsx")
    # Three rows below the header, the second hidden by a filter.
    assert (receipt.status, receipt.rows_accepted, receipt.hidden_rows) == ("accepted", 3, 1)
    assert (receipt.hidden_columns, receipt.hidden_sheets) == (0, 0)
    assert rows(settings, "case_hidden", "ref, incidents") == [("A1", "3"), ("A2", "40"), ("A3", "5")]


def test_a_second_table_is_refused_and_not_added_to_the_first(settings: Settings) -> None:
    receipt = landed(settings, "case_one_table", TWO, "2024-05-case_one_table.xlsx")
    assert (receipt.status, receipt.rule, receipt.error_row) == ("refused", "second_table", 6)
    assert rows(settings, "case_one_table", "ref") == []


def test_two_feeds_of_one_sheet_each_have_the_table_of_their_title(settings: Settings) -> None:
    receipts = by_name(settings, TWO).receipts
    assert [(one.feed, one.status, one.rows_accepted) for one in receipts] == [
        ("case_attended", "accepted", 1),
        ("case_not_attended", "accepted", 1),
    ]
    assert rows(settings, "case_attended", "ref, incidents") == [("A1", "3")]
    assert rows(settings, "case_not_attended", "ref, incidents") == [("B1", "9")]


def test_one_feed_of_several_tables_has_each_title_in_a_column(settings: Settings) -> None:
    receipt = landed(settings, "case_both", TWO, "2024-05-case_both.xlsx")
    assert (receipt.status, receipt.rows_accepted) == ("accepted", 2), receipt.error
    expected = [("A1", "attended", "3"), ("B1", "not attended", "9")]
    assert rows(settings, "case_both", "ref, answer, incidents") == expected


def test_three_feeds_of_one_workbook_each_have_their_sheet_or_their_table(settings: Settings) -> None:
    header = ["Ref", "Date", "Ward code", "Age band", "Incidents"]

    def table(ref: str, incidents: int) -> list[Any]:
        return [ref, "2024-05-01", "E05011451", None, incidents]

    def offered(book: Any) -> None:
        sheet = book.create_sheet("Offered")
        for row in (["Table 1a"], header, table("A1", 1)):
            sheet.append(row)

    sides = [
        ["Attended", *[None] * 5, "Not attended"],
        [*header, None, *header],
        [*table("B1", 2), None, *table("C1", 3)],
        [*[None] * 6, *table("C2", 4)],
    ]
    path = settings.home.parent / "2024-05-shared.xlsx"
    path.write_bytes(messy(sides, touch=offered))
    receipts = by_name(settings, path).receipts
    assert [(one.feed, one.status, one.rows_accepted) for one in receipts] == [
        ("case_left", "accepted", 1), ("case_right", "accepted", 2), ("case_sheet", "accepted", 1),
    ]  # fmt: skip
    assert len({one.sha256 for one in receipts}) == 1
    assert rows(settings, "case_left", "ref, incidents") == [("B1", "2")]
    assert rows(settings, "case_right", "ref, incidents") == [("C1", "3"), ("C2", "4")]
    assert rows(settings, "case_sheet", "ref, incidents") == [("A1", "1")]


def test_json_where_csv_is_agreed_is_called_json(settings: Settings) -> None:
    receipt = landed(settings, "case_csv", JSON, "2024-05-wards.json")
    assert (receipt.status, receipt.rule) == ("refused", "not_csv")
    assert "The file is JSON; the contract agrees delimited text (CSV)" in (receipt.message or "")


def test_an_archive_where_csv_is_agreed_says_how_it_is_landed(settings: Settings) -> None:
    archive = CASES / "20-police-uk-zip" / "data-police-uk-2022-08.zip"
    receipt = landed(settings, "case_csv", archive, "2024-05-wards.zip")
    assert (receipt.status, receipt.rule) == ("refused", "not_csv")
    assert "safer-kpi land FILE.zip" in (receipt.message or "")


def test_each_file_of_the_archive_of_data_police_uk_is_a_delivery_of_its_feed(settings: Settings) -> None:
    archive = CASES / "20-police-uk-zip" / "data-police-uk-2022-08.zip"
    done = by_name(settings, archive)
    # The street file has a header and no row, the outcomes file one letter: each is refused for itself.
    assert [(one.feed, one.file_name, one.rule) for one in done.receipts] == [
        ("police_outcomes", "2022-08-dorset-outcomes.csv", "missing_columns"),
        ("police_street", "2022-08-dorset-street.csv", "header_only"),
    ]
    assert done.left == ()


def test_json_lines_by_declaration(settings: Settings) -> None:
    lines = [LINE, LINE | {"Ref": "A2", "Incidents": 40, "Age band": "10-12"}]
    text = "".join(json.dumps(line) + "\n" for line in lines) + '{"Ref": 1, "Ref": 2}\n'
    receipt = landed(settings, "case_json_lines", text.encode(), "2024-05-wards.jsonl")
    assert receipt.status == "accepted", receipt.error
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (3, 2, 1)
    expected = [("A1", "3", None), ("A2", "40", "10-12")]
    assert rows(settings, "case_json_lines", "ref, incidents, age_band") == expected


def test_a_json_array_where_json_lines_are_agreed_is_refused(settings: Settings) -> None:
    receipt = landed(settings, "case_json_lines", JSON, "2024-05-wards.jsonl")
    assert (receipt.status, receipt.rule, receipt.error_row) == ("refused", "json", 1)


def test_parquet_by_declaration(settings: Settings) -> None:
    lines = [LINE, LINE | {"Ref": "A2", "Incidents": 40, "Age band": "10-12"}]
    frame = pl.DataFrame(lines).with_columns(pl.col("Date").str.to_date(), pl.col("Incidents").cast(pl.Float64))
    path = settings.home.parent / "2024-05-wards.parquet"
    frame.write_parquet(path)
    (receipt,) = by_name(settings, path).receipts
    assert (receipt.feed, receipt.status, receipt.rows_accepted) == ("case_parquet", "accepted", 2), receipt.error
    expected = [("A1", "2024-05-01", "3"), ("A2", "2024-05-01", "40")]
    assert rows(settings, "case_parquet", "ref, day, incidents") == expected


def test_a_compressed_csv_goes_to_the_feed_of_its_name(settings: Settings) -> None:
    text = "Ref,Date,Ward code,Age band,Incidents\nA1,2024-06-01,E05011451,,3\n"
    path = settings.home.parent / "2024-06-wards.csv.gz"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    (receipt,) = by_name(settings, path).receipts
    assert (receipt.feed, receipt.status, receipt.rows_accepted) == ("case_csv", "accepted", 1), receipt.error


def test_a_name_that_fits_no_feed_is_told_before_anything_is_landed(settings: Settings) -> None:
    path = settings.home.parent / "holiday.csv"
    path.write_text("a,b\n")
    with pytest.raises(UsageError, match="its name fits no feed"):
        by_name(settings, path)
