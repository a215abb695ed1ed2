"""Workbooks as councils send them, and how each must be read; the expected rows are typed by hand.

``MESSY`` are honest ones as openpyxl writes them. ``ODD`` are written part by part: rare, suspicious, and right.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from functools import partial

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

from tests.feeds.workbook_maker import (
    GOOD,
    GOOD_ROWS,
    GOOD_XML,
    HEADER_XML,
    PACKAGE,
    SPACE,
    STRICT,
    TABLE,
    TYPE,
    Read,
    changed,
    inline,
    messy,
    one,
    packed,
    parts,
    raw,
    replaced,
    sheet_xml,
    shown,
    streamed,
    strings_xml,
    with_wide_sizes,
    workbook_xml,
)


def _is(make: Callable[[], bytes], meant: str | None) -> Read:
    return Read(make=make, rows=[(2, "north", meant)], last=2)


def _notes_first(book: openpyxl.Workbook) -> None:
    notes = book.create_sheet("Notes", 0)
    notes["A1"] = "Ward"
    notes["A2"] = "Read me before use"


def _hidden(book: openpyxl.Workbook) -> None:
    for name, state in (("Old data", "hidden"), ("data ", "veryHidden")):
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        sheet["A1"], sheet["B1"], sheet["A2"] = "Ward", "Count", "secret"


def _decorated(book: openpyxl.Workbook) -> None:
    sheet = book.active
    sheet["A2"].comment = Comment("checked by somebody", "somebody")
    sheet["B2"].hyperlink = "https://example.org/"
    sheet.add_table(Table(displayName="Counts", ref="A1:B3"))
    sheet.protection.sheet = True
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = "A1:B3"
    sheet.add_data_validation(DataValidation(type="whole", sqref="B2:B3"))
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True


def _styled_far(book: openpyxl.Workbook) -> None:
    for place in ("XFD1", "A1048576", "XFD1048576"):
        book.active[place].font = Font(bold=True)


def _in_1904(book: openpyxl.Workbook) -> None:
    book.epoch = dt.datetime(1904, 1, 1)


TITLES = [["Table 2: Screenings [note 1]"], ["Source: the partnership"], []]
MESSY: dict[str, Read] = {
    "plain": Read(make=partial(messy, TABLE), rows=GOOD_ROWS, last=3),
    "a sheet of notes first": Read(make=partial(messy, TABLE, touch=_notes_first), rows=GOOD_ROWS, last=3),
    "hidden sheets, one of the same name": Read(make=partial(messy, TABLE, touch=_hidden), rows=GOOD_ROWS, last=3),
    "blanks and case in the sheet's name": Read(make=partial(messy, TABLE, name=" DATA "), rows=GOOD_ROWS, last=3),
    "title rows": Read(make=partial(messy, [*TITLES, *TABLE]), rows=[(5, "north", "3"), (6, "south", "<5")], last=6),
    "leading blank rows and columns": Read(
        make=partial(messy, [[], [], *[[None, None, *row] for row in TABLE]]),
        rows=[(4, "north", "3"), (5, "south", "<5")],
        last=5,
    ),
    "spacer rows": Read(
        make=partial(messy, [TABLE[0], [], TABLE[1], [], ["  "], TABLE[2], [], ["\u00a0"]]),
        rows=[(3, "north", "3"), (6, "south", "<5")],
        last=6,
    ),
    "totals, subtitles and notes below": Read(
        make=partial(
            messy,
            [
                TABLE[0],
                ["East area"],
                TABLE[1],
                ["Area Total", 3],
                TABLE[2],
                ["TOTAL", 3],
                [],
                ["Note 1: small"],
                ["x"],
            ],
        ),
        dialect={"skip_rows": [".* area", ".*total"], "ends_at": [r"notes?\b"]},
        rows=[(3, "north", "3"), (5, "south", "<5")],
        last=9,
    ),
    "a header of two rows, merged": Read(
        make=partial(
            messy,
            [
                ["Ward", "2023-24", None, "Notes"],
                [None, "Q1", "Q2", None],
                ["north", 3, 4, None],
                ["south", 5, "*", "x"],
            ],
            merged=["A1:A2", "B1:C1", "D1:D2"],
        ),
        dialect={"header_rows": 2},
        header=("Ward", "2023-24 | Q1", "2023-24 | Q2", "Notes"),
        rows=[(3, "north", "3", "4", None), (4, "south", "5", "*", "x")],
        last=4,
    ),
    "a header of two rows, merging only drawn": Read(
        make=partial(messy, [["Ward", "2023", None, "2024", None], [None, "M", "F", "M", "F"], ["north", 1, 2, 3, 4]]),
        dialect={"header_rows": 2},
        header=("Ward", "2023 | M", "2023 | F", "2024 | M", "2024 | F"),
        rows=[(3, "north", "1", "2", "3", "4")],
        last=3,
    ),
    "a header of three rows, merged": Read(
        make=partial(
            messy,
            [
                ["Screenings by risk"],
                ["Ward", "2023-24", None, None, None],
                [None, "High", None, "Low", None],
                [None, "All", "Children", "All", "Children"],
                ["north", 1, 2, 3, 4],
            ],
            merged=["A2:A4", "B2:E2", "B3:C3", "D3:E3", "A1:E1"],
        ),
        dialect={"header_rows": 3},
        header=(
            "Ward",
            "2023-24 | High | All",
            "2023-24 | High | Children",
            "2023-24 | Low | All",
            "2023-24 | Low | Children",
        ),
        rows=[(5, "north", "1", "2", "3", "4")],
        last=5,
    ),
    "a header of two rows, the second blank": Read(
        make=partial(messy, [TABLE[0], [], *TABLE[1:]]),
        dialect={"header_rows": 2},
        rows=[(3, "north", "3"), (4, "south", "<5")],
        last=4,
    ),
    "cells merged downwards": Read(
        make=partial(
            messy,
            [
                ["Ward", "Risk", "Count"],
                ["north", "high", 1],
                [None, "low", 2],
                ["south", "high", 3],
                [],
                [None, "low", 4],
            ],
            merged=["A2:A3", "A4:A6"],
        ),
        dialect={"fill_down": ["Ward"]},
        header=("Ward", "Risk", "Count"),
        rows=[(2, "north", "high", "1"), (3, "north", "low", "2"), (4, "south", "high", "3"), (6, "south", "low", "4")],
        last=6,
    ),
    "footnotes in headers and names": Read(
        make=partial(
            messy,
            [
                ["Ward [note 1]", "Count¹ (2)", "Rate per\n 1,000*"],
                ["north [n2]", "3 [r]", "(1)"],
                ["south†", "4*", "*"],
                ["St. John's (East)", "5 (1)", "6"],
            ],
        ),
        dialect={"strip_footnotes": ["Ward", "Rate per 1,000"]},
        header=("Ward", "Count", "Rate per 1,000"),
        rows=[(2, "north", "3 [r]", "(1)"), (3, "south", "4*", "*"), (4, "St. John's (East)", "5 (1)", "6")],
        last=4,
    ),
    "a footnote on the header's first cell": Read(
        make=partial(messy, [["WARD ²", "Count"], *TABLE[1:]]), header=("WARD", "Count"), rows=GOOD_ROWS, last=3
    ),
    "dates, times and dates as text": Read(
        make=partial(
            messy,
            [
                ["Ward", "When"],
                ["a", dt.date(2024, 5, 1)],
                ["b", dt.datetime(2024, 5, 1, 10, 30)],
                ["c", "01/05/2024"],
                ["d", dt.time(10, 30)],
                ["e", dt.timedelta(hours=30, minutes=5)],
                ["f", "2024-05-01 00:00:00"],
                ["g", dt.datetime(2024, 5, 1, 23, 59, 59, 999_000)],
            ],
        ),
        header=("Ward", "When"),
        rows=[
            (2, "a", "2024-05-01"),
            (3, "b", "2024-05-01T10:30:00"),
            (4, "c", "01/05/2024"),
            (5, "d", "10:30:00"),
            (6, "e", "30:05:00"),
            (7, "f", "2024-05-01 00:00:00"),
            (8, "g", "2024-05-01T23:59:59.999"),
        ],
        last=8,
    ),
    "dates from 1904": Read(
        make=partial(messy, [["Ward", "When"], ["a", dt.date(2024, 5, 1)]], touch=_in_1904),
        header=("Ward", "When"),
        rows=[(2, "a", "2024-05-01")],
        last=2,
    ),
    "numbers": Read(
        make=partial(
            messy,
            [
                ["Ward", "Count"],
                ["a", 7],
                ["b", 7.0],
                ["c", 0.43],
                ["d", 1 / 3],
                ["e", 0.1 + 0.2],
                ["f", 1e21],
                ["g", 1e-10],
                ["h", -0.5],
                ["i", 123456789012345678],
                ["j", True],
                ["k", False],
                ["l", -3],
            ],
        ),
        rows=[
            (2, "a", "7"),
            (3, "b", "7"),
            (4, "c", "0.43"),
            (5, "d", "0.3333333333333333"),
            (6, "e", "0.3"),
            (7, "f", "1e+21"),
            (8, "g", "1e-10"),
            (9, "h", "-0.5"),
            (10, "i", "1.234567890123457e+17"),
            (11, "j", "TRUE"),
            (12, "k", "FALSE"),
            (13, "l", "-3"),
        ],
        last=13,
    ),
    "text that looks like something else": Read(
        make=partial(
            messy,
            [
                ["Ward", "Count"],
                ["a", "007"],
                ["b", "TRUE"],
                ["c", "1E5"],
                ["d", "'5"],
                ["e", "  5 "],
                ["f", "12\u00a0"],
                ["g", "\u200b"],
                ["h", "a\nb"],
                ["i", "😀 é"],
                ["j", "1,234"],
                ["k", "\u202e5"],
            ],
        ),
        rows=[
            (2, "a", "007"),
            (3, "b", "TRUE"),
            (4, "c", "1E5"),
            (5, "d", "'5"),
            (6, "e", "5"),
            (7, "f", "12"),
            (8, "g", None),
            (9, "h", "a\nb"),
            (10, "i", "😀 é"),
            (11, "j", "1,234"),
            (12, "k", "\u202e5"),
        ],
        last=12,
    ),
    "a nil return below its header": Read(
        make=partial(messy, [TABLE[0], ["Nil  Return"]]),
        dialect={"nil_return": "nil return"},
        rows=[],
        last=2,
        nil=True,
    ),
    "a nil return with its quarter": Read(
        make=partial(messy, [*TITLES, TABLE[0], ["2024-25 Q1", "nil return"]]),
        dialect={"nil_return": "nil return"},
        rows=[],
        last=5,
        nil=True,
    ),
    "a nil return instead of the table": Read(
        make=partial(messy, [["Screenings"], [], ["NIL RETURN"]]),
        dialect={"nil_return": "nil return"},
        header=(),
        rows=[],
        last=3,
        nil=True,
    ),
    "a nil return in the notes": Read(
        make=partial(messy, [TABLE[0], [], ["Notes"], ["Nil return"]]),
        dialect={"nil_return": "nil return", "ends_at": ["notes"]},
        rows=[],
        last=4,
        nil=True,
    ),
    "no nil return: one of several rows says nil": Read(
        make=partial(messy, [*TABLE, ["east", "nil"]]),
        dialect={"nil_return": "nil"},
        rows=[*GOOD_ROWS, (4, "east", "nil")],
        last=4,
    ),
    "no nil return: the first of several rows says nil": Read(
        make=partial(messy, [TABLE[0], ["east", "nil"], TABLE[1]]),
        dialect={"nil_return": "nil"},
        rows=[(2, "east", "nil"), (3, "north", "3")],
        last=3,
    ),
    "no row below the header": Read(make=partial(messy, TABLE[:1]), rows=[], last=1),
    "comments, links, tables, protection, hidden rows and columns": Read(
        make=partial(messy, TABLE, touch=_decorated), rows=GOOD_ROWS, last=3
    ),
    "formats far below and beside": Read(make=partial(messy, TABLE, touch=_styled_far), rows=GOOD_ROWS, last=3),
    "a column of blanks without a name": Read(
        make=partial(messy, [["Ward", None, "Count"], ["north", " ", 3], ["south", None, "<5"]]), rows=GOOD_ROWS, last=3
    ),
    "formulas as text, and a totals row nobody calculated": Read(
        make=partial(messy, [*TABLE, ["Total", "=SUM(B2:B3)"]]),
        dialect={"skip_rows": ["total"]},
        rows=GOOD_ROWS,
        last=4,
    ),
    "many shared texts in other sheets": Read(
        make=partial(
            messy, TABLE, touch=lambda book: [book.create_sheet("more").append([f"text {n}"]) for n in range(30)]
        ),
        rows=GOOD_ROWS,
        last=3,
    ),
}

ODD: dict[str, Read] = {
    "written part by part": Read(make=lambda: GOOD, rows=GOOD_ROWS, last=3),
    "stored, not packed": Read(make=lambda: packed(parts(), method=zipfile.ZIP_STORED), rows=GOOD_ROWS, last=3),
    "written to a pipe": Read(make=streamed, rows=GOOD_ROWS, last=3),
    "wide sizes": Read(make=with_wide_sizes, rows=GOOD_ROWS, last=3),
    "a comment behind the ZIP": Read(make=lambda: GOOD[:-2] + b"\x07\x00comment", rows=GOOD_ROWS, last=3),
    "names that climb out": Read(
        make=lambda: packed(parts() | {"../../../etc/cron.d/x": "x", "/abs": "x", "C:\\x": "x"}), rows=GOOD_ROWS, last=3
    ),
    "names with backslashes": Read(
        make=lambda: packed({name.replace("/", "\\"): data for name, data in parts().items()}), rows=GOOD_ROWS, last=3
    ),
    "names in capitals": Read(
        make=lambda: packed({name.replace("sheet1", "SHEET1"): data for name, data in parts().items()}),
        rows=GOOD_ROWS,
        last=3,
    ),
    "targets from the root": Read(
        make=lambda: replaced("xl/_rels/workbook.xml.rels", 'Target="work', 'Target="/xl/../xl/./work'),
        rows=GOOD_ROWS,
        last=3,
    ),
    "links to other workbooks and connections": Read(
        make=lambda: packed(
            parts()
            | {
                "xl/externalLinks/externalLink1.xml": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
                "xl/connections.xml": "<connections><connection><dbPr connection='https://example.org'/></connection>",
            }
        ),
        rows=GOOD_ROWS,
        last=3,
    ),
    "another workbook inside": Read(make=lambda: changed("xl/embeddings/book.xlsx", GOOD), rows=GOOD_ROWS, last=3),
    "a lying dimension": Read(
        make=lambda: raw(GOOD_XML, before='<dimension ref="A1:XFD1048576"/>'), rows=GOOD_ROWS, last=3
    ),
    "a dimension too small": Read(make=lambda: raw(GOOD_XML, before='<dimension ref="A1"/>'), rows=GOOD_ROWS, last=3),
    "lying counts of shared texts": Read(
        make=lambda: packed(parts(strings=strings_xml(count=4_000_000_000))), rows=GOOD_ROWS, last=3
    ),
    "strict": Read(
        make=lambda: packed(
            parts(
                sheet_xml(
                    HEADER_XML + '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" t="d"><v>2024-05-01</v></c></row>',
                    space=STRICT,
                ),
                strings=strings_xml(space=STRICT),
                workbook=workbook_xml(space=STRICT),
            )
        ),
        rows=[(2, "north", "2024-05-01")],
        last=2,
    ),
    "a prefix on every tag": Read(
        make=lambda: packed(
            parts(
                f'<x:worksheet xmlns:x="{SPACE}"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c>'
                '<x:c t="s"><x:v>1</x:v></x:c></x:row><x:row>'
                '<x:c t="s"><x:v>2</x:v></x:c><x:c><x:v>3</x:v></x:c></x:row>'
                "</x:sheetData></x:worksheet>"
            )
        ),
        rows=[(2, "north", "3")],
        last=2,
    ),
    "no references at all": Read(
        make=lambda: raw(
            '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row/>'
            '<row><c t="s"><v>2</v></c><c><v>3</v></c></row><row><c/><c><v>4</v></c></row>'
        ),
        rows=[(3, "north", "3"), (4, None, "4")],
        last=4,
    ),
    "cells out of order within a row": Read(
        make=lambda: raw(HEADER_XML + '<row r="2"><c r="B2"><v>3</v></c><c r="A2" t="s"><v>2</v></c></row>'),
        rows=[(2, "north", "3")],
        last=2,
    ),
    "gaps between rows": Read(
        make=lambda: raw(HEADER_XML + '<row r="900000"><c r="A900000" t="s"><v>2</v></c></row>'),
        rows=[(900_000, "north", None)],
        last=900_000,
    ),
    "rich text and phonetic guides": Read(
        make=lambda: packed(
            parts(
                strings=strings_xml(("Ward", "Count", "north", "south", "&lt;5")).replace(
                    "<si><t>north</t></si>",
                    "<si><r><rPr><b/></rPr><t>no</t></r><r><t>rth</t></r><rPh sb='0' eb='2'><t>x</t></rPh></si>",
                )
            )
        ),
        rows=GOOD_ROWS,
        last=3,
    ),
    "60,000 ranges merged over one another": Read(
        make=lambda: raw(
            GOOD_XML.replace('r="3"', 'r="4"').replace('A3"', 'A4"').replace('B3"', 'B4"'),
            after="<mergeCells>" + "".join(f'<mergeCell ref="A1:XFD{n}"/>' for n in range(1, 60_001)) + "</mergeCells>",
        ),
        dialect={"header_rows": 2},
        header=("Ward | north", "Count | 3"),
        rows=[(4, "south", "<5")],
        last=4,
    ),
    "byte order marks in the XML": Read(
        make=lambda: packed({name: b"\xef\xbb\xbf" + data.encode() for name, data in parts().items()}),
        rows=GOOD_ROWS,
        last=3,
    ),
    "spaces and line breaks between the tags": Read(
        make=lambda: packed({name: data.replace("><", ">\r\n  <") for name, data in parts().items()}),
        rows=GOOD_ROWS,
        last=3,
    ),
    "a default type for every part": Read(
        make=lambda: changed(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types">'
            f'<Default Extension="xml" ContentType="{TYPE}.sheet.main+xml"/></Types>',
        ),
        rows=GOOD_ROWS,
        last=3,
    ),
    "an extension with foreign tags": Read(
        make=lambda: raw(
            GOOD_XML,
            after='<extLst><ext xmlns:y="urn:y"><y:row r="9"><y:c r="A9"><y:v>9</y:v></y:c></y:row></ext></extLst>',
        ),
        rows=GOOD_ROWS,
        last=3,
    ),
    "a comment and CDATA in the XML": Read(
        make=lambda: raw(
            HEADER_XML + '<!-- <row r="2"/> --><row r="2"><c r="A2" t="s"><v>2</v></c>'
            '<c r="B2" t="str"><v><![CDATA[<5]]></v></c></row>'
        ),
        rows=[(2, "north", "<5")],
        last=2,
    ),
    "inline text": _is(lambda: one(inline("B2", "=1+1")), "=1+1"),
    "inline rich text": _is(
        lambda: one('<c r="B2" t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c>'), "a b"
    ),
    "a line break as Excel escapes it": _is(lambda: one(inline("B2", "a_x000D_\nb_x005F_x000D_")), "a\r\nb_x000D_"),
    "an escaped control character": _is(lambda: one(inline("B2", "a_x0007_b")), "a\x07b"),
    "an escape of no character": _is(lambda: one(inline("B2", "_x0000__xD800_")), "_x0000__xD800_"),
    "a text of 32,767 characters": _is(lambda: one(inline("B2", "x" * 32_767)), "x" * 32_767),
    "a formula and its value": _is(lambda: one('<c r="B2"><f>1+2</f><v>3</v></c>'), "3"),
    "a formula of text": _is(lambda: one('<c r="B2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'), "ab"),
    "a formula of no text": _is(lambda: one('<c r="B2" t="str"><f>""</f><v></v></c>'), None),
    "a formula that reaches out": _is(
        lambda: one('<c r="B2"><f>WEBSERVICE("https://example.org/")+[1]Sheet1!A1</f><v>3</v></c>'), "3"
    ),
    "an error": _is(lambda: one('<c r="B2" t="e"><v>#REF!</v></c>'), "#REF!"),
    "an error of a formula": _is(lambda: one('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'), "#DIV/0!"),
    "true": _is(lambda: one('<c r="B2" t="b"><v>1</v></c>'), "TRUE"),
    "a number with an exponent": _is(lambda: one('<c r="B2"><v>4.2E1</v></c>'), "42"),
    "seventeen digits": _is(lambda: one('<c r="B2"><v>0.28999999999999998</v></c>'), "0.29"),
    "a blank cell": _is(lambda: one('<c r="B2"/>'), None),
    "a blank value": _is(lambda: one('<c r="B2"><v/></c>'), None),
    "a format that is not there": _is(lambda: one('<c r="B2" s="99"><v>3</v></c>'), "3"),
    "45413 as a number": _is(lambda: shown("45413", 0), "45413"),
    "45413 as a date": _is(lambda: shown("45413", 1), "2024-05-01"),
    "45413 as a British date": _is(lambda: shown("45413", 2), "2024-05-01"),
    "1.25 as a length of time": _is(lambda: shown("1.25", 3), "30:00:00"),
    "2.5 days in words": _is(lambda: shown("2.5", 4), "2.5"),
    "45413.4375 as a date and a time": _is(lambda: shown("45413.4375", 5), "2024-05-01T10:30:00"),
    "0.43 as a percentage": _is(lambda: shown("0.43", 6), "0.43"),
    "0.4375 as a time": _is(lambda: shown("0.4375", 7), "10:30:00"),
    "a date before the leap day that was not": _is(lambda: shown("59", 1), "1900-02-28"),
    "the leap day that was not": _is(lambda: shown("60", 1), "1900-02-29"),
    "a date after it": _is(lambda: shown("61", 1), "1900-03-01"),
    "a date from 1904 on": _is(lambda: shown("43951", 1, from_1904=True), "2024-05-01"),
    "a negative date": _is(lambda: shown("-1", 1), "-1"),
    "a date beyond the calendar": _is(lambda: shown("99999999", 1), "99999999"),
    "a date of no day": _is(lambda: shown("0", 1), "0"),
}
