"""Read the parts of a ZIP file within limits: its directory, and the content of a part in pieces.

Names are keys and never paths; only requested parts are unpacked.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from safer_kpi.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAKE_ANEW = "Ask the partner to make the file anew and to send it again."
_PIECE = 2**18
# Below this size a high ratio is harmless: sheets with few different values compress very well.
_JUDGED_PAST = 16 * 2**20
_MOST_PARTS = 10_000
_MOST_DIRECTORY = 4 * 2**20
_END, _END_BYTES = b"PK\x05\x06", 22
_MOST_COMMENT = 2**16 - 1
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_NAME_LENGTHS = 28
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _UTF8 = 0x1, 0x800
_IN_EXTRA = 0xFFFFFFFF


@dataclass(frozen=True, kw_only=True)
class Part:
    """One entry of the directory.

    All values are those that the directory declares. ``packed`` and ``size`` are the bytes before and after unpacking;
    ``mode`` is the type and permissions of the file on Unix, or 0 if it was made on another system.
    """

    name: str
    start: int
    packed: int
    size: int
    crc: int
    method: int
    mode: int = 0


class Limits(Protocol):
    """The limits of a dialect that apply to a ZIP file."""

    @property
    def max_unpacked(self) -> int:
        """Return the most bytes that all parts together may unpack to."""

    @property
    def max_expansion(self) -> int:
        """Return the largest ratio of unpacked to packed bytes; it applies above 16 MB."""


def _damaged(what: str) -> InputRefused:
    return InputRefused(what, rule="damaged", next_action=_MAKE_ANEW)


def _bomb(what: str) -> InputRefused:
    return InputRefused(what, rule="bomb", next_action="Do not open it; ask the partner what it is.")


def parts_of(file: BinaryIO, limits: Limits) -> tuple[Part, ...]:
    """Return every part that the directory at the end of a ZIP file names, in the directory's order.

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
        raise _damaged("The ZIP directory breaks off.") from None
    if place != len(directory):
        raise _damaged("The ZIP directory holds more than it counts.")
    _judge(parts, limits, end)
    return tuple(parts)


def has_remarks(file: BinaryIO) -> bool:
    """Return whether a ZIP file that ``parts_of`` has read holds comments: texts that belong to no part."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _MOST_COMMENT - _END_BYTES))
    tail = file.read()
    directory, count, _ = _directory(file)
    place, remarks = 0, len(tail) - _end_record(tail) - _END_BYTES
    for _ in range(count):
        name, extra, comment = struct.unpack_from("<3H", directory, place + _NAME_LENGTHS)
        begin = place + _ENTRY.size + name
        remarks += comment
        place = begin + extra + comment
    return remarks > 0


def key(name: str) -> str:
    """Return a part's name as a key: lower case, with forward slashes and without one at the start."""
    return name.replace("\\", "/").lstrip("/").casefold()


def content(file: BinaryIO, part: Part, limits: Limits) -> Iterator[bytes]:
    """Yield a part unpacked, in pieces of at most 256 KiB. Length and checksum are checked after the last piece.

    Raises:
        InputRefused: ``damaged`` or ``bomb``.
    """
    file.seek(part.start)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size:
        raise _damaged("A part of the ZIP file begins beyond its end.")
    mark, _, flags, method, *_, name_bytes, extra_bytes = _LOCAL.unpack(head)
    name = _decoded(file.read(name_bytes), flags)
    if mark != b"PK\x03\x04" or method != part.method or name != part.name:
        raise _damaged("A part of the ZIP file is not what the ZIP directory says.")
    file.seek(extra_bytes, 1)
    packed = _packed(file, part)
    given = crc = 0
    for piece in _inflated(packed) if method == _DEFLATED else packed:
        given += len(piece)
        crc = zlib.crc32(piece, crc)
        if given > part.size:
            raise _bomb("A part of the ZIP file unpacks to more bytes than it declares.")
        if given > _JUDGED_PAST and given > part.packed * limits.max_expansion:
            raise _bomb(f"A part of the ZIP file unpacks to more than {limits.max_expansion} times its size.")
        yield piece
    if given != part.size or crc != part.crc:
        raise _damaged("A part of the ZIP file does not have the length or checksum that it declares.")


