"""How the workbooks of the tests are made: by openpyxl, or part by part for what it would never write."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import openpyxl

SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DIALECT: dict[str, Any] = {"sheet": "data", "header_starts": "ward"}
Rows = list[tuple[Any, ...]]
TABLE: list[list[Any]] = [["Ward", "Count"], ["north", 3], ["south", "<5"]]
GOOD_ROWS: Rows = [(2, "north", "3"), (3, "south", "<5")]


@dataclass(frozen=True, kw_only=True)
class Read:
    """A workbook that is read: its maker, its dialect, and what must come of it; ``last`` is its last filled row."""

    make: Callable[[], bytes]
    rows: Rows
    last: int
    header: tuple[str, ...] = ("Ward", "Count")
    dialect: dict[str, Any] = field(default_factory=dict)
    nil: bool = False


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A workbook that is refused."""

    make: Callable[[], bytes]
    rule: str
    row: int | None = None
    dialect: dict[str, Any] = field(default_factory=dict)


def messy(
    rows: Iterable[Iterable[Any]],
    *,
    merged: Iterable[str] = (),
    touch: Callable[[openpyxl.Workbook], object] = lambda book: None,
    name: str = "Data",
) -> bytes:
    """One sheet of rows from row 1, as openpyxl writes it, after ``touch`` has had the workbook."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    for row, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            if value is not None:
                sheet.cell(row, column, value)
    for area in merged:
        sheet.merge_cells(area)
    touch(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_xml(body: str, *, space: str = SPACE, before: str = "", after: str = "", head: str = "") -> str:
    """A worksheet around the rows of its data."""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{head}'
        f'<worksheet xmlns="{space}">{before}<sheetData>{body}</sheetData>{after}</worksheet>'
    )


HEADER_XML = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
ROWS_XML = (
    '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>3</v></c></row>'
    '<row r="3"><c r="A3" t="s"><v>3</v></c><c r="B3" t="s"><v>4</v></c></row>'
)
GOOD_XML = HEADER_XML + ROWS_XML
STRINGS = ("Ward", "Count", "north", "south", "&lt;5")


def strings_xml(texts: Iterable[str] = STRINGS, *, space: str = SPACE, count: int = 5) -> str:
    items = "".join(f"<si><t>{text}</t></si>" for text in texts)
    return f'<sst xmlns="{space}" count="{count}" uniqueCount="{count}">{items}</sst>'


def workbook_xml(sheets: str = "", *, space: str = SPACE, pr: str = "") -> str:
    sheets = sheets or '<sheet name="Data" sheetId="1" r:id="rId1"/>'
    relations = RELATIONS if space == SPACE else RELATIONS.replace("schemas.openxmlformats.org", "purl.oclc.org/ooxml")
    return f'<workbook xmlns="{space}" xmlns:r="{relations}">{pr}<sheets>{sheets}</sheets></workbook>'


def parts(
    sheet: str | bytes = "", *, strings: str | None = None, workbook: str = "", styles: str = ""
) -> dict[str, Any]:
    """The parts of a small workbook by name, to be changed and then packed."""
    relation = f'<Relationship Id="{{}}" Type="{RELATIONS}/{{}}" Target="{{}}"/>'
    related = relation.format("rId1", "worksheet", "worksheets/sheet1.xml")
    related += relation.format("rId2", "sharedStrings", "sharedStrings.xml")
    related += relation.format("rId3", "styles", "styles.xml")
    return {
        "[Content_Types].xml": (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            f"{relation.format('rId1', 'officeDocument', 'xl/workbook.xml')}</Relationships>"
        ),
        "xl/workbook.xml": workbook or workbook_xml(),
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>',
        "xl/worksheets/sheet1.xml": sheet or sheet_xml(GOOD_XML),
        "xl/sharedStrings.xml": strings_xml() if strings is None else strings,
        "xl/styles.xml": styles or f'<styleSheet xmlns="{SPACE}"><cellXfs><xf numFmtId="0"/></cellXfs></styleSheet>',
    }


def packed(content: dict[str, Any] | Iterable[tuple[str, Any]], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Parts as a ZIP file, without the time of day."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")  # about a part written twice, which is what some are for
        for name, data in content.items() if isinstance(content, dict) else content:
            entry = zipfile.ZipInfo(name, (2024, 5, 1, 12, 0, 0))
            entry.compress_type = method
            archive.writestr(entry, data)
    return out.getvalue()


def raw(body: str, **options: Any) -> bytes:
    """A small workbook whose sheet has these rows."""
    return packed(parts(sheet_xml(body, **options)))


def changed(name: str, data: Any, *, drop: Iterable[str] = ()) -> bytes:
    """The good workbook with one part changed or added, others dropped."""
    content = parts() | {name: data}
    return packed({name: data for name, data in content.items() if name not in drop})


def without(name: str) -> bytes:
    return packed({part: data for part, data in parts().items() if part != name})


GOOD = packed(parts())


def replaced(name: str, old: str, new: str) -> bytes:
    content = parts()
    assert old in content[name]
    return packed(content | {name: content[name].replace(old, new)})


def inline(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def repeated_in_directory() -> bytes:
    with_two = [*parts().items(), ("xl/worksheets/sheet1.xml", sheet_xml(HEADER_XML))]
    return packed(with_two)


def patched(old: bytes, new: bytes, *, times: int = 1, last: bool = False) -> bytes:
    """The good workbook with bytes of the ZIP itself changed."""
    assert len(old) == len(new)
    assert old in GOOD
    if last:
        place = GOOD.rfind(old)
        return GOOD[:place] + new + GOOD[place + len(old) :]
    return GOOD.replace(old, new, times)


def zeros(size: int, *, declared: int | None = None) -> bytes:
    """A part of zeros that packs a thousandfold; ``declared`` is the size its directory entry claims."""
    data = packed(parts() | {"xl/worksheets/sheet1.xml": b"<worksheet>" + bytes(size)})
    if declared is None:
        return data
    true = struct.pack("<L", size + len(b"<worksheet>"))
    return data.replace(true, struct.pack("<L", declared))


def overlapping() -> bytes:
    """Forty entries that all unpack the same bytes."""
    data = bytearray(packed(parts() | {f"xl/media/image{n:02}.png": b"x" * 1000 for n in range(40)}))
    starts = [place for place in _entries(data) if b"image" in data[place : place + 80]]
    for place in starts:
        data[place + 42 : place + 46] = data[starts[0] + 42 : starts[0] + 46]
    return bytes(data)


def _entries(data: bytes | bytearray) -> list[int]:
    found, place = [], data.find(b"PK\x01\x02")
    while place >= 0:
        found.append(place)
        place = data.find(b"PK\x01\x02", place + 4)
    return found


def flagged() -> bytes:
    """The good workbook, every part of it marked as encrypted."""
    data = bytearray(GOOD)
    for place in _entries(data):
        data[place + 8] |= 1
    return bytes(data)


def many_parts(count: int) -> bytes:
    return packed(parts() | {f"xl/media/{n}": b"" for n in range(count)}, method=zipfile.ZIP_STORED)


def with_wide_sizes() -> bytes:
    """Sizes where ZIP64 puts them although they are small, as streaming writers do."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts().items():
            with archive.open(zipfile.ZipInfo(name, (2024, 5, 1, 12, 0, 0)), "w", force_zip64=True) as part:
                part.write(data.encode())
    data = bytearray(out.getvalue())
    rebuilt, first = bytearray(), _entries(data)[0]
    for place in _entries(data):
        name_bytes = struct.unpack_from("<H", data, place + 28)[0]
        packed_size, size = struct.unpack_from("<2L", data, place + 20)
        entry = bytearray(data[place : place + 46 + name_bytes])
        entry[20:28] = b"\xff" * 8
        entry[30:32] = struct.pack("<H", 20)
        rebuilt += entry + struct.pack("<2H2Q", 1, 16, size, packed_size)
    end = bytearray(data[-22:])
    end[12:20] = struct.pack("<2L", len(rebuilt), first)
    return bytes(data[:first] + rebuilt + end)


