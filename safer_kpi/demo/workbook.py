"""Workbooks as partners send them, written with the standard library alone: a few XML parts in a ZIP archive."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Cell = str | int | float | None

_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: The same bytes from the same rows, whenever they are written.
_WRITTEN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet.

    Attributes:
        name: its name.
        rows: its cells from A1, row by row; None is a blank cell.
        merged: ranges of merged cells, such as ``C4:D4``; the value stands in the first of them.
        hidden: whether it is hidden.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[str] = ()
    hidden: bool = False


def write_workbook(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write ``sheets`` as an Office Open XML workbook; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    texts: dict[str, int] = {}
    parts = {f"xl/worksheets/sheet{number}.xml": _sheet(sheet, texts) for number, sheet in enumerate(sheets, start=1)}
    numbers = range(1, len(sheets) + 1)
    parts |= {
        "xl/sharedStrings.xml": _shared(texts),
        "xl/workbook.xml": _workbook(sheets),
        "xl/_rels/workbook.xml.rels": _relations(
            [(f"rId{number}", "worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
            + [("rIdStrings", "sharedStrings", "sharedStrings.xml")]
        ),
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "[Content_Types].xml": _types(numbers),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(parts):
            entry = zipfile.ZipInfo(name, date_time=_WRITTEN)
            archive.writestr(entry, _DECLARED + parts[name], compress_type=zipfile.ZIP_DEFLATED)


def _sheet(sheet: Sheet, texts: dict[str, int]) -> str:
    rows = "".join(_row(number, row, texts) for number, row in enumerate(sheet.rows, start=1))
    merged = "".join(f'<mergeCell ref="{cells}"/>' for cells in sheet.merged)
    merges = f'<mergeCells count="{len(sheet.merged)}">{merged}</mergeCells>' if sheet.merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{merges}</worksheet>'


def _row(number: int, row: Sequence[Cell], texts: dict[str, int]) -> str:
    cells = "".join(_cell(f"{_letters(place)}{number}", value, texts) for place, value in enumerate(row))
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, value: Cell, texts: dict[str, int]) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="s"><v>{texts.setdefault(value, len(texts))}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def _letters(place: int) -> str:
    """Return the letters of a column: 0 is A, 26 is AA."""
    found = ""
    number = place + 1
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def _shared(texts: dict[str, int]) -> str:
    items = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    return f'<sst xmlns="{_MAIN}" uniqueCount="{len(texts)}">{items}</sst>'


def _workbook(sheets: Sequence[Sheet]) -> str:
    listed = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{number}"'
        + (' state="hidden"' if sheet.hidden else "")
        + f' r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, start=1)
    )
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>{listed}</sheets></workbook>'


def _relations(relations: Sequence[tuple[str, str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{key}" Type="{_RELATION}/{kind}" Target="{at}"/>' for key, kind, at in relations
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _types(numbers: range) -> str:
    overrides = [("/xl/workbook.xml", "sheet.main"), ("/xl/sharedStrings.xml", "sharedStrings")]
    overrides += [(f"/xl/worksheets/sheet{number}.xml", "worksheet") for number in numbers]
    listed = "".join(f'<Override PartName="{part}" ContentType="{_TYPE}.{kind}+xml"/>' for part, kind in overrides)
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )
