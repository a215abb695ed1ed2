"""The checksums of a Parquet file's pages, which DuckDB does not compare.

A column of a row group is a run of pages: a header in Thrift's compact protocol, then as many bytes as it says. A
writer may put the CRC-32 of these bytes into the header (``PageHeader.crc`` in the format's ``parquet.thrift``).
"""

from __future__ import annotations

import zlib
from io import SEEK_END
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Fields of a page header.
_SIZE, _CHECKSUM = 3, 4
#: A whole number of 32 bits, in the compact protocol.
_WHOLE = 5
#: How many bytes of a header are read: nearly always enough, and more than any header has.
_USUAL, _MOST = 2**10, 2**22
_DEEPEST = 16
_PIECE = 2**20


class DamagedPageError(ValueError):
    """A page header cannot be read, or the bytes of a page are not those that its checksum was made of."""


def check_pages(file: BinaryIO, runs: Iterable[tuple[int, int]]) -> None:
    """Compare the checksum of every page that has one.

    No byte is read twice: columns that claim the same bytes are refused, or a small file could cost hours.

    Args:
        file: the Parquet file.
        runs: of each column of each row group, where its first page begins and where its last one ends, in bytes.

    Raises:
        DamagedPageError: a checksum differs, a header cannot be read, or a column does not lie in bytes of its own.
    """
    before = 0
    length = file.seek(0, SEEK_END)
    for start, end in sorted(runs):
        if not before <= start <= end <= length:
            raise DamagedPageError
        at = start
        while at < end:
            header = _header(file, at)
            size = header.whole.get(_SIZE, -1)
            if size < 0:
                raise DamagedPageError
            given = header.whole.get(_CHECKSUM)
            body, at = at + header.length, at + header.length + size
            if given is not None and (at > end or _crc32(file, body, size) != given & 0xFFFFFFFF):
                raise DamagedPageError
        before = end


def _header(file: BinaryIO, at: int) -> _Header:
    file.seek(at)
    begun = file.read(_USUAL)
    try:
        return _Header(begun)
    except DamagedPageError:
        return _Header(begun + file.read(_MOST - _USUAL))


def _crc32(file: BinaryIO, at: int, size: int) -> int:
    file.seek(at)
    crc = 0
    while size:
        piece = file.read(min(size, _PIECE))
        if not piece:
            raise DamagedPageError
        crc, size = zlib.crc32(piece, crc), size - len(piece)
    return crc


class _Header:
    """A page header.

    Attributes:
        length: how many bytes it has.
        whole: its whole numbers of 32 bits, by the number of their field.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.length = 0
        self.whole: dict[int, int] = {}
        self._struct(0)

    def _struct(self, depth: int) -> None:
        field = 0
        while head := self._byte():
            field = field + (head >> 4) if head >> 4 else self._signed()
            kind = head & 15
            if depth == 0 and kind == _WHOLE:
                self.whole[field] = self._signed()
            elif kind > 2:  # a truth value has no bytes but its type
                self._value(kind, depth)

    def _value(self, kind: int, depth: int) -> None:
        """Pass over a value, by the number of its type in the compact protocol."""
        if depth > _DEEPEST:
            raise DamagedPageError
        match kind:
            case 1 | 2 | 3:  # a truth value of a list, a byte
                self._pass(1)
            case 4 | 5 | 6:  # whole numbers
                self._unsigned()
            case 7:  # a floating-point number
                self._pass(8)
            case 8:  # bytes
                self._pass(self._unsigned())
            case 9 | 10:  # a list, a set
                head = self._byte()
                for _ in range(self._unsigned() if head >> 4 == 15 else head >> 4):
                    self._value(head & 15, depth + 1)
            case 12:
                self._struct(depth + 1)
            case _:
                raise DamagedPageError

    def _pass(self, count: int) -> None:
        self.length += count
        if self.length > len(self._content):
            raise DamagedPageError

    def _byte(self) -> int:
        self._pass(1)
        return self._content[self.length - 1]

    def _unsigned(self) -> int:
        number = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise DamagedPageError

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)
