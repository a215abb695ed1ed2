"""Messy and hostile workbooks: each is read right, or refused with rule, row and next action."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from safer_kpi.errors import InputRefused, ProjectError, UsageError
from safer_kpi.intake import (
    Dialect,
    WorkbookDialect,
    parse_workbook,
    preflight,
    preflight_workbook,
)
from tests.feeds.hostile_workbooks import REFUSED
from tests.feeds.messy_workbooks import MESSY, ODD
from tests.feeds.reading_back import rows_of
from tests.feeds.reading_workbooks import copied, intake
from tests.feeds.workbook_maker import DIALECT, GOOD, GOOD_ROWS, HEADER_XML, inline, messy, raw

READ = MESSY | ODD
THROUGH_CHILDREN = (
    "plain",
    "a header of three rows, merged",
    "a nil return instead of the table",
    "no row below the header",
)


@pytest.mark.parametrize("name", READ)
def test_read(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = READ[name]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file.xlsx"
    path.write_bytes(case.make())
    answer = copied(path, **case.dialect)
    assert (answer["header"], answer["nil"], answer["texts"]) == (case.header, case.nil, case.rows)
    # Every row up to the last filled one is read, but for the header's first.
    assert (answer["rows"], answer["rows_read"]) == (len(case.rows), case.last - bool(case.header))


def through_children(name: str, path: Path) -> None:
    case = READ[name]
    path.write_bytes(case.make())
    header, parsed = intake(path, **case.dialect)
    assert (header, parsed.nil, rows_of(parsed)) == (case.header, case.nil, case.rows)
    assert parsed.rows_read == len(case.rows) + parsed.rows_skipped
    assert (parsed.numbered, parsed.malformed, parsed.columns) == (True, (), header)


@pytest.mark.parametrize("name", THROUGH_CHILDREN)
def test_read_through_the_children(name: str, tmp_path: Path) -> None:
    through_children(name, tmp_path / "file.xlsx")


@pytest.mark.e2e
@pytest.mark.parametrize("name", sorted(READ.keys() - set(THROUGH_CHILDREN)))
def test_all_the_others_through_the_children(name: str, tmp_path: Path) -> None:
    through_children(name, tmp_path / "file.xlsx")


def test_every_character_of_a_text_survives_both_children(tmp_path: Path) -> None:
    texts = [
        'a,"b"',
        "'",
        "a&#13;&#10;b",
        "a&#13;b",
        "_x0007__x001B_[2J",
        "a\tb",
        "NULL",
        "\\N",
        "😀",
        "x" * 32_767,
        "é\u2028x",
    ]
    body = "".join(
        f'<row r="{row}">{inline(f"A{row}", "north")}{inline(f"B{row}", text)}</row>'
        for row, text in enumerate(texts, 2)
    )
    path = tmp_path / "file.xlsx"
    path.write_bytes(raw(HEADER_XML + body))
    meant = [*texts[:2], "a\r\nb", "a\rb", "\x07\x1b[2J", *texts[5:]]
    assert [row[2] for row in rows_of(intake(path)[1])] == meant


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = REFUSED[name]
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "file.xlsx"
    path.write_bytes(case.make())
    with pytest.raises(InputRefused) as refused:
        copied(path, **case.dialect)
    assert (refused.value.rule, refused.value.row) == (case.rule, case.row)
    assert refused.value.next_action
    assert "north" not in str(refused.value)


@pytest.mark.parametrize("name", ["one far cell", "entities in the sheet", "a formula nobody calculated"])
def test_a_refusal_by_the_child_leaves_nothing_behind(name: str, tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(REFUSED[name].make())
    with pytest.raises(InputRefused) as refused:
        intake(path)
    assert (refused.value.rule, refused.value.row) == (REFUSED[name].rule, REFUSED[name].row)
    assert [file.name for file in tmp_path.iterdir()] == ["file.xlsx"]


def test_the_corpus_is_as_large_as_was_asked_for() -> None:
    assert len(MESSY) >= 30
    assert len(REFUSED) >= 100


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "file.xlsx"
    path.write_bytes(GOOD)
    return path


def test_columns_are_renamed_and_left_out(good: Path) -> None:
    dialect = WorkbookDialect(**DIALECT)
    found = preflight_workbook(good, dialect)
    parsed = parse_workbook(good, found, dialect, lambda header: [None, "malformed"], good.with_name("out.parquet"))
    assert parsed.columns == ("malformed",)
    assert rows_of(parsed) == [(row, count) for row, _, count in GOOD_ROWS]


def test_what_choosing_raises_goes_through_and_leaves_nothing(good: Path) -> None:
    dialect = WorkbookDialect(**DIALECT)

    def choose(_: tuple[str, ...]) -> list[str]:
        raise InputRefused("A column is missing.", rule="missing_columns")

    with pytest.raises(InputRefused, match="column is missing"):
        parse_workbook(good, preflight_workbook(good, dialect), dialect, choose, good.with_name("out.parquet"))
    assert [file.name for file in good.parent.iterdir()] == ["file.xlsx"]


@pytest.mark.parametrize("chosen", [["a"], ["a", "A"], [None, None], ["a", "source_row"]])
def test_choosing_what_does_not_fit_is_a_usage_error(chosen: list[str | None], good: Path) -> None:
    dialect = WorkbookDialect(**DIALECT)
    with pytest.raises(UsageError):
        parse_workbook(good, preflight_workbook(good, dialect), dialect, lambda header: chosen, good.with_name("out"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"sheet": "("},
        {"sheet": " "},
        {"header_starts": "*"},
        {"header_rows": 0},
        {"header_rows": 5},
        {"skip_rows": "total"},
        {"ends_at": ["["]},
        {"nil_return": "("},
        {"max_cells": 0},
    ],
)
def test_a_dialect_that_contradicts_itself_does_not_load(wrong: dict[str, Any]) -> None:
    with pytest.raises(ProjectError):
        WorkbookDialect(**(DIALECT | wrong))


def test_a_csv_feed_is_told_when_it_gets_a_workbook(good: Path) -> None:
    with pytest.raises(InputRefused, match="Excel workbook") as refused:
        preflight(good, Dialect())
    assert refused.value.rule == "not_csv"


def test_the_sheets_that_there_are_are_not_listed(tmp_path: Path) -> None:
    path = tmp_path / "file.xlsx"
    path.write_bytes(messy([["Ward"]], name="Jane Doe"))
    with pytest.raises(InputRefused, match="Of 1 visible sheets 0 are named as expected") as refused:
        intake(path)
    assert "Jane" not in str(refused.value)
