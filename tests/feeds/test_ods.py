"""OpenDocument spreadsheets: read like Excel's, streamed; repetitions that would exhaust a reader are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safer_kpi.errors import InputRefused
from tests.feeds import ods_maker
from tests.feeds.ods_maker import (
    GOOD,
    HEADER,
    HIDING,
    REFUSED,
    TABLE,
    blank,
    content,
    document,
    number,
    row,
    sheet,
    text,
)
from tests.feeds.reading_back import rows_of
from tests.feeds.reading_workbooks import copied, intake
from tests.feeds.workbook_maker import GOOD_ROWS


def read(path: Path, made: bytes, **terms: Any) -> dict[str, Any]:
    path.write_bytes(made)
    return copied(path, **terms)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "file.ods"


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, path: Path) -> None:
    make, rule = REFUSED[name]
    with pytest.raises(InputRefused) as refused:
        read(path, make())
    assert refused.value.rule == rule
    assert refused.value.next_action


def test_a_table_through_the_children(path: Path) -> None:
    path.write_bytes(GOOD)
    header, parsed = intake(path)
    assert (header, rows_of(parsed)) == (("Ward", "Count"), GOOD_ROWS)
    assert (parsed.rows_read, parsed.rows_skipped, parsed.hidden_rows) == (2, 0, 0)


def test_every_kind_of_cell(path: Path) -> None:
    cells = {
        number("0.125", kind="percentage"): "0.125",
        number("12.50", kind="currency"): "12.5",
        number("3.0"): "3",
        '<table:table-cell office:value-type="date" office:date-value="2024-05-01"/>': "2024-05-01",
        '<table:table-cell office:value-type="date" office:date-value="2024-05-01T10:30:00"/>': "2024-05-01T10:30:00",
        '<table:table-cell office:value-type="time" office:time-value="PT07H05M00S"/>': "07:05:00",
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>': "TRUE",
        text("a<text:s text:c='2'/>b<text:tab/>c<text:line-break/>d"): "a  b\tc\nd",
        text(" two   blanks "): "two blanks",
        text("<text:span>red</text:span> blue"): "red blue",
        text("one</text:p><text:p>two"): "one\ntwo",
        text("seen<office:annotation><text:p>a comment</text:p></office:annotation>"): "seen",
        "<table:table-cell><draw:frame><text:p>a picture</text:p></draw:frame></table:table-cell>": None,
    }
    rows = [row(text("x"), cell) for cell in cells]
    answer = read(path, document(content(sheet(HEADER, *rows))))
    assert [value for _, _, value in answer["texts"]] == list(cells.values())


def test_blank_repetitions_move_on_and_filled_ones_count(path: Path) -> None:
    rows = [
        row(text("title"), blank(16_383)),
        row(attributes='table:number-rows-repeated="3"'),
        HEADER,
        row(text("north", 'table:number-columns-repeated="2"'), attributes='table:number-rows-repeated="2"'),
        row(blank(1), number("4")),
        row(attributes='table:number-rows-repeated="1048567"'),
    ]
    answer = read(path, document(content(sheet(*rows))))
    # The title is row 1, three blank rows follow, the header is row 5.
    assert answer["texts"] == [(6, "north", "north"), (7, "north", "north"), (8, None, "4")]
    assert answer["rows_read"] == 7


def test_a_header_of_two_rows_with_merged_cells(path: Path) -> None:
    covered = "<table:covered-table-cell><text:p>under it</text:p></table:covered-table-cell>"
    top = row(text("Ward", 'table:number-rows-spanned="2"'), text("2024", 'table:number-columns-spanned="2"'), covered)
    below = row(covered, text("Offered"), text("Accepted"))
    answer = read(
        path, document(content(sheet(top, below, row(text("north"), number("3"), number("2"))))), header_rows=2
    )
    assert answer["header"] == ("Ward", "2024 | Offered", "2024 | Accepted")
    assert answer["texts"] == [(3, "north", "3", "2")]


def test_what_is_hidden_is_read_and_counted(path: Path) -> None:
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/>'
    rows = [
        HEADER,
        row(text("north"), number("3"), attributes='table:visibility="filter"'),
        "<table:table-row-group table:display='false'>" + row(text("east"), number("4")) + "</table:table-row-group>",
        row(text("south"), number("5")),
    ]
    hidden = sheet(*TABLE, name="Notes", attributes='table:style-name="ta2"')
    made = document(content(sheet(*rows, before=columns), hidden, styles=HIDING))
    answer = read(path, made)
    assert [ward for _, ward, _ in answer["texts"]] == ["north", "east", "south"]
    assert (answer["hidden_rows"], answer["hidden_columns"], answer["hidden_sheets"]) == (2, 1, 1)
    with pytest.raises(InputRefused) as refused:
        read(path, made, hidden="refused")
    assert (refused.value.rule, refused.value.row) == ("hidden", 2)


def test_skipped_and_ending_rows_as_in_other_workbooks(path: Path) -> None:
    rows = (*TABLE, row(text("Total"), number("8")), row(text("Notes")), row(text("ignored"), number("9")))
    answer = read(path, document(content(sheet(*rows))), skip_rows=["total"], ends_at=["notes"])
    assert answer["texts"] == GOOD_ROWS


def test_another_opendocument_file_is_no_workbook(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ods_maker, "MIMETYPE", "application/vnd.oasis.opendocument.text")
    with pytest.raises(InputRefused, match="no spreadsheet") as refused:
        read(path, document(content(sheet(*TABLE))))
    assert refused.value.rule == "not_workbook"
