"""Open an OpenDocument spreadsheet (.ods) at its declared sheet: two passes over its XML, neither keeping it."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from safer_kpi.errors import InputRefused
from safer_kpi.intake.workbook.book import Package
from safer_kpi.intake.workbook.chosen import chosen_sheet
from safer_kpi.intake.workbook.ods_sheet import NAMES, OdsSheet
from safer_kpi.intake.workbook.opened import Opened
from safer_kpi.intake.workbook.refused import damaged, too_large
from safer_kpi.intake.workbook.xml import elements, feed, parser, refuse_crowd, refuse_depth
from safer_kpi.intake.zip import key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safer_kpi.intake.workbook.dialect import WorkbookDialect
    from safer_kpi.intake.zip import Part

_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
# Rows, cells and what they hold: a paragraph and a run of text each.
_ELEMENTS_PER_CELL = 8
_MOST_STYLES = 2**16


def open_document(file: BinaryIO, parts: tuple[Part, ...], dialect: WorkbookDialect) -> Opened:
    """Open the one visible sheet that the dialect declares.

    Raises:
        InputRefused: ``encrypted``, ``sheet``, ``too_large`` or ``damaged``, or what the XML itself is refused for.
    """
    package = Package(file, parts, dialect)
    names = {key(part.name) for part in parts}
    if key(_MANIFEST) in names:
        _refuse_encrypted(package.pieces(_MANIFEST))
    hidden_styles: set[str] = set()
    if _STYLES in names:
        hidden_styles |= _Outline(package.pieces(_STYLES), dialect).hidden_styles
    outline = _Outline(package.pieces(_CONTENT), dialect)
    if not outline.is_spreadsheet:
        raise damaged("The document holds no spreadsheet.")
    hidden_styles |= outline.hidden_styles
    visible = [place for place, (_, style) in enumerate(outline.sheets) if style not in hidden_styles]
    chosen = chosen_sheet([outline.sheets[place][0] for place in visible], dialect)
    sheet = OdsSheet(package.pieces(_CONTENT), place=visible[chosen], dialect=dialect)
    return Opened(
        sheet=sheet, merged=sheet.merged, hidden_sheets=len(outline.sheets) - len(visible), read=frozenset({_CONTENT})
    )


class _Outline:
    """The sheets of a document, name and style each, and the styles that hide a sheet."""

    def __init__(self, pieces: Iterable[bytes], dialect: WorkbookDialect) -> None:
        self.sheets: list[tuple[str, str]] = []
        self.hidden_styles: set[str] = set()
        self.is_spreadsheet = False
        self._path: list[str] = []
        self._style = ""
        self._elements = 0
        self._most_sheets = dialect.max_sheets
        made = parser()
        made.StartElementHandler, made.EndElementHandler = self._start, self._end
        for _ in feed(made, pieces):
            refuse_crowd(self._elements, _ELEMENTS_PER_CELL * dialect.max_cells)

    def _start(self, name: str, given: dict[str, str]) -> None:
        local = NAMES.get(name, "")
        self._elements += 1
        if local == "table" and self._path[-1:] == ["spreadsheet"]:
            self.sheets.append((given.get(_NAME, ""), given.get(_STYLE_NAME, "")))
            if len(self.sheets) > self._most_sheets:
                raise too_large(f"The workbook has more than {self._most_sheets:,} sheets.")
        elif local == "spreadsheet":
            self.is_spreadsheet = True
        elif local == "style":
            self._style = given.get(_STYLE_OWN_NAME, "")
        elif local == "table-properties" and given.get(_DISPLAY) == "false":
            self.hidden_styles.add(self._style)
            if len(self.hidden_styles) > _MOST_STYLES:
                raise damaged("The workbook has more formats than any workbook needs.")
        self._path.append(local)
        refuse_depth(len(self._path))

    def _end(self, _: str) -> None:
        self._path.pop()


_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_NAME, _STYLE_NAME, _DISPLAY = f"{_TABLE} name", f"{_TABLE} style-name", f"{_TABLE} display"
_STYLE_OWN_NAME = "urn:oasis:names:tc:opendocument:xmlns:style:1.0 name"


def _refuse_encrypted(pieces: Iterable[bytes]) -> None:
    for _, local, _given in elements(pieces):
        if local == "encryption-data":
            raise InputRefused(
                "The workbook is protected by a password.",
                rule="encrypted",
                next_action="Ask the partner to send it without a password, by the agreed secure way.",
            )
