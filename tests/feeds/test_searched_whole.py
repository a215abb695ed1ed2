"""Every place a file has is searched for identifiers of people, not only the cells of its table."""

from __future__ import annotations

import datetime as dt
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl.comments import Comment

from safer_kpi.intake import Dialect, Parsed, parse, parse_framed, parse_json_lines, preflight
from safer_kpi.intake.identifiers import Searched, find_identifiers
from safer_kpi.intake.outside import OUTSIDE, outside_of
from tests.feeds import ods_maker as ods
from tests.feeds.reading_workbooks import copied
from tests.feeds.workbook_maker import GOOD_XML, STRINGS, TABLE, changed, messy, packed, parts, raw, strings_xml

RECEIVED = dt.date(2026, 11, 1)
#: 943 476 5919 is the NHS's own specimen number, with a right check digit.
NHS = "NHS no 943 476 5919"
WHO = "Jane Smith"


def kinds(outside: Path | None, **more: Any) -> set[tuple[str, str]]:
    """The kinds found outside the table, each with its place."""
    file = Searched(relation_sql="", columns=(), outside=outside, **more)
    (found,) = find_identifiers(duckdb.connect(), [file], received_on=RECEIVED)
    return {(each.column, each.kind) for each in found}


def kinds_of_copy(folder: Path) -> set[str]:
    """The kinds found in what a child wrote of the texts outside the table."""
    if not Path(OUTSIDE).exists():
        return set()
    out = folder / "outside.parquet"
    duckdb.execute(
        f"COPY (SELECT * FROM read_csv('{Path(OUTSIDE).absolute()}', header = false, "
        f"columns = {{kind: 'VARCHAR', text: 'VARCHAR'}})) TO '{out}' (FORMAT parquet)"
    )
    return {kind for _, kind in kinds(out)}


