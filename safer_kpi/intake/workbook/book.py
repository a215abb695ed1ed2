"""The workbook around a sheet: the declared sheet, the formats of numbers, and the shared texts of cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from safer_kpi.errors import InputRefused
from safer_kpi.intake.workbook.chosen import chosen_sheet, sheet_refused
from safer_kpi.intake.workbook.refused import SEND_AGAIN, damaged, too_large
from safer_kpi.intake.workbook.text import LONGEST, decoded, format_kind
from safer_kpi.intake.workbook.xml import SPREADSHEET, elements, feed, parser, refuse_crowd, refuse_depth
from safer_kpi.intake.zip import content, key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.intake.workbook.dialect import WorkbookDialect
    from safer_kpi.intake.zip import Part

_MAIN = re.compile(r"application/vnd\.openxmlformats-officedocument\.spreadsheetml\.(sheet|template)\.main\+xml")
_SHARED = {f"{space} {local}": local for space in SPREADSHEET for local in ("si", "t", "rPh")}
# Rich text takes several for each of its runs.
_ELEMENTS_PER_TEXT = 4
_MOST_STYLES = 2**16
_MOST_RELATIONS = 10_000


class Package:
    """The parts of one open workbook and the relations between them."""

    def __init__(self, file: BinaryIO, parts: tuple[Part, ...], dialect: WorkbookDialect) -> None:
        self._file = file
        self._parts = {key(part.name): part for part in parts}
        self._dialect = dialect

    def pieces(self, name: str) -> Iterator[bytes]:
        """Return the content of a required part."""
        part = self._parts.get(key(name))
        if part is None:
            raise damaged("The workbook lacks a part that it refers to.")
        return content(self._file, part, self._dialect)

    def size(self, book: Book) -> int:
        """Return the unpacked bytes of a sheet and of the texts that its cells share."""
        named = [key(name) for name in (book.sheet, book.strings) if name is not None]
        return sum(self._parts[name].size for name in named if name in self._parts)

    def related(self, source: str) -> list[tuple[str, str, str]]:
        """Return the relations of a part inside the file: kind, id and the target's name."""
        folder, _, name = source.rpartition("/")
        relations = f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"
        found: list[tuple[str, str, str]] = []
        for _, local, given in elements(self.pieces(relations)):
            if local == "Relationship" and given.get("TargetMode") != "External":
                kind = given.get("Type", "").rpartition("/")[2]
                found.append((kind, given.get("Id", ""), _resolved(folder, given.get("Target", ""))))
            if len(found) > _MOST_RELATIONS:
                raise damaged("The workbook has more relations than any workbook needs.")
        return found

    def workbook(self) -> str:
        """Return the name of the workbook's main part, by its relation and its content type."""
        main = next((target for kind, _, target in self.related("") if kind == "officeDocument"), None)
        if main is None:
            raise damaged("The file does not say which part is the workbook.")
        for _, local, given in elements(self.pieces("[Content_Types].xml")):
            if local == "Override" and key(given.get("PartName", "")) == key(main):
                _judge_type(given.get("ContentType", ""))
                return main
            if local == "Default" and _MAIN.fullmatch(given.get("ContentType", "")):
                return main
        raise _no_workbook()


@dataclass(frozen=True, kw_only=True)
class Book:
    """The parts needed to read a sheet's cells.

    Attributes:
        sheet: the name of the sheet's part.
        strings: the name of the part of shared texts, or None.
        styles: the name of the part of formats, or None.
        from_1904: whether day 0 is 1904-01-01.
        hidden_sheets: how many sheets the workbook hides.
    """

    sheet: str
    strings: str | None
    styles: str | None
    from_1904: bool
    hidden_sheets: int


