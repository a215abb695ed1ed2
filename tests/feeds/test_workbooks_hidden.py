"""Hidden rows, columns and sheets of a workbook are read and counted or refused; a second table is never added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safer_kpi.errors import InputRefused, ProjectError
from safer_kpi.intake import WorkbookDialect
from tests.feeds.reading_workbooks import copied
from tests.feeds.workbook_maker import DIALECT, TABLE, messy


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "file.xlsx"


def read(path: Path, rows: list[list[Any]], *, hide: Any = lambda book: None, **terms: Any) -> dict[str, Any]:
    path.write_bytes(messy(rows, touch=hide))
    return copied(path, **terms)


def hide_all(book: Any) -> None:
    """A title row, one of two data rows, a column, a column beside the table, and one sheet."""
    sheet = book.active
    sheet.row_dimensions[1].hidden = sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = sheet.column_dimensions["H"].hidden = True
    book.create_sheet("Lookups").sheet_state = "veryHidden"


def test_data_rows_columns_of_the_table_and_sheets_are_counted(path: Path) -> None:
    answer = read(path, [["Figures of May"], *TABLE], hide=hide_all)
    assert answer["texts"] == [(3, "north", "3"), (4, "south", "<5")]
    assert (answer["hidden_rows"], answer["hidden_columns"], answer["hidden_sheets"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("hide", "row"),
    [
        (lambda book: setattr(book.active.row_dimensions[2], "hidden", True), 2),
        (lambda book: setattr(book.active.column_dimensions["A"], "hidden", True), None),
        (lambda book: setattr(book.create_sheet("Lookups"), "sheet_state", "hidden"), None),
    ],
)
def test_a_contract_may_refuse_what_is_hidden(path: Path, hide: Any, row: int | None) -> None:
    with pytest.raises(InputRefused) as refused:
        read(path, TABLE, hide=hide, hidden="refused")
    assert (refused.value.rule, refused.value.row) == ("hidden", row)
    assert read(path, TABLE, hidden="refused")["rows"] == 2


SECOND = {
    "the same header": ([["Ward", "Count"], ["east", 9]], 5),
    "the same header without a gap": ([["Ward", "Count"], ["east", 9]], 4),
    "a header that begins alike": ([["Ward", "Residents"], ["east", 9]], 5),
    "other headings": ([["Station", "Officers"], ["central", 9]], 5),
}


@pytest.mark.parametrize("name", SECOND)
def test_a_second_table_is_refused_with_its_row(path: Path, name: str) -> None:
    below, row = SECOND[name]
    with pytest.raises(InputRefused) as refused:
        read(path, [*TABLE, *([[]] if row == 5 else []), *below])
    assert (refused.value.rule, refused.value.row) == ("second_table", row)


def test_rows_after_a_gap_are_rows(path: Path) -> None:
    rows = [*TABLE, [], ["east", 9], [], ["Unknown", "[c]"], [], ["Other wards", ".."], [], ["ward", 3]]
    assert [ward for _, ward, _ in read(path, rows[:-1])["texts"]] == [
        "north",
        "south",
        "east",
        "Unknown",
        "Other wards",
    ]


def test_the_text_of_a_heading_in_another_column_is_a_value(path: Path) -> None:
    answer = read(path, [["Area", "Ward"], ["North", "Ward"], ["South", "Ward"]], header_starts="area")
    assert answer["rows"] == 2


def test_tables_under_titles(path: Path) -> None:
    one, two = [["Table 1: offered"], *TABLE], [["Table 2: accepted"], ["Ward", "Count"], ["east", 9]]
    rows = [*one, [], *two, [], ["Notes"], ["anything", "at all"]]
    first = read(path, rows, title="table 1.*", ends_at=["table 2", "notes"])
    assert first["texts"] == [(3, "north", "3"), (4, "south", "<5")]
    second = read(path, rows, title="table 2.*", ends_at=["notes"])
    assert second["texts"] == [(8, "east", "9")]
    both = read(path, rows, title="table [0-9]+: (.*)", title_into="Table", ends_at=["notes"])
    assert both["header"] == ("Ward", "Count", "Table")
    assert both["texts"] == [(3, "north", "3", "offered"), (4, "south", "<5", "offered"), (8, "east", "9", "accepted")]
    with pytest.raises(InputRefused, match="declared title"):
        read(path, rows, title="table 3.*")


def test_a_title_without_its_header_is_refused(path: Path) -> None:
    rows = [["Table 1"], *TABLE, ["Table 2"], ["east", 9]]
    with pytest.raises(InputRefused) as refused:
        read(path, rows, title="table [0-9]+", title_into="Table")
    assert refused.value.rule == "header"


# Two tables side by side, a blank column between them; the second is longer, and a note stands far to the right.
SIDES: list[list[Any]] = [
    ["Offered", None, None, "Accepted"],
    ["Ward", "Count", None, "Ward", "Count"],
    ["north", 3, None, "east", 9],
    ["south", "<5", None, "west", 8, None, None, "provisional"],
    [None, None, None, "centre", 7],
]


def test_each_of_two_tables_side_by_side_is_read_by_its_title(path: Path) -> None:
    left = read(path, SIDES, title="offered", beside="left_out")
    assert (left["header"], left["texts"]) == (("Ward", "Count"), [(3, "north", "3"), (4, "south", "<5")])
    right = read(path, SIDES, title="accepted", beside="left_out")
    assert right["texts"] == [(3, "east", "9"), (4, "west", "8"), (5, "centre", "7")]


@pytest.mark.parametrize(
    ("rows", "terms", "told"),
    [
        # Undeclared: the header names two columns alike.
        (SIDES, {"title": "offered"}, "have the same name"),
        (SIDES, {"beside": "left_out"}, "2 headers start in one row"),
        (
            [["Elsewhere"], *[[None, None, *row] for row in TABLE]],
            {"title": "elsewhere", "beside": "left_out"},
            "No dec",
        ),
        # What touches the table is not another table.
        ([TABLE[0], [*TABLE[1], "provisional"]], {"beside": "left_out"}, "Column C is filled in row 2"),
    ],
)
def test_tables_side_by_side_that_are_not_told_apart_are_refused(
    path: Path, rows: list[list[Any]], terms: dict[str, Any], told: str
) -> None:
    with pytest.raises(InputRefused, match=told) as refused:
        read(path, rows, **terms)
    assert refused.value.rule == "header"


def test_a_second_table_below_one_of_two_side_by_side_is_refused(path: Path) -> None:
    with pytest.raises(InputRefused) as refused:
        read(path, [*SIDES, [], ["Ward", "Count"], ["east", 9]], title="offered", beside="left_out")
    assert (refused.value.rule, refused.value.row) == ("second_table", 7)


def test_terms_that_mean_nothing_do_not_load() -> None:
    both = {"title": "table", "title_into": "Table", "beside": "left_out"}
    for terms in ({"hidden": "ignored"}, {"title_into": "Table"}, {"title": "("}, {"beside": "read"}, both):
        with pytest.raises(ProjectError):
            WorkbookDialect(**(DIALECT | terms))
