"""Generated OpenDocument spreadsheets, and what their XML says when it is read as a tree."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from tests.feeds import ods_maker as ods
from tests.hostile.bytewise import damaged
from tests.hostile.framed import bodies, framed_right, frames, shown
from tests.hostile.made import REFUSED, Made, Right
from tests.hostile.workbooks import TYPED

_TABLE, _OFFICE, _TEXT = (f"{{{ods.SPACE}:{name}:1.0}}" for name in ("table", "office", "text"))
_TYPED = tuple(mark for mark in TYPED if mark not in {"\t", "\n", " ", "\x85", "\u2028"})
LOOSE = (
    "<x/>",
    "<table:table-row/>",
    "<table:table-cell/>",
    "</table:table-row>",
    "<text:p>zqaaaaax</text:p>",
    "<text:s/>",
    '<text:s text:c="x"/>',
    "<!-- zqaaaaax -->",
    "&b;",
    "zqaaaaax",
    '<table:table-cell table:number-columns-repeated="3"/>',
    "<office:annotation><text:p>zqaaaaax</text:p></office:annotation>",
    "<table:covered-table-cell/>",
)
#: How often some repeat themselves; no sheet has so many rows or columns, or no number of them.
REPEATED = ("0", "-1", "2", "many", "1048577", "99999999999", "1.5", "")


@st.composite
def cells(draw: st.DrawFn, text: str) -> str:
    """A cell that holds a text, as LibreOffice writes it."""
    if not text:
        return ods.blank()
    if text.isdigit() and (text == "0" or text[0] != "0") and draw(st.booleans()):
        return ods.number(text)
    inner = escape(text)
    return draw(st.sampled_from((ods.text(inner), ods.text(f"<text:span>{inner}</text:span>"))))


@st.composite
def document_files(draw: st.DrawFn) -> Made:
    """An OpenDocument spreadsheet: sound, with a fault that must refuse it, with its XML changed, or damaged."""
    rows = draw(frames(draw(bodies(_TYPED))))
    made = [ods.row(*(draw(cells(text)) for text in row)) for row in rows]
    other = draw(st.sampled_from(("", ods.sheet(ods.row(ods.text("zqaaaaax")), name="Other"))))
    xml = ods.content(ods.sheet(*made), other)
    right = read_off(xml)
    match draw(st.sampled_from(("sound", "sound", "spoilt", "turned", "turned", "damaged"))):
        case "sound":
            assert right is not None
            content = ods.document(xml)
        case "spoilt":
            content = draw(spoilt(made))
            right = REFUSED
        case "turned":
            xml = draw(turned(xml))
            content, right = ods.document(xml), read_off(xml)
            right = REFUSED if right is None else _either(right)
        case _:
            content = draw(damaged(ods.document(xml)))
            right = _either(_unpacked(content) or right or REFUSED)
    return Made(kind="OpenDocument", feed="hostile_sheet", content=content, right=right)


@st.composite
def spoilt(draw: st.DrawFn, rows: list[str]) -> bytes:
    """A document that must be refused, whatever stands in its table."""
    far = ods.row(ods.text("zqaaaaax"), attributes='table:number-rows-repeated="1048576"')
    wide = ods.row(ods.text("zqaaaaax", 'table:number-columns-repeated="16384"'))
    rest = ods.row(ods.text("x" * 30_000), attributes='table:number-rows-repeated="100000"')
    return draw(
        st.sampled_from(
            (
                ods.document(ods.content(ods.sheet(*rows, far))),
                ods.document(ods.content(ods.sheet(*rows, wide))),
                ods.document(ods.content(ods.sheet(*rows, rest))),
                ods.document(ods.content(ods.sheet(*rows, ods.row(ods.number("1E999"))))),
                ods.document(ods.content(ods.sheet(*rows, ods.row(ods.text('<text:s text:c="999999999"/>'))))),
                ods.document(ods.content(ods.sheet(*rows), head='<!DOCTYPE x [<!ENTITY a "zqaaaaax">]>')),
                ods.document(ods.content(ods.sheet(*rows)), extra={"Basic/Standard/zqaaaaax.xml": "<x/>"}),
                ods.document(ods.content(ods.sheet(*rows, name="zqaaaaax"))),
                ods.document(ods.content(ods.sheet(*rows))[:-30]),
                ods.document(ods.content(*[ods.sheet(name=f"s{number}") for number in range(201)])),
            )
        )
    )


@st.composite
def turned(draw: st.DrawFn, xml: str) -> str:
    """The XML with up to three elements put in, or something repeated."""
    for _ in range(draw(st.integers(1, 3))):
        # Behind the header's row: what comes before it is no table.
        places = [place for place, mark in enumerate(xml) if mark == "<"]
        place = draw(st.sampled_from(places))
        if draw(st.booleans()):
            xml = xml[:place] + draw(st.sampled_from(LOOSE)) + xml[place:]
        else:
            kind = draw(st.sampled_from(("rows", "columns")))
            old = "<table:table-row " if kind == "rows" else "<table:table-cell "
            pieces = xml.split(old)
            if len(pieces) > 1:
                at = draw(st.integers(1, len(pieces) - 1))
                put = f'{old}table:number-{kind}-repeated="{draw(st.sampled_from(REPEATED))}" '
                xml = old.join(pieces[:at]) + put + old.join(pieces[at:])
    return xml


def _either(right: Right) -> Right:
    return Right(**{**vars(right), "may_refuse": True, "read": None})


def _unpacked(content: bytes) -> Right | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return read_off(archive.read("content.xml").decode())
    except Exception:  # noqa: BLE001 (whatever it is, the file is damaged)
        return None


def read_off(xml: str) -> Right | None:
    """The table of the sheet ``Data``, its repetitions counted; None where that is not possible."""
    try:
        sheets = list(ET.fromstring(xml).iter(f"{_TABLE}table"))  # noqa: S314 (made here)
        (sheet,) = [one for one in sheets if one.get(f"{_TABLE}name", "").casefold() == "data"]
        rows: dict[int, dict[int, str]] = {}
        number = 0
        for row in sheet.iter(f"{_TABLE}table-row"):
            cells = _cells(row)
            times = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
            if times < 1 or (cells and times > 1000):
                return None
            rows |= {number + place: cells for place in range(1, times + 1)} if cells else {}
            number += times
    except (ET.ParseError, ValueError):
        return None
    return framed_right(rows.items(), read=max(rows, default=0))


def _cells(row: ET.Element) -> dict[int, str]:
    cells: dict[int, str] = {}
    column = 0
    for cell in row:
        if cell.tag not in {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}:
            continue
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        value = cell.get(f"{_OFFICE}value")
        text = "\n".join(_paragraph(one) for one in cell.findall(f"{_TEXT}p")) if value is None else value
        if cell.tag.endswith("covered-table-cell") or shown(text) is None:
            text = ""
        if times < 1 or (text and times > 1000):
            raise ValueError(times)
        cells |= {column + place: text for place in range(1, times + 1)} if text else {}
        column += times
    return cells


def _paragraph(paragraph: ET.Element) -> str:
    """The text that a paragraph shows: blanks that the XML counts, and no comments."""
    text = paragraph.text or ""
    for inner in paragraph:
        if inner.tag == f"{_TEXT}s":
            text += " " * int(inner.get(f"{_TEXT}c", "1"))
        elif inner.tag.startswith(_TEXT):
            text += _paragraph(inner)
        text += inner.tail or ""
    return " ".join(text.split(" ")) if "  " not in text else text
