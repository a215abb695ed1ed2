"""Read the bytes of a file in pieces, decompressed within limits, and recognise files that are not CSV."""

from __future__ import annotations

import codecs
import re
import zlib
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from safer_kpi.intake.dialect import Dialect

PIECE = 2**20
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
# Below this a high ratio is harmless: real tables of few values compress very well.
_JUDGED_PAST = 64 * 2**20

LAND_ARCHIVE = (
    "Ask the partner for the file itself, or land the archive without naming a feed (safer-kpi land FILE.zip): "
    "each file in it goes to the feed that its name fits."
)
A_ZIP = "a ZIP archive"
"""What a ZIP file is called that is no workbook."""
_EXPORT = "Ask the partner to export the table itself as CSV."
_ZIP = b"PK\x03\x04"
# Each kind of workbook names such a part near its beginning.
_WORKBOOKS: tuple[tuple[bytes, str], ...] = (
    (b"mimetypeapplication/vnd.oasis.opendocument.", "an OpenDocument file (.ods, .odt)"),
    (b"[Content_Types].xml", "an Excel workbook (.xlsx) or another Office document"),
    (b"docProps/", "an Excel workbook (.xlsx) or another Office document"),
    (b"xl/", "an Excel workbook (.xlsx)"),
)
_JSON = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*[{\[\"\]])")

_OTHER_KINDS: tuple[tuple[bytes, str], ...] = (
    (_ZIP, A_ZIP),
    (b"PK\x05\x06", A_ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (.xls, .doc)"),
    (b"%PDF-", "a PDF document"),
    (b"PAR1\x15", "a Parquet file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"{\\rtf", "a rich text document"),
    (b"\x89PNG\r\n", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (GZIP, "gzip inside gzip"),
)
_WIDE_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def is_compressed(path: Path) -> bool:
    """Return whether the file is gzip, by its first bytes and never by its name."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


def kind_of(head: bytes) -> str | None:
    """Return the kind of file that the first bytes belong to, if it is not delimited text."""
    if head[:3] == b"BZh" and head[4:10] == b"1AY&SY":
        return "a bzip2 archive"
    if head.startswith(_ZIP) and (kind := next((kind for mark, kind in _WORKBOOKS if mark in head[:4096]), None)):
        return kind
    if _JSON.match(head[:4096].removeprefix(BOM)):
        return "JSON"
    if head.removeprefix(BOM).lstrip()[:9].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a web page or XML document"
    return next((kind for mark, kind in _OTHER_KINDS if head.startswith(mark)), None)


def wide_encoding(head: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if the first bytes are its byte order mark."""
    return next((encoding for mark, encoding in _WIDE_MARKS if head.startswith(mark)), None)


def refuse_other_kinds(head: bytes, encodings: Sequence[str]) -> None:
    """Raise ``InputRefused`` if the first bytes belong to a kind of file that is not text in the encodings."""
    if (encoding := wide_encoding(head)) is not None:
        raise InputRefused(
            f"The file is {encoding} by its byte order mark; its contract agrees on {' or '.join(encodings)}.",
            rule="encoding",
            next_action="Ask the partner to save it as 'CSV UTF-8'"
            + (", or declare utf-16 and its delimiter in the contract's dialect." if encoding == "UTF-16" else "."),
        )
    kind = kind_of(head)
    if kind is not None:
        raise InputRefused(
            f"The file is {kind}; the contract agrees delimited text (CSV), plain or as gzip.",
            rule="not_csv",
            next_action=LAND_ARCHIVE if kind == A_ZIP else _EXPORT,
        )


def pieces(path: Path, dialect: Dialect, *, compressed: bool) -> Iterator[bytes]:
    """Return the content in pieces of at most 1 MiB.

    Raises:
        InputRefused: ``too_large``, ``bomb``, ``truncated`` or ``compression``.
    """
    raw = _read(path)
    total = 0
    for piece in _decompress(raw, dialect) if compressed else raw:
        total += len(piece)
        if total > dialect.max_bytes:
            raise too_large(dialect)
        yield piece


def as_utf8(raw: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Return pieces in UTF-16 as pieces in UTF-8; a mark is left out if ``encoding`` is ``utf-16``.

    Raises:
        UnicodeDecodeError: the bytes are not in that encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    for piece in raw:
        if text := decoder.decode(piece):
            yield text.encode()
    if text := decoder.decode(b"", final=True):
        yield text.encode()


def too_large(dialect: Dialect) -> InputRefused:
    """Return the refusal of a file of more bytes than its dialect allows."""
    return InputRefused(
        f"The file holds more than {dialect.max_bytes:,} bytes, the most its contract allows.",
        rule="too_large",
        next_action="Ask the partner to send it in parts, or raise the contract's limit.",
    )


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while piece := file.read(PIECE):
            yield piece


def _decompress(raw: Iterator[bytes], dialect: Dialect) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    taken = given = 0
    for packed in raw:
        taken += len(packed)
        rest, full = packed, False
        # A full piece may leave more to come inside zlib although all input is taken.
        while rest or full:
            if member.eof:
                # gzip allows members one after another; some writers pad the end with zeros.
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                member = zlib.decompressobj(wbits=31)
            try:
                piece = member.decompress(rest, PIECE)
            except zlib.error:
                raise InputRefused(
                    "The gzip data is damaged.",
                    rule="compression",
                    next_action="Ask the partner to send the file again.",
                ) from None
            rest = member.unused_data if member.eof else member.unconsumed_tail
            full = len(piece) == PIECE and not member.eof
            given += len(piece)
            if given > _JUDGED_PAST and given > taken * dialect.max_expansion:
                raise InputRefused(
                    f"The gzip file unpacks to more than {dialect.max_expansion} times its size.",
                    rule="bomb",
                    next_action="Do not open it; ask the partner what it is, or for the plain file.",
                )
            if piece:
                yield piece
    if not member.eof:
        raise InputRefused(
            "The gzip file ends before its content does.",
            rule="truncated",
            next_action="Ask the partner to send the file again.",
        )