def _other(text: str, state: str = "visible") -> bytes:
    def touch(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet("Other")
        sheet["A1"], sheet.sheet_state = text, state

    return messy(TABLE, touch=touch)


def _touched(touch: Callable[[openpyxl.Workbook], None]) -> bytes:
    return messy(TABLE, touch=touch)


def _set(name: str, text: str) -> Callable[[openpyxl.Workbook], None]:
    return lambda book: setattr(book.properties, name, text)


def _comment(text: str) -> Callable[[openpyxl.Workbook], None]:
    return lambda book: setattr(book.active["A2"], "comment", Comment(text, "Reviewer"))


def _prompt(text: str) -> str:
    return f'<dataValidations><dataValidation sqref="A2" promptTitle="x" prompt="{text}"/></dataValidations>'


WORKBOOKS: dict[str, Callable[[str], bytes]] = {
    "title row": lambda text: messy([[text], [], *TABLE]),
    "footer row": lambda text: messy([*TABLE, [], [f"Note: {text}"]]),
    "other sheet": _other,
    "hidden sheet": lambda text: _other(text, "hidden"),
    "very hidden sheet": lambda text: _other(text, "veryHidden"),
    "comment": lambda text: _touched(_comment(text)),
    "property title": lambda text: _touched(_set("title", text)),
    "property keywords": lambda text: _touched(_set("keywords", text)),
    "property description": lambda text: _touched(_set("description", text)),
    "custom property": lambda text: changed("docProps/custom.xml", f"<p><property>{text}</property></p>"),
    "page footer": lambda text: raw(
        GOOD_XML, after=f"<headerFooter><oddFooter>&amp;C{text}</oddFooter></headerFooter>"
    ),
    "prompt": lambda text: raw(GOOD_XML, after=_prompt(text)),
    "formula": lambda text: raw(GOOD_XML.replace("<v>3</v>", f'<f>LEN("{text}")</f><v>3</v>')),
    "text of no cell": lambda text: packed(parts(strings=strings_xml((*STRINGS, text)))),
    "drawing": lambda text: changed("xl/drawings/drawing1.xml", f'<a:p xmlns:a="a"><a:t>{text}</a:t></a:p>'),
    "custom XML": lambda text: changed("customXml/item1.xml", f'<x a="{text}"/>'),
    "name of a part": lambda text: changed(f"xl/media/{text}.xml", "<x/>"),
    "no XML at all": lambda text: changed("xl/drawings/vml.vml", f"<x><br>{text}"),
    "workbook inside": lambda text: changed("xl/embeddings/a.xlsx", _other(text)),
}  # fmt: skip
DOCUMENTS: dict[str, Callable[[str], bytes]] = {
    "other sheet": lambda text: _document(ods.sheet(*ods.TABLE), ods.sheet(ods.row(ods.text(text)), name="Other")),
    "title row": lambda text: _document(ods.sheet(ods.row(ods.text(text)), *ods.TABLE)),
    "comment": lambda text: _document(ods.sheet(ods.TABLE[0], ods.row(_annotated(text), ods.number("3")))),
    "under a merged cell": lambda text: _document(
        ods.sheet(*ods.TABLE[:2], ods.row(ods.text("south"), _covered(text)))
    ),
    "properties": lambda text: ods.document(
        ods.content(ods.sheet(*ods.TABLE)), extra={"meta.xml": f"<m><title>{text}</title></m>"}
    ),
}


def _document(*sheets: str) -> bytes:
    return ods.document(ods.content(*sheets))


def _annotated(text: str) -> str:
    note = f"<office:annotation><text:p>{text}</text:p></office:annotation>"
    return ods.text("north").replace("<text:p>", f"{note}<text:p>")


def _covered(text: str) -> str:
    return f'<table:covered-table-cell office:value-type="string"><text:p>{text}</text:p></table:covered-table-cell>'


@pytest.mark.parametrize("place", list(WORKBOOKS))
def test_every_place_of_a_workbook(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _holds_both(WORKBOOKS[place], "xlsx", tmp_path, monkeypatch)


@pytest.mark.parametrize("place", list(DOCUMENTS))
def test_every_place_of_an_open_document(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _holds_both(DOCUMENTS[place], "ods", tmp_path, monkeypatch)


def _holds_both(make: Callable[[str], bytes], ending: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, (text, kind) in enumerate(((NHS, "nhs_number"), (WHO, "name"), ("late data", None))):
        work = folder / str(number)
        work.mkdir()
        monkeypatch.chdir(work)
        path = work / f"file.{ending}"
        path.write_bytes(make(text))
        copied(path, ends_at=("note",))
        assert kinds_of_copy(work) == ({kind} if kind else set()), text


def test_the_name_of_an_author_alone_is_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every office program writes it; an NHS number there is one all the same.
    for text, expected in ((WHO, set()), (NHS, {"nhs_number"})):
        monkeypatch.chdir(tmp_path)
        path = tmp_path / "file.xlsx"
        path.write_bytes(_touched(_set("creator", text)))
        copied(path, ends_at=("note",))
        assert kinds_of_copy(tmp_path) == expected
        Path(OUTSIDE).unlink()


def _csv(folder: Path, content: bytes, **dialect: Any) -> Parsed:
    path = folder / "file.csv"
    path.write_bytes(content)
    terms = Dialect(**dialect)
    found = preflight(path, terms)
    out = folder / "out.parquet"
    if terms.framed:
        return parse_framed(path, found, terms, list, out)
    return parse(path, found, terms, found.header, out)


def _gz(content: bytes, name: str) -> bytes:
    held = io.BytesIO()
    with gzip.GzipFile(name, "wb", fileobj=held) as file:
        file.write(content)
    return held.getvalue()


ROWS = b"ward,count\nnorth,3\n"
CSV = {
    "malformed row": ROWS + b"south,4,NHS no 943 476 5919\n",
    "malformed row among quotes": ROWS + b'"so\nuth",4\nsouth,4,NHS no 943 476 5919\n',
    "name in gzip": _gz(ROWS, "NHS no 943 476 5919.csv"),
    "name in a later member of gzip": gzip.compress(ROWS) + _gz(b"south,4\n", "NHS no 943 476 5919.csv"),
}


@pytest.mark.parametrize("place", list(CSV))
def test_what_stands_beside_the_rows_of_a_csv_file(place: str, tmp_path: Path) -> None:
    parsed = _csv(tmp_path, CSV[place])
    assert {kind for _, kind in kinds(outside_of(parsed.parquet))} == {"nhs_number"}


def test_titles_and_notes_of_a_csv_file(tmp_path: Path) -> None:
    parsed = _csv(tmp_path, b"For Jane Smith\n\n" + ROWS + b"Total,3\n", header_starts="ward", skip_rows=["total"])
    assert {kind for _, kind in kinds(outside_of(parsed.parquet))} == {"name"}


def test_malformed_lines_of_json(tmp_path: Path) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text('{"ward": "north"}\n{"ward": ["NHS no 943 476 5919"]}\n', encoding="utf-8")
    parsed = parse_json_lines(path, Dialect(), list, tmp_path / "out.parquet")
    assert {kind for _, kind in kinds(outside_of(parsed.parquet))} == {"nhs_number"}


@pytest.mark.parametrize(
    "name", ["victim Jane Smith 2024.csv", "jane_smith.csv", "07700900123.csv", "943-476-5919.xlsx"]
)
def test_the_name_of_a_file(name: str) -> None:
    assert {place for place, _ in kinds(None, file_name=name)} == {"the file's name"}


@pytest.mark.parametrize(
    "name",
    [
        "2024-01-city-of-london-street.csv",
        "dorset-crm-offences_2023-04_2024-03.csv",
        "training-records_2024-25-Q1.xlsx",
    ],
)
def test_agreed_names_of_files_pass(name: str) -> None:
    assert kinds(None, file_name=name) == set()


@pytest.mark.parametrize("row", [30, 70_001, 149_999])
def test_one_cell_in_any_row_of_a_long_file_is_found(row: int) -> None:
    connection = duckdb.connect()
    relation = (
        f"SELECT CASE WHEN i = {row} THEN '{NHS}' ELSE 'none ' || i END AS note, i AS id FROM range(150_000) AS t(i)"
    )
    file = Searched(relation_sql=relation, columns=["note", "id"])
    (found,) = find_identifiers(connection, [file], received_on=RECEIVED)
    assert [(each.column, each.kind) for each in found] == [("note", "nhs_number")]
