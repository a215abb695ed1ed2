"""Generated Excel workbooks, part by part, and what openpyxl reads off them."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
from hypothesis import strategies as st

from tests.feeds.workbook_maker import NOISE, SPACE, TYPE, packed, parts, sheet_xml, strings_xml
from tests.hostile.bytewise import damaged
from tests.hostile.framed import bodies, framed_right, frames, shown
from tests.hostile.made import REFUSED, Made, Right
from tests.hostile.spoilt_workbooks import SPOILT, spoilt_parts, turned
from tests.hostile.values import TRICKY

#: What XML cannot hold is left out: a sheet cannot hold it either.
TYPED = (
    *(mark for mark in TRICKY if not any(each < " " and each not in "\t\n\r" for each in mark)),
    "\n",
    "<5",
    '"',
    "]]>",
    "_x0041.",  # no escape, not even twice
)
#: Formats that openpyxl opens too.
_STYLES = (
    f'<styleSheet xmlns="{SPACE}"><fonts><font/></fonts><fills><fill><patternFill/></fill></fills>'
    "<borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>"
    '<cellXfs><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellXfs></styleSheet>'
)


@st.composite
def cells(draw: st.DrawFn, reference: str, text: str, shared: list[str]) -> str:
    """A cell of the sheet's XML that holds a text, in one of the ways in which programs write it."""
    if not text:
        return draw(
            st.sampled_from(("", f'<c r="{reference}"/>', f'<c r="{reference}" t="inlineStr"><is><t/></is></c>'))
        )
    if re.fullmatch(r"-?[1-9]\d{0,5}|0", text) and draw(st.booleans()):
        return f'<c r="{reference}"><v>{text}</v></c>'
    kept = f'<t xml:space="preserve">{escape(text)}</t>'
    match draw(st.sampled_from(("shared", "shared", "inline", "runs", "formula"))):
        case "shared":
            shared.append(text)
            return f'<c r="{reference}" t="s"><v>{len(shared) - 1}</v></c>'
        case "inline":
            return f'<c r="{reference}" t="inlineStr"><is>{kept}</is></c>'
        case "runs":
            run = '<r><rPr><b/></rPr><t xml:space="preserve">{}</t></r>'
            runs = run.format(escape(text[:1])) + run.format(escape(text[1:]))
            return f'<c r="{reference}" t="inlineStr"><is>{runs}</is></c>'
    return f'<c r="{reference}" t="str"><f>CONCAT(1)</f><v>{escape(text)}</v></c>'


@st.composite
def sheets(draw: st.DrawFn, rows: list[list[str]]) -> dict[str, Any]:
    """The parts of a workbook whose sheet holds these rows."""
    shared: list[str] = []
    body = ""
    for number, row in enumerate(rows, 1):
        made = "".join(draw(cells(f"{'ABCDEFGH'[place]}{number}", text, shared)) for place, text in enumerate(row))
        attributes = draw(
            st.sampled_from(
                (f'r="{number}"', f'r="{number}" spans="1:3"', f'r="{number}" hidden="1"', f'r="{number}" ht="0"')
            )
        )
        body += f"<row {attributes}>{made}</row>" + draw(st.sampled_from(("", "\n  ", "<!-- a comment -->")))
    before = draw(
        st.sampled_from(
            (
                "",
                '<dimension ref="A1:XFD1048576"/>',
                '<cols><col min="1" max="2" hidden="1" width="0"/></cols>',
                "<sheetPr><tabColor/></sheetPr>",
            )
        )
    )
    after = draw(
        st.sampled_from(
            (
                "",
                '<mergeCells><mergeCell ref="A40:C41"/></mergeCells>',
                "<pageSetup/>",
                '<autoFilter ref="A1:C9"/>',
                '<extLst><ext uri="x"><zq/></ext></extLst>',
            )
        )
    )
    texts = strings_xml(map(escape, shared)).replace("<t>", '<t xml:space="preserve">')
    made = parts(sheet_xml(body, before=before, after=after), strings=texts, styles=_STYLES)
    named = {"worksheets/sheet1": "worksheet", "sharedStrings": "sharedStrings", "styles": "styles"}
    types = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{TYPE}.{kind}+xml"/>' for part, kind in named.items()
    )
    return made | {"[Content_Types].xml": made["[Content_Types].xml"].replace("</Types>", f"{types}</Types>")}


@st.composite
def workbook_files(draw: st.DrawFn) -> Made:
    """An Excel workbook: sound, with a fault that must refuse it, with its XML changed, or with its ZIP damaged."""
    rows = draw(frames(draw(bodies(TYPED))))
    made = draw(sheets(rows))
    filled = {number: dict(enumerate(row, 1)) for number, row in enumerate(rows, 1) if any(map(shown, row))}
    right = framed_right(filled.items(), read=max(filled, default=0))
    method = draw(st.sampled_from((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))
    match draw(st.sampled_from(("sound", "sound", "spoilt", "turned", "turned", "damaged"))):
        case "sound":
            content = packed(draw(with_more(made)), method=method)
            read = read_off(content)
            assert read == right, (read, right)  # openpyxl reads the rows as they were meant
        case "spoilt":
            content, right = packed(spoilt_parts(draw(st.sampled_from(SPOILT)), made)), REFUSED
        case "turned":
            content = packed(draw(turned(made)), method=method)
            read = read_off(content)
            right = _either(right if read is None else read)
        case _:
            content = draw(damaged(packed(made, method=method)))
            read = read_off(content)
            right = _either(right if read is None else read)
    return Made(kind="Excel workbook", feed="hostile_sheet", content=content, right=right)


@st.composite
def with_more(draw: st.DrawFn, made: dict[str, Any]) -> dict[str, Any]:
    """The parts with some that have nothing to do with the table, in any order."""
    more = draw(
        st.lists(
            st.sampled_from(
                (
                    "docProps/app.xml",
                    "xl/media/image1.png",
                    "xl/comments1.xml",
                    "customXml/item1.xml",
                    "xl/zqaaaaax.bin",
                )
            ),
            max_size=2,
            unique=True,
        )
    )
    made = made | {name: NOISE if name.endswith((".png", ".bin")) else "<x>zqaaaaax</x>" for name in more}
    # Excel itself writes the content types first, and preflight looks no further for the kind.
    first, *rest = made
    return {first: made[first], **{name: made[name] for name in draw(st.permutations(rest))}}


def _either(right: Right) -> Right:
    return Right(**{**vars(right), "may_refuse": True, "read": None})


def read_off(content: bytes) -> Right | None:
    """What openpyxl reads off the sheet; None where it cannot read the workbook."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
            (sheet,) = [
                one for one in book.worksheets if one.title.casefold() == "data" and one.sheet_state == "visible"
            ]
        except Exception:  # noqa: BLE001 (whatever it is, openpyxl cannot read it)
            return None
    rows: dict[int, dict[int, str]] = {}
    for (row, column), cell in sheet._cells.items():
        if cell.value is not None:
            rows.setdefault(row, {})[column] = written(cell.value)
    filled = {number: cells for number, cells in sorted(rows.items()) if any(map(shown, cells.values()))}
    return framed_right(filled.items(), read=max(filled, default=0))


def written(value: Any) -> str:
    """A value as text: a whole number without its point, a truth in capitals."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return str(value)
