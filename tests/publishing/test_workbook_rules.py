"""The workbook keeps the Analysis Function's rules for accessible spreadsheets, one test for each rule.

The rules are those of its checklist of the basics, "Making spreadsheets accessible", and of "Releasing statistics in
spreadsheets". A rule about macros, images and the like is a rule about the parts of the file.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from safer_kpi.publishing import make_report
from safer_kpi.publishing.model.report import Report
from safer_kpi.publishing.workbook import workbook
from tests.publishing.read_workbook import SHORTHANDS, opened, rows

FRONT = ["Cover", "Contents", "Notes"]
#: The names of the parts that a workbook of tables has, and of no others: no macro, image, drawing, comment or link.
PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/(workbook|styles|sharedStrings|theme/theme1)\.xml"
    r"|xl/_rels/workbook\.xml\.rels|xl/worksheets/(_rels/)?sheet\d+\.xml(\.rels)?|xl/tables/table\d+\.xml"
)


@pytest.fixture(scope="module")
def content(told_site: dict[str, bytes]) -> bytes:
    return told_site["report.xlsx"]


@pytest.fixture(scope="module")
def book(content: bytes) -> Workbook:
    return opened(content)


@pytest.fixture(scope="module")
def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# Tables


def test_tables_are_marked_up_and_there_is_one_on_each_sheet(book: Workbook) -> None:
    assert [len(sheet.tables) for sheet in book] == [0] + [1] * (len(book.sheetnames) - 1)


def test_tables_have_meaningful_names(book: Workbook) -> None:
    for sheet in book.worksheets[3:]:
        assert list(sheet.tables) == [sheet.title.replace(" ", "_")]


def test_no_cell_is_merged(book: Workbook) -> None:
    assert not [sheet.title for sheet in book if sheet.merged_cells.ranges]


def test_no_row_and_no_column_inside_a_table_is_blank_and_no_cell_is_empty(book: Workbook) -> None:
    for sheet in book.worksheets[1:]:
        assert rows(sheet)
        for row in rows(sheet):
            assert not [name for name, cell in row.items() if cell is None or str(cell).strip() == ""], sheet.title


def test_each_table_has_one_row_of_headings_and_they_differ(book: Workbook) -> None:
    for sheet in book.worksheets[1:]:
        (table,) = sheet.tables.values()
        headings = [cell.value for cell in sheet[table.ref][0]]
        assert table.headerRowCount == 1
        assert all(isinstance(heading, str) and heading for heading in headings)
        assert len(set(headings)) == len(headings), sheet.title


def test_text_is_wrapped_within_the_cells_of_tables(book: Workbook) -> None:
    for sheet in book.worksheets[1:]:
        (table,) = sheet.tables.values()
        assert all(cell.alignment.wrap_text for row in sheet[table.ref] for cell in row if isinstance(cell.value, str))


def test_there_is_no_filter_and_no_frozen_pane(book: Workbook) -> None:
    for sheet in book:
        assert sheet.freeze_panes is None
        assert sheet.auto_filter.ref is None
        assert not [table.name for table in sheet.tables.values() if table.autoFilter is not None]


def test_a_shorthand_stands_for_what_is_missing_and_is_explained_above_the_table(book: Workbook) -> None:
    for sheet in book.worksheets[3:]:
        (table,) = sheet.tables.values()
        cells = {cell.value for row in sheet[table.ref] for cell in row}
        above = [row[0].value for row in sheet.iter_rows(max_row=sheet[table.ref][0][0].row - 1)]
        assert {line[:3] for line in above if line[:3] in SHORTHANDS} == cells & SHORTHANDS, sheet.title
    cover = " ".join(row[0].value for row in book["Cover"].iter_rows())
    assert all(f"{shorthand} means" in cover for shorthand in SHORTHANDS)


def test_no_row_and_no_column_and_no_sheet_is_hidden(book: Workbook) -> None:
    for sheet in book:
        assert sheet.sheet_state == "visible"
        assert not any(one.hidden for one in [*sheet.row_dimensions.values(), *sheet.column_dimensions.values()])


# Footnotes


def test_notes_are_called_notes_and_stand_on_the_sheet_of_notes(book: Workbook) -> None:
    told = {row["Note number"]: row["Note"] for row in rows(book["Notes"])}
    referred = set()
    for sheet in book.worksheets[3:]:
        (table,) = sheet.tables.values()
        headings = [cell.value for cell in sheet[table.ref][0]]
        referred |= {int(number) for text in headings for number in re.findall(r"\[note (\d+)\]", text)}
    assert referred == set(told) == set(range(1, len(told) + 1))
    assert all(text.endswith(".") for text in told.values())


def test_no_note_is_marked_inside_a_table(book: Workbook) -> None:
    for sheet in book.worksheets[3:]:
        assert not [row for row in rows(sheet) if any("[note" in str(cell) for cell in row.values())]


# Formatting


def test_letters_are_large_enough_and_of_a_plain_font(book: Workbook) -> None:
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            assert cell.font.name == "Arial"
            assert cell.font.sz >= 12
            assert not cell.font.i
            assert not cell.font.vertAlign


def test_each_sheet_begins_with_a_title_of_its_own_that_is_set_apart(book: Workbook) -> None:
    titles = [sheet["A1"].value for sheet in book]
    assert len(set(titles)) == len(titles)
    assert all(sheet["A1"].font.b and sheet["A1"].font.sz > 12 for sheet in book)


def test_no_cell_holds_symbols_alone(book: Workbook) -> None:
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            assert re.search("[A-Za-z0-9]", str(cell.value)), (sheet.title, cell.coordinate)


def test_numbers_stand_on_the_right_and_texts_on_the_left(book: Workbook) -> None:
    for sheet in book.worksheets[3:]:
        (table,) = sheet.tables.values()
        for heading, *column in zip(*sheet[table.ref], strict=True):
            is_number = any(isinstance(cell.value, int | float) for cell in column)
            sides = {cell.alignment.horizontal for cell in (heading, *column)}
            assert sides == {"right" if is_number else "left"}, (sheet.title, heading.value)


def test_there_is_no_header_footer_fill_or_colour(book: Workbook) -> None:
    for sheet in book:
        assert not sheet.oddHeader.center.text
        assert not sheet.oddFooter.center.text
        assert not sheet.conditional_formatting
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
            assert cell.fill.fill_type is None
            coloured = cell.font.color is not None and cell.font.color.rgb not in {None, "FF000000"}
            assert not coloured or sheet.title == "Contents", cell.coordinate


def test_there_is_no_macro_image_drawing_comment_or_outside_link(parts: dict[str, bytes]) -> None:
    assert not [name for name in parts if PARTS.fullmatch(name) is None]
    assert not [name for name, part in parts.items() if b'TargetMode="External"' in part]


def test_a_link_names_the_sheet_that_it_leads_to(book: Workbook) -> None:
    cells = [row[0] for row in book["Contents"].iter_rows(min_row=4)]
    links = {cell.value: cell.hyperlink.location for cell in cells}
    assert links == {name: f"'{name}'!A1" for name in book.sheetnames[3:]}


# Structure


def test_cover_contents_and_notes_come_first(book: Workbook) -> None:
    assert book.sheetnames[:5] == [*FRONT, "Summary", "Scorecard"]
    assert book.active is book["Cover"]


def test_sheets_have_short_names_that_differ(book: Workbook) -> None:
    assert len({name.lower() for name in book.sheetnames}) == len(book.sheetnames)
    assert max(map(len, book.sheetnames)) <= 31


def test_tables_begin_in_the_first_column_right_below_the_text_and_nothing_stands_below(book: Workbook) -> None:
    for sheet in book.worksheets[1:]:
        (table,) = sheet.tables.values()
        area = openpyxl.worksheet.cell_range.CellRange(table.ref)
        assert (area.min_col, area.max_row) == (1, sheet.max_row)
        assert area.max_col == sheet.max_column
        assert all(sheet.cell(row, 1).value for row in range(1, area.min_row)), sheet.title
        assert not any(sheet.cell(row, 2).value for row in range(1, area.min_row)), sheet.title


def test_the_cover_says_what_it_is_from_what_and_who_approved_it(book: Workbook) -> None:
    cover = [row[0].value for row in book["Cover"].iter_rows()]
    assert cover[0] == "Community safety in Seatown, April to June 2024"
    assert "Source: release 2024-25-Q1.2, certified, of what was known on 2 November 2024." in cover
    assert "Approved by Ada King and Bo Lund." in cover


# The document


def test_the_document_has_a_title_and_a_language_and_the_day_of_its_release(
    book: Workbook, told_report: Report, content: bytes
) -> None:
    told = book.properties
    assert (told.title, told.language) == ("Community safety in Seatown, April to June 2024", "en-GB")
    assert told.created == told.modified == told_report.release.published_at.replace(microsecond=0)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {about.date_time for about in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {(about.compress_type, about.create_system) for about in archive.infolist()} == {(zipfile.ZIP_STORED, 3)}


@pytest.mark.soak
@pytest.mark.long(90)
def test_libreoffice_opens_it_and_writes_the_same_cells(demo_folder: Path, tmp_path: Path) -> None:
    """Converted to OpenDocument and back."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("no soffice on this machine: apt-get install libreoffice-calc-nogui")
    given = workbook(make_report("2024-25-Q4", home=demo_folder))
    (tmp_path / "report.xlsx").write_bytes(given)
    for step, (source, kind) in enumerate([("report.xlsx", "ods"), ("0/report.ods", "xlsx")]):
        subprocess.run(
            [program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", kind,
             "--outdir", str(tmp_path / str(step)), str(tmp_path / source)],
            check=True, capture_output=True,
        )  # fmt: skip
    before, after = opened(given), opened((tmp_path / "1" / "report.xlsx").read_bytes())
    assert after.sheetnames == before.sheetnames
    for sheet in before:
        for row in sheet.iter_rows():
            for cell in row:
                there = after[sheet.title].cell(cell.row, cell.column).value
                if isinstance(cell.value, float):
                    assert there == pytest.approx(cell.value, rel=1e-12)
                else:
                    assert there == cell.value, (sheet.title, cell.coordinate)
