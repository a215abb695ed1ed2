"""Read the parts of a ZIP file within limits: its directory, and the content of a part in pieces.

Names are keys and never paths; only requested parts are unpacked.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from safer_kpi.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.intake.workbook.dialect import WorkbookDialect

SEND_AGAIN = "Ask the partner to open it in Excel, save it as .xlsx and send it again."
_PIECE = 2**18
# Below this a high ratio is harmless: sheets of few values compress very well.
_JUDGED_PAST = 16 * 2**20
_MOST_PARTS = 10_000
_MOST_DIRECTORY = 4 * 2**20
_END, _END_BYTES = b"PK\x05\x06", 22
_MOST_COMMENT = 2**16 - 1
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _UTF8 = 0x1, 0x800
_IN_EXTRA = 0xFFFFFFFF


@dataclass(frozen=True, kw_only=True)
class Part:
    """One entry of the directory; ``packed`` and ``size`` are bytes before and after unpacking, as it declares."""

    name: str
    start: int
    packed: int
    size: int
    crc: int
    method: int


def damaged(what: str, row: int | None = None) -> InputRefused:
    """Return the refusal of a workbook that contradicts itself."""
    return InputRefused(what, rule="damaged", row=row, next_action=SEND_AGAIN)


def bomb(what: str) -> InputRefused:
    """Return the refusal of a file that would exhaust its reader."""
    return InputRefused(what, rule="bomb", next_action="Do not open it; ask the partner what it is.")


def too_large(what: str, row: int | None = None) -> InputRefused:
    """Return the refusal of a workbook beyond a limit of its dialect."""
    return InputRefused(
        what,
        rule="too_large",
        row=row,
        next_action="Ask the partner to remove what is not the table (empty formatted rows, other sheets), "
        "or raise the contract's limit.",
    )


def parts_of(file: BinaryIO, dialect: WorkbookDialect) -> tuple[Part, ...]:
    """Return every part the directory at the end of a ZIP file names, in its order.

    Raises:
        InputRefused: ``truncated``, ``damaged``, ``encrypted``, ``duplicate_part``, ``bomb`` or ``too_large``.
    """
    directory, count, end = _directory(file)
    parts: list[Part] = []
    place = 0
    try:
        while len(parts) < count:
            part, place = _entry(directory, place)
            parts.append(part)
    except struct.error:
        raise damaged("The ZIP directory breaks off.") from None
    if place != len(directory):
        raise damaged("The ZIP directory holds more than it counts.")
    _judge(parts, dialect, end)
    return tuple(parts)


def key(name: str) -> str:
    """Return a part's name as a key: forward slashes, none in front, lower case."""
    return name.replace("\\", "/").lstrip("/").casefold()


def content(file: BinaryIO, part: Part, dialect: WorkbookDialect) -> Iterator[bytes]:
    """Return a part unpacked, in pieces of at most 256 KiB; its length and checksum are right once the last has come.

    Raises:
        InputRefused: ``damaged`` or ``bomb``.
    """
    file.seek(part.start)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size:
        raise damaged("A part of the workbook begins beyond its end.")
    mark, _, flags, method, *_, name_bytes, extra_bytes = _LOCAL.unpack(head)
    name = _decoded(file.read(name_bytes), flags)
    if mark != b"PK\x03\x04" or method != part.method or name != part.name:
        raise damaged("A part of the workbook is not what the ZIP directory says.")
    file.seek(extra_bytes, 1)
    packed = _packed(file, part)
    given = crc = 0
    for piece in _inflated(packed) if method == _DEFLATED else packed:
        given += len(piece)
        crc = zlib.crc32(piece, crc)
        if given > part.size:
            raise bomb("A part of the workbook unpacks to more bytes than it declares.")
        if given > _JUDGED_PAST and given > part.packed * dialect.max_expansion:
            raise bomb(f"A part of the workbook unpacks to more than {dialect.max_expansion} times its size.")
        yield piece
    if given != part.size or crc != part.crc:
        raise damaged("A part of the workbook does not have the length or checksum that it declares.")


