"""The texts that a gzip file keeps beside its content: a file name and a comment in each member's header (RFC 1952)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PIECE = 2**18
_FIXED, _EXTRA, _NAME, _COMMENT = 10, 0x4, 0x8, 0x10
# A header with longer texts than this has its first part searched; nothing else is done with them.
_MOST_HEADER = 2**17


def gzip_texts(path: Path) -> Iterator[str]:
    """Yield the file names and comments of a gzip file's members; bytes after the last member are left alone."""
    with path.open("rb") as file:
        held = file.read(_MOST_HEADER)
        while held.startswith(b"\x1f\x8b"):
            yield from _header_texts(held)
            try:
                held = _after_member(held, file)
            except zlib.error:
                return  # reading the content refuses it
            if len(held) < _MOST_HEADER:
                held += file.read(_MOST_HEADER)


def _after_member(held: bytes, file: BinaryIO) -> bytes:
    """Return the bytes that were read beyond the end of the member that ``held`` begins."""
    member = zlib.decompressobj(wbits=31)
    while held:
        member.decompress(held, _PIECE)
        if member.eof:
            return member.unused_data
        held = member.unconsumed_tail or file.read(_PIECE)
    return b""


def _header_texts(head: bytes) -> Iterator[str]:
    flags, place = head[3], _FIXED
    if flags & _EXTRA:
        length = int.from_bytes(head[place : place + 2], "little")
        yield head[place + 2 : place + 2 + length].decode("latin-1")
        place += 2 + length
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            text, _, _ = head[place:].partition(b"\0")
            yield text.decode("latin-1")
            place += len(text) + 1
