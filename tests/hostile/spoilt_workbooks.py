"""Faults of Excel workbooks: parts that must refuse them, and elements that are changed where they stand."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.feeds.workbook_maker import NOISE, SPACE, strings_xml, workbook_xml

#: Elements and attributes that are put where they do not belong.
LOOSE = (
    "<x/>",
    "<c/>",
    "<row/>",
    "<v>1</v>",
    '<c r="A9"><v>1</v></c>',
    "</row>",
    "</c>",
    "<!-- zqaaaaax -->",
    "<?zqaaaaax ?>",
    "&b;",
    "&#0;",
    "&#x41;",
    "<![CDATA[zqaaaaax]]>",
    "<is><t>zqaaaaax</t></is>",
    "\0",
    "zqaaaaax",
    "<row>",
    "<c>",
    "<f>1+1</f>",
    "<v/>",
    '<row r="3"/>',
    '<row r="1048577"/>',
    '<row r="-1"/>',
    '<row r="2.5"/>',
    "<extLst><ext/></extLst>",
)
TURNED = (
    ('r="', 'r="Z'),
    ('t="s"', 't="x"'),
    ('t="s"', 't="b"'),
    ('t="inlineStr"', 't="e"'),
    ("<v>", "<v> "),
    ("<v>", "<v>-"),
    ("<v>", "<v>1E"),
    ("<row ", '<row hidden="1" '),
    ("<c ", '<c s="7" '),
    ("<c ", '<c s="999999" '),
    ('r="A', 'r="B'),
    ("<sheetData>", "<sheetData><sheetData>"),
    (SPACE, "urn:x"),
    ("UTF-8", "UTF-16"),
    ("UTF-8", "ISO-8859-1"),
    ("worksheet", "chartsheet"),
)
_DOCTYPE = '<!DOCTYPE worksheet [<!ENTITY a "zqaaaaax"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def spoilt_parts(kind: str, made: dict[str, Any]) -> dict[str, Any]:
    """The parts with a fault that must refuse the workbook."""
    sheet = made["xl/worksheets/sheet1.xml"]
    body = "</sheetData>"
    changes: dict[str, dict[str, Any]] = {
        "macros": {"xl/vbaProject.bin": NOISE},
        "entities": {"xl/worksheets/sheet1.xml": sheet.replace("<worksheet", f"{_DOCTYPE}<worksheet")},
        "entities in the texts": {"xl/sharedStrings.xml": _DOCTYPE + made["xl/sharedStrings.xml"]},
        "a far cell": {
            "xl/worksheets/sheet1.xml": sheet.replace(
                body, f'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>{body}'
            )
        },
        "a cell in a cell": {"xl/worksheets/sheet1.xml": sheet.replace(body, f"<row><c><c/></c></row>{body}")},
        "tags in tags": {"xl/worksheets/sheet1.xml": sheet.replace(body, "<x>" * 70 + "</x>" * 70 + body)},
        "a text that is not there": {
            "xl/worksheets/sheet1.xml": sheet.replace(body, f'<row><c t="s"><v>99999</v></c></row>{body}')
        },
        "an endless number": {"xl/worksheets/sheet1.xml": sheet.replace(body, f"<row><c><v>1E999</v></c></row>{body}")},
        "the sheet is hidden": {
            "xl/workbook.xml": workbook_xml('<sheet name="Data" sheetId="1" state="veryHidden" r:id="rId1"/>')
        },
        "the sheet has another name": {
            "xl/workbook.xml": workbook_xml('<sheet name="zqaaaaax" sheetId="1" r:id="rId1"/>')
        },
        "two such sheets": {"xl/workbook.xml": workbook_xml('<sheet name="Data" sheetId="1" r:id="rId1"/>' * 2)},
        "a sheet elsewhere": {
            "xl/_rels/workbook.xml.rels": made["xl/_rels/workbook.xml.rels"].replace(
                'Id="rId1"', 'Id="rId1" TargetMode="External"'
            )
        },
        "no sheet": {"xl/worksheets/sheet1.xml": None},
        "no workbook": {"xl/workbook.xml": None},
        "a bomb": {"xl/media/image1.png": bytes(20 * 2**20)},
        "two million cells": {
            "xl/worksheets/sheet1.xml": sheet.replace(body, "<row>" + "<c/>" * 2_000_001 + f"</row>{body}")
        },
        "a long text": {"xl/sharedStrings.xml": strings_xml(("x" * 32_768,))},
        "cut XML": {"xl/worksheets/sheet1.xml": sheet[: len(sheet) // 2]},
    }
    return {name: data for name, data in (made | changes[kind]).items() if data is not None}


SPOILT = (
    "macros",
    "entities",
    "entities in the texts",
    "a far cell",
    "a cell in a cell",
    "tags in tags",
    "a text that is not there",
    "an endless number",
    "the sheet is hidden",
    "the sheet has another name",
    "two such sheets",
    "a sheet elsewhere",
    "no sheet",
    "no workbook",
    "a bomb",
    "two million cells",
    "a long text",
    "cut XML",
)


@st.composite
def turned(draw: st.DrawFn, made: dict[str, Any]) -> dict[str, Any]:
    """The parts with up to three elements or attributes changed, in any part."""
    made = dict(made)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(("xl/worksheets/sheet1.xml",) * 5 + tuple(sorted(made))))
        text = str(made[name])
        if draw(st.booleans()):
            places = [place for place, mark in enumerate(text) if mark == "<"]
            place = draw(st.sampled_from(places)) if places else 0
            text = text[:place] + draw(st.sampled_from(LOOSE)) + text[place:]
        else:
            old, new = draw(st.sampled_from(TURNED))
            count = text.count(old)
            if count:
                pieces = text.split(old)
                place = draw(st.integers(1, count))
                text = old.join(pieces[:place]) + new + old.join(pieces[place:])
        made[name] = text
    return made