def _directory(file: BinaryIO) -> tuple[bytes, int, int]:
    """Return the directory's bytes, how many entries it says it has, and where it begins."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _MOST_COMMENT - _END_BYTES))
    tail = file.read()
    place = _end_record(tail)
    disk, first_disk, here, count, length, start = struct.unpack_from("<4H2L", tail, place + 4)
    if disk or first_disk or here != count or start + length > size - len(tail) + place:
        raise damaged("The ZIP directory is not where the file says.")
    if count > _MOST_PARTS or length > _MOST_DIRECTORY:
        raise bomb(f"The workbook has more than {_MOST_PARTS:,} parts.")
    file.seek(start)
    return file.read(length), count, start


def _end_record(tail: bytes) -> int:
    """Where the record that ends a ZIP file begins: its comment takes all that is left."""
    place = tail.rfind(_END)
    while place >= 0:
        left = len(tail) - place - _END_BYTES
        if left >= 0 and struct.unpack_from("<H", tail, place + _END_BYTES - 2)[0] == left:
            return place
        place = tail.rfind(_END, 0, place)
    raise InputRefused(
        "The workbook ends before its ZIP directory does.",
        rule="truncated",
        next_action="Ask the partner to send the file again.",
    )


def _entry(directory: bytes, place: int) -> tuple[Part, int]:
    mark, _, _, flags, method, _, _, crc, packed, size, n, m, k, _, _, _, start = _ENTRY.unpack_from(directory, place)
    after = place + _ENTRY.size + n + m + k
    if mark != b"PK\x01\x02" or after > len(directory):
        raise damaged("The ZIP directory cannot be read.")
    if flags & _ENCRYPTED:
        raise InputRefused(
            "The workbook is encrypted.", rule="encrypted", next_action="Ask the partner to send it without a password."
        )
    begin = place + _ENTRY.size
    name = _decoded(directory[begin : begin + n], flags)
    wide = [value for value in (size, packed, start) if value == _IN_EXTRA]
    if wide:
        found = iter(_in_extra(directory[begin + n : begin + n + m], len(wide)))
        size, packed, start = (next(found) if value == _IN_EXTRA else value for value in (size, packed, start))
    return Part(name=name, start=start, packed=packed, size=size, crc=crc, method=method), after


def _in_extra(extra: bytes, count: int) -> tuple[int, ...]:
    """Return the numbers too wide for their field (ZIP64; some writers put small ones there as well)."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == 1:
            return struct.unpack_from(f"<{count}Q", extra, place + 4)
        place += 4 + length
    raise damaged("The ZIP directory cannot be read.")


def _decoded(name: bytes, flags: int) -> str:
    return name.decode("utf-8" if flags & _UTF8 else "cp437", errors="backslashreplace")


def _judge(parts: list[Part], dialect: WorkbookDialect, end: int) -> None:
    if any(times > 1 for times in Counter(key(part.name) for part in parts).values()):
        raise InputRefused(
            "The workbook holds a part twice under one name.", rule="duplicate_part", next_action=SEND_AGAIN
        )
    last = 0
    for part in sorted(parts, key=lambda part: part.start):
        if part.start < last:
            raise bomb("Parts of the workbook overlap.")
        last = part.start + part.packed
    if last > end:
        raise damaged("A part of the workbook ends beyond the ZIP directory.")
    unpacked, packed = sum(part.size for part in parts), sum(part.packed for part in parts)
    if unpacked > max(_JUDGED_PAST, packed * dialect.max_expansion):
        raise bomb(f"The workbook unpacks to more than {dialect.max_expansion} times its size.")
    if unpacked > dialect.max_unpacked:
        raise too_large(f"The workbook unpacks to more than {dialect.max_unpacked:,} bytes.")


def _packed(file: BinaryIO, part: Part) -> Iterator[bytes]:
    if part.method not in {_STORED, _DEFLATED}:
        raise damaged("A part of the workbook is packed in a way that Excel does not use.")
    left = part.packed
    while left:
        piece = file.read(min(left, _PIECE))
        if not piece:
            raise damaged("A part of the workbook ends beyond the file.")
        left -= len(piece)
        yield piece


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj(wbits=-15)
    for rest in packed:
        held, full = rest, False
        # A full piece may leave more to come inside zlib although all input is taken.
        while (held or full) and not stream.eof:
            try:
                piece = stream.decompress(held, _PIECE)
            except zlib.error:
                raise damaged("A part of the workbook cannot be unpacked.") from None
            held, full = stream.unconsumed_tail, len(piece) == _PIECE
            if piece:
                yield piece
    if not stream.eof or stream.unused_data:
        raise damaged("A part of the workbook cannot be unpacked.")
