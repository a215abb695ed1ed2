"""Workbooks that nobody should open, generated: each with the rule that must refuse it, and the row to blame."""

from __future__ import annotations

import struct
import zlib
from functools import partial

from tests.feeds.workbook_maker import (
    GOOD,
    GOOD_XML,
    HEADER_XML,
    NOISE,
    OLE,
    PACKAGE,
    TABLE,
    TYPE,
    Refused,
    changed,
    flagged,
    inline,
    many_parts,
    messy,
    one,
    overlapping,
    packed,
    parts,
    patched,
    raw,
    repeated_in_directory,
    replaced,
    sheet_xml,
    strings_xml,
    without,
    workbook_xml,
    zeros,
)

_FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
_DOCTYPE = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_ROW2 = '<row r="2"><c r="A2" t="s"><v>2</v></c>{}</row>'


def _b2(cell: str, rule: str = "damaged") -> Refused:
    return Refused(make=lambda: one(cell), rule=rule, row=2)


REFUSED: dict[str, Refused] = {
    # another kind of file
    "no bytes": Refused(make=lambda: b"", rule="empty"),
    "only blanks": Refused(make=lambda: b" \r\n", rule="empty"),
    "csv": Refused(make=lambda: b"Ward,Count\nnorth,3\n", rule="not_workbook"),
    "csv in utf-16": Refused(make=lambda: "Ward,Count\n".encode("utf-16"), rule="not_workbook"),
    "a web page called .xls": Refused(make=lambda: b"<html><table><tr><td>Ward</td></tr></table>", rule="not_workbook"),
    "xml of Excel 2003": Refused(make=lambda: b'<?xml version="1.0"?><Workbook/>', rule="not_workbook"),
    "pdf": Refused(make=lambda: b"%PDF-1.7\n" + NOISE, rule="not_workbook"),
    "noise": Refused(make=lambda: b"\0" + NOISE, rule="not_workbook"),
    "gzip of a workbook": Refused(make=lambda: b"\x1f\x8b\x08" + NOISE, rule="not_workbook"),
    "old .xls": Refused(make=lambda: OLE + NOISE, rule="not_workbook"),
    "oldest .xls": Refused(make=lambda: b"\x09\x08\x10\x00\x00\x06\x05\x00" + NOISE, rule="not_workbook"),
    ".xlsb": Refused(make=lambda: changed("xl/workbook.bin", NOISE, drop=["xl/workbook.xml"]), rule="not_workbook"),
    ".odt": Refused(
        make=lambda: packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}),
        rule="not_workbook",
    ),
    ".docx": Refused(make=lambda: changed("word/document.xml", "<x/>", drop=["xl/workbook.xml"]), rule="not_workbook"),
    "a ZIP of CSV": Refused(make=lambda: packed({"a.csv": "Ward,Count\n"}), rule="not_workbook"),
    "a workbook in a ZIP": Refused(make=lambda: packed({"book.xlsx": GOOD}), rule="not_workbook"),
    "an empty ZIP": Refused(make=lambda: packed({}), rule="not_workbook"),
    "another content type": Refused(
        make=lambda: replaced("[Content_Types].xml", "spreadsheetml.sheet.main", "wordprocessingml.document.main"),
        rule="not_workbook",
    ),
    "no content type": Refused(
        make=lambda: changed("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>'), rule="not_workbook"
    ),
    # locked or with code
    "a password": Refused(make=lambda: OLE + NOISE + "EncryptedPackage".encode("utf-16-le") + NOISE, rule="encrypted"),
    "ZIP encryption": Refused(make=flagged, rule="encrypted"),
    "macros": Refused(make=lambda: changed("xl/vbaProject.bin", NOISE), rule="macros"),
    "macros elsewhere": Refused(make=lambda: changed("xl/deep/VBAPROJECT.BIN", NOISE), rule="macros"),
    "macros as Excel 4 had them": Refused(make=lambda: changed("xl/macrosheets/sheet1.xml", "<x/>"), rule="macros"),
    "a type for macros": Refused(
        make=lambda: replaced(
            "[Content_Types].xml", f"{TYPE}.sheet.main", "application/vnd.ms-excel.sheet.macroEnabled.main"
        ),
        rule="macros",
    ),
    # bombs
    "a bomb that says so": Refused(make=partial(zeros, 40 * 2**20), rule="bomb"),
    "a bomb that lies": Refused(make=partial(zeros, 40 * 2**20, declared=1000), rule="bomb"),
    "a bomb in a picture": Refused(make=lambda: changed("xl/media/image1.png", bytes(20 * 2**20)), rule="bomb"),
    "parts over one another": Refused(make=overlapping, rule="bomb"),
    "10,001 parts": Refused(make=partial(many_parts, 9_995), rule="bomb"),
    "a tag of 40 MB": Refused(
        make=lambda: raw(f'<row r="1" x="{NOISE.hex() * 500}"/>'), rule="bomb", dialect={"max_expansion": 2000}
    ),
    "tags in tags in tags": Refused(make=lambda: raw("<x>" * 100_000), rule="bomb"),
    "one text a million times": Refused(
        make=lambda: packed(
            parts(
                sheet_xml(HEADER_XML + "".join(f'<row r="{n}"><c t="s"><v>2</v></c></row>' for n in range(2, 20_000))),
                strings=strings_xml(("Ward", "Count", "x" * 30_000)),
            )
        ),
        rule="bomb",
    ),
    # too large
    "too many bytes": Refused(make=lambda: GOOD, rule="too_large", dialect={"max_bytes": 1000}),
    "too many bytes unpacked": Refused(
        make=lambda: changed("xl/media/image1.png", NOISE * 3), rule="too_large", dialect={"max_unpacked": 12_000}
    ),
    "too many cells": Refused(make=lambda: GOOD, rule="too_large", dialect={"max_cells": 5}),
    "2,000,001 cells": Refused(make=lambda: raw("<row>" + "<c/>" * 2_000_001 + "</row>"), rule="too_large"),
    "300,001 elements that nobody knows": Refused(
        make=lambda: packed(parts(workbook=workbook_xml(pr="<x/>" * 300_001))), rule="too_large"
    ),
    "more unknown elements than cells are allowed": Refused(
        make=lambda: raw("<x/>" * 21 + GOOD_XML), rule="too_large", dialect={"max_cells": 10}
    ),
    "more runs of text than cells are allowed": Refused(
        make=lambda: packed(parts(strings=strings_xml(("<r/>" * 50,)))), rule="too_large", dialect={"max_cells": 10}
    ),
    "too many sheets": Refused(
        make=lambda: packed(
            parts(workbook=workbook_xml("".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(201))))
        ),
        rule="too_large",
    ),
    "a text of 32,768 characters": _b2(inline("B2", "x" * 32_768), "too_large"),
    "a shared text of 32,768 characters": Refused(
        make=lambda: packed(parts(strings=strings_xml(("Ward", "Count", "x" * 32_768)))), rule="too_large"
    ),
    # far cells
    "one far cell": Refused(make=lambda: raw(GOOD_XML + _FAR), rule="far_cell", row=1_048_576),
    "a far column": Refused(
        make=lambda: raw(GOOD_XML + '<row r="4"><c r="ALM4"><v>1</v></c></row>'), rule="far_cell", row=4
    ),
    "a row beyond the grid": Refused(
        make=lambda: raw(GOOD_XML + '<row r="1048577"><c r="A1048577"><v>1</v></c></row>'),
        rule="far_cell",
        row=1_048_577,
    ),
    "a row of nine digits": Refused(
        make=lambda: raw(GOOD_XML + '<row r="999999999"/>'), rule="far_cell", row=999_999_999
    ),
    "a column beyond the grid": Refused(
        make=lambda: raw(GOOD_XML + '<row r="4"><c r="ZZZ4"/></row>'), rule="far_cell", row=4
    ),
    "a row beyond the limit": Refused(make=lambda: GOOD, rule="far_cell", row=3, dialect={"max_rows": 2}),
    # entities
    "entities in the sheet": Refused(make=lambda: raw(GOOD_XML, head=_DOCTYPE), rule="entities"),
    "entities in the workbook": Refused(
        make=lambda: changed("xl/workbook.xml", _DOCTYPE + workbook_xml()), rule="entities"
    ),
    "entities in the texts": Refused(
        make=lambda: changed("xl/sharedStrings.xml", _DOCTYPE + strings_xml()), rule="entities"
    ),
    "an entity of a file": Refused(
        make=lambda: raw(GOOD_XML, head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), rule="entities"
    ),
    "entities in the relations": Refused(make=lambda: changed("_rels/.rels", _DOCTYPE + "<x/>"), rule="entities"),
    "an entity that is not declared": Refused(make=lambda: one(inline("B2", "&b;")), rule="damaged"),
    # cut short or contradictory
    "the second half missing": Refused(make=lambda: GOOD[: len(GOOD) // 2], rule="truncated"),
    "the last byte missing": Refused(make=lambda: GOOD[:-1], rule="truncated"),
    "four bytes": Refused(make=lambda: b"PK\x03\x04", rule="truncated"),
    "something behind its end": Refused(make=lambda: GOOD + b"\r\n", rule="truncated"),
    "the first half missing": Refused(make=lambda: b"PK\x03\x04" + GOOD[len(GOOD) // 2 :], rule="damaged"),
    "a part twice": Refused(make=repeated_in_directory, rule="duplicate_part"),
    "a part twice but for case": Refused(
        make=lambda: changed("XL/Worksheets/Sheet1.xml", sheet_xml(HEADER_XML)), rule="duplicate_part"
    ),
    "another name in front of a part": Refused(
        make=lambda: patched(b"xl/worksheets/sheet1.xml", b"xl/worksheets/sheet2.xml"), rule="damaged"
    ),
    "a part renamed": Refused(
        make=lambda: packed({n.replace("sheet1", "sheet2"): d for n, d in parts().items()}), rule="damaged"
    ),
    "a wrong checksum": Refused(
        make=lambda: GOOD.replace(struct.pack("<L", zlib.crc32(sheet_xml(GOOD_XML).encode())), b"\1\2\3\4"),
        rule="damaged",
    ),
    "no workbook part": Refused(make=partial(without, "xl/workbook.xml"), rule="damaged"),
    "no relations": Refused(make=partial(without, "_rels/.rels"), rule="damaged"),
    "no relations of the workbook": Refused(make=partial(without, "xl/_rels/workbook.xml.rels"), rule="damaged"),
    "no sheet part": Refused(make=partial(without, "xl/worksheets/sheet1.xml"), rule="damaged"),
    "no shared texts": Refused(make=partial(without, "xl/sharedStrings.xml"), rule="damaged"),
    "no formats": Refused(make=partial(without, "xl/styles.xml"), rule="damaged"),
    "texts that nobody relates to": Refused(
        make=lambda: replaced("xl/_rels/workbook.xml.rels", "relationships/sharedStrings", "relationships/other"),
        rule="damaged",
        row=1,
    ),
    "a sheet on another server": Refused(
        make=lambda: replaced("xl/_rels/workbook.xml.rels", 'Id="rId1"', 'Id="rId1" TargetMode="External"'),
        rule="sheet",
    ),
    "XML cut short": Refused(
        make=lambda: changed("xl/worksheets/sheet1.xml", sheet_xml(GOOD_XML)[:-40]), rule="damaged"
    ),
    "XML of something else": Refused(make=lambda: changed("xl/worksheets/sheet1.xml", "<html/>"), rule="damaged"),
    "no XML": Refused(make=lambda: changed("xl/worksheets/sheet1.xml", NOISE), rule="damaged"),
    "an empty part": Refused(make=lambda: changed("xl/worksheets/sheet1.xml", ""), rule="damaged"),
    "XML in utf-16": Refused(
        make=lambda: changed(
            "xl/worksheets/sheet1.xml", sheet_xml(GOOD_XML).replace("UTF-8", "UTF-16").encode("utf-16")
        ),
        rule="encoding",
    ),
    "XML in another encoding": Refused(
        make=lambda: changed("xl/worksheets/sheet1.xml", sheet_xml(GOOD_XML).replace("UTF-8", "ISO-8859-1")),
        rule="encoding",
    ),
    "a NUL in the XML": Refused(make=lambda: one(inline("B2", "a\0b")), rule="damaged"),
    "a row twice": Refused(make=lambda: raw(GOOD_XML + '<row r="3"/>'), rule="damaged", row=3),
    "rows out of order": Refused(
        make=lambda: raw(HEADER_XML + '<row r="5"/>' + _ROW2.format("")), rule="damaged", row=2
    ),
    "a row of no number": Refused(make=lambda: raw(HEADER_XML + '<row r="two"/>'), rule="damaged"),
    "a row in a row": Refused(make=lambda: raw("<row><row/></row>"), rule="damaged"),
    "a cell outside rows": Refused(make=lambda: raw("<c><v>1</v></c>"), rule="damaged"),
    "a cell in a cell": _b2('<c r="B2"><c r="C2"/></c>'),
    "a cell twice": _b2('<c r="A2"><v>1</v></c>'),
    "a cell of another row": _b2('<c r="B3"><v>1</v></c>'),
    "a cell of no place": _b2('<c r="2B"><v>1</v></c>'),
    "two values": _b2('<c r="B2"><v>1</v><v>2</v></c>'),
    "a value and a text": _b2('<c r="B2" t="inlineStr"><v>1</v><is><t>2</t></is></c>'),
    "a text of its own in a cell of errors": _b2('<c r="B2" t="e"><is><t>3</t></is></c>'),
    "a text of its own in a cell of numbers": _b2('<c r="B2"><is><t>3</t></is></c>'),
    "no text of its own in a cell that says so": _b2('<c r="B2" t="inlineStr"><v>3</v></c>'),
    "a text that is not there": _b2('<c r="B2" t="s"><v>5</v></c>'),
    "a text before the first": _b2('<c r="B2" t="s"><v>-1</v></c>'),
    "a text of no number": _b2('<c r="B2" t="s"><v>one</v></c>'),
    "a number that is none": _b2('<c r="B2"><v>three</v></c>'),
    "not a number": _b2('<c r="B2"><v>NaN</v></c>'),
    "an endless number": _b2('<c r="B2"><v>1E999</v></c>'),
    "a number of 30,000 digits": _b2(f'<c r="B2"><v>{"9" * 30_000}</v></c>'),
    "neither true nor false": _b2('<c r="B2" t="b"><v>2</v></c>'),
    "an unknown kind of cell": _b2('<c r="B2" t="x"><v>2</v></c>'),
    # the table
    "a formula nobody calculated": Refused(make=partial(messy, [*TABLE[:2], ["south", "=1+1"]]), rule="formula", row=3),
    "a formula in the header": Refused(make=partial(messy, [["Ward", '="Count"']]), rule="formula", row=1),
    "no such sheet": Refused(make=partial(messy, TABLE, name="Figures"), rule="sheet"),
    "two such sheets": Refused(
        make=partial(messy, TABLE, touch=lambda book: book.create_sheet("data 2")),
        rule="sheet",
        dialect={"sheet": "data.*"},
    ),
    "only a hidden one": Refused(
        make=lambda: packed(
            parts(
                workbook=workbook_xml(
                    '<sheet name="Notes" sheetId="2" r:id="rId2"/>'
                    '<sheet name="Data" sheetId="1" state="hidden" r:id="rId1"/>'
                )
            )
        ),
        rule="sheet",
    ),
    "a chart of that name": Refused(
        make=lambda: replaced("xl/_rels/workbook.xml.rels", "relationships/worksheet", "relationships/chartsheet"),
        rule="sheet",
    ),
    "an empty sheet": Refused(make=partial(messy, []), rule="header"),
    "no header": Refused(make=partial(messy, TABLE[1:]), rule="header"),
    "the header is only in a longer text": Refused(make=partial(messy, [["Ward totals"], *TABLE[1:]]), rule="header"),
    "a name twice": Refused(make=partial(messy, [["Ward", "Count", "count "]]), rule="header", row=1),
    "a name twice but for a footnote": Refused(
        make=partial(messy, [[], ["Ward", "Count", "Count (1)"]]), rule="header", row=2
    ),
    "a figure without a name above": Refused(
        make=partial(messy, [*TABLE[:2], ["south", 4, None, 9]]), rule="header", row=3
    ),
    "a nil return with a figure and no other row": Refused(
        make=partial(messy, [["Figures"], ["x", 3]]), rule="header", dialect={"nil_return": "nil return"}
    ),
}