def streamed() -> bytes:
    """Sizes and checksums behind the parts, as written to a pipe."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece: Any) -> int:
            self.data += bytes(piece)
            return len(piece)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts().items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 5, 1, 12, 0, 0)), data)
    return bytes(pipe.data)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
NOISE = random.Random(20240601).randbytes(4096)
FORMATS = (
    f'<styleSheet xmlns="{SPACE}"><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy;@"/>'
    '<numFmt numFmtId="171" formatCode="[h]:mm"/><numFmt numFmtId="172" formatCode="0.0&quot; days&quot;"/>'
    '<numFmt numFmtId="173" formatCode="[$-809]d mmmm yyyy\\ h:mm"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>'
    + "".join(f'<xf numFmtId="{number}"/>' for number in (14, 170, 171, 172, 173, 9, 20))
    + "</cellXfs></styleSheet>"
)


def shown(value: str, style: int, *, from_1904: bool = False) -> bytes:
    """A number under a format: 0 General, then as in ``FORMATS``."""
    body = HEADER_XML + f'<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" s="{style}"><v>{value}</v></c></row>'
    pr = '<workbookPr date1904="1"/>' if from_1904 else ""
    return packed(parts(sheet_xml(body), styles=FORMATS, workbook=workbook_xml(pr=pr)))


def one(cell: str) -> bytes:
    """One data row, ``north`` and the cell B2 given in XML."""
    return raw(HEADER_XML + f'<row r="2"><c r="A2" t="s"><v>2</v></c>{cell}</row>')