def _directory(file: BinaryIO) -> tuple[bytes, int, int]:
    """Return the directory's bytes, the number of entries that it declares, and the offset of its start."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _MOST_COMMENT - _END_BYTES))
    tail = file.read()
    place = _end_record(tail)
    disk, first_disk, here, count, length, start = struct.unpack_from("<4H2L", tail, place + 4)
    if disk or first_disk or here != count or start + length > size - len(tail) + place:
        raise _damaged("The ZIP directory is not where the file says.")
    if count > _MOST_PARTS or length > _MOST_DIRECTORY:
        raise _bomb(f"The ZIP file has more than {_MOST_PARTS:,} parts.")
    file.seek(start)
    return file.read(length), count, start


def _end_record(tail: bytes) -> int:
    """Return the offset of the record that ends a ZIP file: its comment fills the rest of the file."""
    place = tail.rfind(_END)
    while place >= 0:
        left = len(tail) - place - _END_BYTES
        if left >= 0 and struct.unpack_from("<H", tail, place + _END_BYTES - 2)[0] == left:
            return place
        place = tail.rfind(_END, 0, place)
    raise InputRefused(
        "The ZIP file ends before its ZIP directory does.",
        rule="truncated",
        next_action="Ask the partner to send the file again.",
    )


def _entry(directory: bytes, place: int) -> tuple[Part, int]:
    mark, _, _, flags, method, _, _, crc, packed, size, n, m, k, _, _, given, start = _ENTRY.unpack_from(
        directory, place
    )
    after = place + _ENTRY.size + n + m + k
    if mark != b"PK\x01\x02" or after > len(directory):
        raise _damaged("The ZIP directory cannot be read.")
    if flags & _ENCRYPTED:
        raise InputRefused(
            "The ZIP file is encrypted.", rule="encrypted", next_action="Ask the partner to send it without a password."
        )
    begin = place + _ENTRY.size
    name = _decoded(directory[begin : begin + n], flags)
    wide = [value for value in (size, packed, start) if value == _IN_EXTRA]
    if wide:
        found = iter(_in_extra(directory[begin + n : begin + n + m], len(wide)))
        size, packed, start = (next(found) if value == _IN_EXTRA else value for value in (size, packed, start))
    return Part(name=name, start=start, packed=packed, size=size, crc=crc, method=method, mode=given >> 16), after


def _in_extra(extra: bytes, count: int) -> tuple[int, ...]:
    """Return the numbers that are too large for their field (ZIP64; some programs store small ones there too)."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == 1:
            return struct.unpack_from(f"<{count}Q", extra, place + 4)
        place += 4 + length
    raise _damaged("The ZIP directory cannot be read.")


def _decoded(name: bytes, flags: int) -> str:
    return name.decode("utf-8" if flags & _UTF8 else "cp437", errors="backslashreplace")


def _judge(parts: list[Part], limits: Limits, end: int) -> None:
    if any(times > 1 for times in Counter(key(part.name) for part in parts).values()):
        raise InputRefused("The ZIP file holds two parts of one name.", rule="duplicate_part", next_action=_MAKE_ANEW)
    last = 0
    for part in sorted(parts, key=lambda part: part.start):
        if part.start < last:
            raise _bomb("Parts of the ZIP file overlap.")
        last = part.start + part.packed
    if last > end:
        raise _damaged("A part of the ZIP file ends beyond the ZIP directory.")
    unpacked, packed = sum(part.size for part in parts), sum(part.packed for part in parts)
    if unpacked > max(_JUDGED_PAST, packed * limits.max_expansion):
        raise _bomb(f"The ZIP file unpacks to more than {limits.max_expansion} times its size.")
    if unpacked > limits.max_unpacked:
        raise InputRefused(
            f"The ZIP file unpacks to more than {limits.max_unpacked:,} bytes.",
            rule="too_large",
            next_action="Ask the partner to send only what was agreed, or in parts; or raise the limit.",
        )


def _packed(file: BinaryIO, part: Part) -> Iterator[bytes]:
    if part.method not in {_STORED, _DEFLATED}:
        raise _damaged("A part of the ZIP file is packed in a way that is not read.")
    left = part.packed
    while left:
        piece = file.read(min(left, _PIECE))
        if not piece:
            raise _damaged("A part of the ZIP file ends beyond the file.")
        left -= len(piece)
        yield piece


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj(wbits=-15)
    for rest in packed:
        held, full = rest, False
        # After a full piece zlib may hold more output although it has taken all input.
        while (held or full) and not stream.eof:
            try:
                piece = stream.decompress(held, _PIECE)
            except zlib.error:
                raise _damaged("A part of the ZIP file cannot be unpacked.") from None
            held, full = stream.unconsumed_tail, len(piece) == _PIECE
            if piece:
                yield piece
    if not stream.eof or stream.unused_data:
        raise _damaged("A part of the ZIP file cannot be unpacked.")
