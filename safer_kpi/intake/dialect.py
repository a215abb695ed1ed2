"""The dialect of a feed's files, as a contract declares it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from safer_kpi.errors import ProjectError
from safer_kpi.intake.frame import Frame

_ASCII = bytes(range(128))
_WIDE = {"utf-16", "utf-16-le", "utf-16-be"}


@dataclass(frozen=True, kw_only=True)
class Dialect(Frame):
    """How a feed's CSV files are written, how their table is found, and how large they may be.

    Attributes:
        delimiter: the one ASCII character between fields.
        quote: the one ASCII character around a field; doubled inside one.
        encodings: tried in order, each strictly; a byte order mark settles it for UTF-8, and for ``utf-16`` where that
            is among them. Text in UTF-16 without its mark is ``utf-16-le`` or ``utf-16-be``.
        max_bytes: the largest file, in bytes, after decompression.
        max_line_bytes: the longest line, in bytes; also the longest record, in characters.
        max_expansion: the largest ratio of decompressed to compressed bytes, judged past 64 MB.
        max_malformed_rows: more rows than this with a wrong number of fields refuse the file.

    Raises:
        ProjectError: the values contradict each other, or an encoding is unknown or does not extend ASCII.
    """

    delimiter: str = ","
    quote: str = '"'
    encodings: tuple[str, ...] = ("utf-8", "cp1252")
    max_bytes: int = 8 * 2**30
    max_line_bytes: int = 2**20
    max_expansion: int = 200
    max_malformed_rows: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, mark in (("delimiter", self.delimiter), ("quote", self.quote)):
            if len(mark) != 1 or not mark.isascii() or mark in "\0\r\n \ufeff" or mark.isalnum():
                raise ProjectError(
                    f"The {name} {mark!r} cannot separate fields.",
                    next_action="Declare one ASCII character that is not a letter, digit, space or line end.",
                )
        if self.delimiter == self.quote:
            raise ProjectError("The delimiter and the quote are the same.", next_action="Declare two characters.")
        if min(self.max_bytes, self.max_line_bytes, self.max_expansion) < 1 or self.max_malformed_rows < 0:
            raise ProjectError("A limit of the dialect is below 1.", next_action="Declare limits of 1 or more.")
        if not self.encodings:
            raise ProjectError("The dialect names no encoding.", next_action="Declare at least utf-8.")
        for encoding in self.encodings:
            if not _extends_ascii(encoding) and not is_wide(encoding):
                raise ProjectError(
                    f"The encoding {encoding!r} is unknown or does not extend ASCII.",
                    next_action="Declare utf-8, utf-16, cp1252 or another single-byte encoding.",
                )


def is_wide(encoding: str) -> bool:
    """Return whether an encoding is UTF-16, of which no byte can be read as ASCII."""
    try:
        return codecs.lookup(encoding).name in _WIDE
    except LookupError:
        return False


def _extends_ascii(encoding: str) -> bool:
    try:
        return codecs.decode(_ASCII, encoding) == _ASCII.decode("ascii")
    except (LookupError, UnicodeError, TypeError):
        return False
