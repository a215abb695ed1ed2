"""The texts of a workbook's other parts: other and hidden sheets, comments, headers and footers, properties, links.

A part is read as XML whatever it is for, so that no place is forgotten: the characters of each element are a text, and
so is an attribute that may be one. Pictures and fonts are not read. An Office file inside the workbook is read too; of
another file inside it nothing can be known, and the workbook is refused.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.intake.outside import AUTHOR, TEXT
from safer_kpi.intake.workbook.text import decoded
from safer_kpi.intake.workbook.xml import feed, parser, refuse_crowd, refuse_depth
from safer_kpi.intake.zip import content, key, parts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from typing import BinaryIO

    from safer_kpi.intake.workbook.dialect import WorkbookDialect
    from safer_kpi.intake.zip import Part

_XML = (".xml", ".rels", ".vml", ".rdf")
_EMBEDDED = re.compile(r"(?:^|/)(?:embeddings|activex|ctrlprops/.*\.bin|externalreferences)/|^object ", re.IGNORECASE)
#: Names of a program's users: of who made the file, changed it last or wrote a comment.
_AUTHORS = {"creator", "lastModifiedBy", "author", "initial-creator", "printed-by", "Manager", "lastPrintedBy"}
_AUTHOR_KEYS = {"displayName", "userName", "userId", "providerId", "creator"}
#: Elements whose attributes name fonts.
_FONTS = {"font", "latin", "ea", "cs", "sym", "rFont", "name", "font-face", "family"}
#: Elements of which the grid of cells is made: their attributes are places and numbers of formats.
_GRID = {"c", "row", "col", "v", "t", "xf", "si", "r"}
#: Elements inside a text that do not end it: runs, spaces.
_RUNS = {"r", "t", "rPr", "span", "s", "tab", "a", "b", "i", "u", "fld", "rFont", "sz", "color", "family", "font"}
_PAGE_MARKS = re.compile(r'&(?:"[^"]*"|\d+|K[0-9A-F]{6}|[A-Z])')
_LIKE_TEXT = re.compile(r"[ @]|.{9}", re.DOTALL)
_OF_FORMAT = re.compile(r"urn:|https?://(?:schemas\.|purl\.|www\.w3\.org/)|\{?[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-")
# Each cell, its value and its formula; runs of rich texts.
_ELEMENTS_PER_CELL = 8
_MOST_HELD = 2**20
# Why a part that the sheet does not need cannot be parsed.
_NOT_XML = {"entities", "encoding", "damaged"}
_BETWEEN = re.compile(r"[^<>\"\n]{3,}")
_SEAM = 2**10
_ZIP, _MOST_EMBEDDED = b"PK\x03\x04", 32 * 2**20


def other_texts(
    file: BinaryIO, parts: tuple[Part, ...], read: Collection[str], dialect: WorkbookDialect
) -> Iterator[tuple[str, str]]:
    """Yield kind and text of everything in the parts that are not ``read`` already.

    Raises:
        InputRefused: ``embedded``, or what reading a part is refused for.
    """
    done = {key(name) for name in read}
    for part in parts:
        name = key(part.name)
        yield TEXT, part.name.rsplit("/", 1)[-1]
        if _EMBEDDED.search(name) and part.size and not name.endswith(_XML):
            yield from _embedded(content(file, part, dialect), dialect)
            continue
        if name not in done and name.endswith(_XML):
            yield from _part_texts(file, part, dialect)


def attribute_texts(local: str, given: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield kind and text of an element's attributes that may be texts."""
    if local in _FONTS or local in _GRID:
        return
    for name, value in given.items():
        plain = name.rpartition(" ")[2]
        if _LIKE_TEXT.search(value) and not _OF_FORMAT.match(value):
            yield AUTHOR if plain in _AUTHOR_KEYS else TEXT, decoded(value)


def element_text(local: str, text: str) -> str:
    """Return an element's characters as a text; of headers and footers of pages without the marks of their format."""
    plain = decoded(text.strip())
    return _PAGE_MARKS.sub(" ", plain) if local.endswith(("Header", "Footer")) else plain


def _texts(pieces: Iterator[bytes], dialect: WorkbookDialect) -> Iterator[tuple[str, str]]:
    loose = _Loose()
    made = parser()
    made.StartElementHandler, made.EndElementHandler = loose.start, loose.end
    made.CharacterDataHandler = loose.take
    for _ in feed(made, pieces):
        refuse_crowd(loose.elements, _ELEMENTS_PER_CELL * dialect.max_cells)
        yield from loose.done
        loose.done.clear()


def _part_texts(file: BinaryIO, part: Part, dialect: WorkbookDialect) -> Iterator[tuple[str, str]]:
    try:
        yield from _texts(content(file, part, dialect), dialect)
    except InputRefused as refused:
        if refused.rule not in _NOT_XML:
            raise
        yield from _plain(content(file, part, dialect))


def _embedded(pieces: Iterator[bytes], dialect: WorkbookDialect) -> Iterator[tuple[str, str]]:
    """Yield the texts of an Office file inside the workbook; what lies in that file again is not searched."""
    held = b""
    for piece in pieces:
        held += piece
        if len(held) > _MOST_EMBEDDED or not held.startswith(_ZIP):
            raise _not_searched()
    inner = io.BytesIO(held)
    for part in parts_of(inner, dialect):
        name = key(part.name)
        if _EMBEDDED.search(name) and part.size and not name.endswith(_XML):
            raise _not_searched()
        if name.endswith(_XML):
            yield from _part_texts(inner, part, dialect)


def _not_searched() -> InputRefused:
    return InputRefused(
        "The workbook holds another file, which cannot be searched for names or numbers of people.",
        rule="embedded",
        next_action="Ask the partner to delete embedded files and objects, and to send it again.",
    )


def _plain(pieces: Iterator[bytes]) -> Iterator[tuple[str, str]]:
    """Yield the texts of a part that is no XML, or XML with a document type: what stands between marks and in quotes.

    Nobody's program needs such a part to read the sheet, and nothing here follows what it declares.
    """
    before = ""
    for piece in pieces:
        text = before + piece.replace(b"\0", b"").decode("utf-8", errors="replace")
        for found in _BETWEEN.findall(text):
            yield TEXT, found.strip()
        before = text[-_SEAM:]


class _Loose:
    """The texts of one part as its XML is read; a text ends with the element around its runs."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str]] = []
        self.elements = 0
        self._path: list[str] = []
        self._held: list[str] = []
        self._length = 0

    def start(self, name: str, given: dict[str, str]) -> None:
        """Handle the start of an element."""
        local = name.rpartition(" ")[2]
        if local not in _RUNS:
            self._flush(self._path[-1] if self._path else "")
        self.elements += 1
        self._path.append(local)
        refuse_depth(len(self._path))
        if given:
            self.done += attribute_texts(local, given)

    def end(self, _: str) -> None:
        """Handle the end of an element."""
        local = self._path.pop()
        if local not in _RUNS:
            self._flush(local)

    def take(self, text: str) -> None:
        """Handle some characters."""
        self._held.append(text)
        self._length += len(text)
        if self._length > _MOST_HELD:
            self._flush(self._path[-1])

    def _flush(self, local: str) -> None:
        if self._held:
            text = "".join(self._held).strip()
            self._held.clear()
            self._length = 0
            if text:
                self.done.append((AUTHOR if local in _AUTHORS else TEXT, element_text(local, text)))