def open_book(package: Package, dialect: WorkbookDialect) -> Book:
    """Find the one visible sheet that the dialect declares.

    Raises:
        InputRefused: ``sheet``, ``too_large``, ``not_workbook``, ``macros`` or ``damaged``.
    """
    main = package.workbook()
    sheets: list[dict[str, str]] = []
    from_1904 = False
    for parent, local, given in elements(package.pieces(main)):
        if (parent, local) == ("sheets", "sheet"):
            sheets.append(given)
            if len(sheets) > dialect.max_sheets:
                raise too_large(f"The workbook has more than {dialect.max_sheets:,} sheets.")
        elif local == "workbookPr":
            from_1904 = given.get("date1904", "0") in {"1", "true", "on"}
    relations = package.related(main)
    targets = {place: (kind, target) for kind, place, target in relations}
    visible = [sheet for sheet in sheets if sheet.get("state", "visible") == "visible"]
    chosen = visible[chosen_sheet([sheet.get("name", "") for sheet in visible], dialect)]
    kind, target = targets.get(chosen.get("id", ""), ("", ""))
    if kind != "worksheet":
        raise sheet_refused("The declared sheet is a chart or a dialogue and not a table of cells.")
    return Book(
        sheet=target,
        strings=next((target for kind, _, target in relations if kind == "sharedStrings"), None),
        styles=next((target for kind, _, target in relations if kind == "styles"), None),
        from_1904=from_1904,
        hidden_sheets=sum(sheet.get("state", "visible") != "visible" for sheet in sheets),
    )


def formats(package: Package, book: Book) -> list[str]:
    """Return for each cell format whether it shows a number, a date, a time or a duration."""
    if book.styles is None:
        return []
    custom: dict[str, str] = {}
    kinds: list[str] = []
    for parent, local, given in elements(package.pieces(book.styles)):
        if local == "numFmt" and parent == "numFmts":
            custom[given.get("numFmtId", "")] = given.get("formatCode", "")
        elif local == "xf" and parent == "cellXfs":
            number = given.get("numFmtId", "0")
            kinds.append(format_kind(number, custom.get(number)))
        if len(kinds) + len(custom) > _MOST_STYLES:
            raise damaged("The workbook has more formats than Excel allows.")
    return kinds


def shared_texts(package: Package, book: Book, dialect: WorkbookDialect) -> list[str]:
    """Return the texts that cells refer to by number: of rich text the text, without phonetic guides."""
    if book.strings is None:
        return []
    shared = _Shared()
    made = parser()
    made.StartElementHandler, made.EndElementHandler = shared.start, shared.end
    made.CharacterDataHandler = shared.take
    for _ in feed(made, package.pieces(book.strings)):
        refuse_crowd(shared.elements, _ELEMENTS_PER_TEXT * dialect.max_cells)
        if len(shared.texts) > dialect.max_cells:
            raise too_large(f"The workbook holds more than {dialect.max_cells:,} texts.")
    return shared.texts


class _Shared:
    """The state of reading shared texts: the texts so far, and the pieces of the one being read."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._open = self.elements = 0
        self._held: list[str] = []
        self._length = 0
        self._taking = self._phonetic = False

    def start(self, name: str, _: dict[str, str]) -> None:
        """Handle the start of an element."""
        self._open += 1
        self.elements += 1
        refuse_depth(self._open)
        local = _SHARED.get(name)
        if local == "t":
            self._taking = not self._phonetic
        elif local == "rPh":
            self._phonetic = True

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        self._open -= 1
        local = _SHARED.get(name)
        if local == "si":
            self.texts.append(decoded("".join(self._held)))
            self._held.clear()
            self._length = 0
        elif local == "t":
            self._taking = False
        elif local == "rPh":
            self._phonetic = False

    def take(self, text: str) -> None:
        """Handle some characters of a text."""
        if self._taking:
            self._held.append(text)
            self._length += len(text)
            if self._length > LONGEST:
                raise too_large(f"A text in the workbook has more than {LONGEST:,} characters.")


def _judge_type(kind: str) -> None:
    if "macroEnabled" in kind:
        raise InputRefused(
            "The workbook is of the kind that holds macros.",
            rule="macros",
            next_action="Ask the partner to save it as .xlsx, which has none; never enable them.",
        )
    if not _MAIN.fullmatch(kind):
        raise _no_workbook()


def _no_workbook() -> InputRefused:
    return InputRefused(
        "The file does not say that it is an Excel workbook (.xlsx).", rule="not_workbook", next_action=SEND_AGAIN
    )


def _resolved(folder: str, target: str) -> str:
    """Return a relation's target as the name of a part, which is a key and never a path."""
    steps = [] if target.startswith(("/", "\\")) else folder.split("/")
    for step in target.replace("\\", "/").split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step not in {"", "."}:
            steps.append(step)
    return "/".join(steps)
