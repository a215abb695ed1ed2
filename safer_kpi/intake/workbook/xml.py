"""Parse XML in pieces with expat; refuse everything that needs more memory than its length, or that fetches.

Only the child process imports this.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING
from xml.parsers import expat

from safer_kpi.errors import InputRefused
from safer_kpi.intake.workbook.refused import SEND_AGAIN, bomb, damaged, too_large

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SPREADSHEET = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # the strict form, which Excel offers too
)
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii"}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# A single tag longer than this is no tag of a spreadsheet.
_MOST_TOKEN = 2**20
_MOST_DEPTH = 64
# Of the parts that are read whole: relations, formats, the list of sheets.
_MOST_ELEMENTS = 300_000


def parser() -> expat.XMLParserType:
    """Return an expat parser that refuses document types and with them every entity; names are "namespace local"."""
    made = expat.ParserCreate("utf-8", " ")
    made.buffer_text = True
    made.XmlDeclHandler = _declared
    made.StartDoctypeDeclHandler = _document_type
    made.EntityDeclHandler = _document_type
    return made


def feed(made: expat.XMLParserType, pieces: Iterable[bytes]) -> Iterator[None]:
    """Parse piece by piece and yield after each piece.

    Raises:
        InputRefused: ``damaged``, ``encoding``, ``entities`` or ``bomb``.
    """
    fed = 0
    try:
        for piece in pieces:
            if not fed and piece.startswith(_WIDE):
                raise _encoding()
            made.Parse(piece, False)
            fed += len(piece)
            if fed - made.CurrentByteIndex > _MOST_TOKEN:
                raise bomb(f"A tag in the workbook's XML is longer than {_MOST_TOKEN:,} bytes.")
            yield
        made.Parse(b"", True)
    except expat.ExpatError as error:
        raise damaged(f"The workbook's XML breaks off or cannot be read ({expat.ErrorString(error.code)}).") from None
    yield


def elements(pieces: Iterable[bytes]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Each element of a small part as it begins: its parent's name, its own (both without namespace), attributes."""
    made = parser()
    path: list[str] = [""]
    begun: list[tuple[str, str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        begun.append((path[-1], local, {key.rpartition(" ")[2]: value for key, value in attributes.items()}))
        path.append(local)
        refuse_depth(len(path))

    def end(_: str) -> None:
        path.pop()

    made.StartElementHandler, made.EndElementHandler = start, end
    count = 0
    for _ in feed(made, pieces):
        count += len(begun)
        refuse_crowd(count, _MOST_ELEMENTS)
        yield from begun
        begun.clear()


def refuse_depth(opened: int) -> None:
    """Raise ``InputRefused`` if more elements are open than any spreadsheet has: expat keeps each in memory."""
    if opened > _MOST_DEPTH:
        raise bomb("The workbook's XML is nested beyond reason.")


def refuse_crowd(count: int, most: int) -> None:
    """Raise ``InputRefused`` if a part has more elements than its content needs: each costs time."""
    if count > most:
        raise too_large(f"A part of the workbook has more than {most:,} elements beside its cells.")


def _declared(_: str, encoding: str | None, __: int) -> None:
    if encoding is not None and encoding.casefold() not in _ENCODINGS:
        raise _encoding()


def _encoding() -> InputRefused:
    return InputRefused("The workbook's XML is not UTF-8.", rule="encoding", next_action=SEND_AGAIN)


def _document_type(*_: object) -> None:
    raise InputRefused(
        "The workbook's XML declares a document type or entities, which no spreadsheet has.",
        rule="entities",
        next_action="Do not open it; ask the partner what wrote it, or for a file saved by Excel.",
    )
