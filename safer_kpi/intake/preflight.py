"""Examine the bytes of a file in one fast pass before they are parsed."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.intake.content import (
    BOM,
    GZIP,
    PIECE,
    as_utf8,
    is_compressed,
    pieces,
    refuse_other_kinds,
    too_large,
    wide_encoding,
)  # fmt: skip
from safer_kpi.intake.dialect import is_wide
from safer_kpi.intake.found import Preflight
from safer_kpi.intake.header import read_header

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from safer_kpi.intake.dialect import Dialect

#: The bytes by which a file is told to be compressed or in UTF-16 or UTF-32.
_MARK = 4
_LONE_CR = re.compile(rb"\r[^\n]")


def preflight(path: Path, dialect: Dialect) -> Preflight:
    """Return what the bytes of a file are, without parsing its rows.

    Raises:
        InputRefused: the file is not delimited text within the dialect's limits. Rules: ``empty``, ``not_csv``,
            ``encoding``, ``nul_byte``, ``line_length``, ``too_large``, ``bomb``, ``compression``, ``truncated``,
            ``header``, ``delimiter``, ``unclosed_quote``, ``quote``.
    """
    compressed = is_compressed(path)
    if not compressed and path.stat().st_size > dialect.max_bytes:
        raise too_large(dialect)
    failures: list[str] = []
    marked = wide_encoding(next(pieces(path, dialect, compressed=compressed), b"")) == "UTF-16"
    for encoding in _possible(dialect, marked=marked):
        wide = is_wide(encoding)
        if encoding == "utf-16" and not marked:
            failures.append("not utf-16 (it has no byte order mark)")
            continue
        scan = _Scan(dialect, "utf-8" if wide else encoding)
        content = pieces(path, dialect, compressed=compressed)
        try:
            for piece in as_utf8(content, encoding) if wide else content:
                scan.take(piece)
            found = scan.end(compressed)
            return replace(found, encoding=encoding) if wide else found
        except UnicodeDecodeError as error:
            failures.append(f"not {encoding} (line {scan.line_of(error):,})")
            if scan.bom:
                break
    raise InputRefused(
        f"The text is {' and '.join(failures)}.",
        rule="encoding",
        next_action="Ask the partner to save it as 'CSV UTF-8'.",
    )


class Passing:
    """The pre-flight of a file whose bytes pass by, as they are copied.

    It knows plain text in the first encoding that the contract allows. Of anything else ``result`` is None, and
    ``preflight`` looks at the copy.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._scan = _Scan(dialect, dialect.encodings[0])
        self._is_known = not is_wide(dialect.encodings[0])

    def take(self, piece: bytes) -> None:
        """Look at the next piece."""
        if not self._scan.bytes and (len(piece) < _MARK or piece.startswith(GZIP) or wide_encoding(piece) is not None):
            self._is_known = False
        if not self._is_known:
            return
        try:
            for start in range(0, len(piece), PIECE):
                self._scan.take(piece[start : start + PIECE])
        except (InputRefused, UnicodeDecodeError):
            self._is_known = False

    def result(self) -> Preflight | None:
        """Return what the bytes are; None if something is wrong with them, or nobody knows."""
        if not self._is_known or not self._scan.bytes or self._scan.bytes > self._dialect.max_bytes:
            return None
        try:
            return self._scan.end(compressed=False)
        except (InputRefused, UnicodeDecodeError):
            return None


def _possible(dialect: Dialect, *, marked: bool) -> Sequence[str]:
    """Return the encodings to try: a byte order mark of UTF-16 settles it where the contract agrees on UTF-16."""
    return ("utf-16",) if marked and any(map(is_wide, dialect.encodings)) else dialect.encodings


class _Scan:
    """The state of one pass: counts, and the last byte of the piece before."""

    def __init__(self, dialect: Dialect, encoding: str) -> None:
        quote, delimiter = (re.escape(mark.encode("ascii")) for mark in (dialect.quote, dialect.delimiter))
        # A blank beside a quote is text to RFC 4180 and nothing to DuckDB. Each search starts with a literal byte:
        # that is what makes it fast.
        blank = rb"[ \t\v\f]"
        self._beside = re.compile(
            quote + rb"(?:" + blank + rb"+(?:" + delimiter + rb"|[\r\n]|\Z)|(?<=" + blank + quote + rb"))"
        )
        self._beside_seam = re.compile(quote + blank + rb"|" + blank + quote)
        self._quote = dialect.quote.encode("ascii")
        self._but_quotes_and_ends = bytes(set(range(256)) - set(self._quote + b"\n"))
        self._limit = dialect.max_line_bytes
        self._dialect = dialect
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._undecoded = False
        self._head = bytearray()
        self._open = b""
        self._since = 0
        self._last = b""
        self._carriage_returns = 0
        self._lone = False
        self._plain = True
        self.bytes = 0
        self.newlines = 0
        self.bom = False

    def take(self, piece: bytes) -> None:
        """Check the next piece."""
        if not self.bytes:
            refuse_other_kinds(piece, self._dialect.encodings)
            self.bom = piece.startswith(BOM)
            if self.bom and codecs.lookup(self._encoding).name != "utf-8":
                self._encoding = "utf-8"
                self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self.bytes += len(piece)
        if len(self._head) <= self._limit:
            self._head += piece[: self._limit + 1 - len(self._head)]
        if b"\0" in piece:
            raise InputRefused(
                f"There is a NUL byte in line {self._line_at(piece, piece.index(0)):,}; "
                "text has none (UTF-16 without its mark looks like this).",
                rule="nul_byte",
                next_action="Ask the partner to save it as 'CSV UTF-8', or declare utf-16-le in the dialect.",
            )
        self._measure_lines(piece)
        if self._undecoded or not piece.isascii():
            self._decoder.decode(piece)
            self._undecoded = bool(self._decoder.getstate()[0])
        self._judge_line_ends(piece)
        self._judge_quotes(piece)
        self._last = piece[-1:]

    def end(self, compressed: bool) -> Preflight:
        """Return the result after the last piece."""
        self._decoder.decode(b"", final=True)
        head = bytes(self._head).removeprefix(BOM)
        if not head.strip() and self.bytes <= len(self._head):
            raise InputRefused(
                "The file is empty.",
                rule="empty",
                next_action="Ask the partner to send it again; a nil return still has its header.",
            )
        ended = self._last == b"\n"
        self._lone = self._lone or self._last == b"\r"
        if not self._carriage_returns:
            newline = "lf"
        elif not self.newlines:
            newline = "cr"
        else:
            newline = "crlf" if self._carriage_returns == self.newlines and not self._lone else "mixed"
        return Preflight(
            header=() if self._dialect.framed else read_header(head, self._encoding, self._dialect),
            encoding=self._encoding,
            bom=self.bom,
            compressed=compressed,
            plain=self._plain and not self._open and not self._lone,
            newline=newline,
            bytes=self.bytes,
            lines=self.newlines + (not ended),
            ended=ended or (newline == "cr" and self._last == b"\r"),
        )

    def line_of(self, error: UnicodeDecodeError) -> int:
        """Return the line of a decoding error."""
        return self._line_at(error.object, error.start)

    def _line_at(self, piece: bytes, place: int) -> int:
        return self.newlines + piece.count(b"\n", 0, place) + 1

    def _measure_lines(self, piece: bytes) -> None:
        start, room = 0, self._limit - self._since
        while start + room < len(piece):
            end = _last_line_end(piece, start, start + room + 1)
            if end < 0:
                raise InputRefused(
                    f"Line {self._line_at(piece, start):,} is longer than {self._limit:,} bytes.",
                    rule="line_length",
                    next_action="Ask the partner to export the file again; its line ends may be lost.",
                )
            start, room = end + 1, self._limit
        end = _last_line_end(piece, 0, len(piece))
        self._since = len(piece) - end - 1 if end >= 0 else self._since + len(piece)

    def _judge_line_ends(self, piece: bytes) -> None:
        if self._last == b"\r" and piece[:1] != b"\n":
            self._lone = True
        if b"\r" in piece:
            self._carriage_returns += piece.count(b"\r")
            self._lone = self._lone or _LONE_CR.search(piece) is not None

    def _judge_quotes(self, piece: bytes) -> None:
        """Count the lines and note whether any has an odd number of quotes: then a record spans lines."""
        if self._quote not in piece:
            newlines = piece.count(b"\n")
            if self._open and newlines:
                self._plain = False
        else:
            marks = piece.translate(None, self._but_quotes_and_ends)
            newlines = marks.count(b"\n")
            if self._plain:
                marks = (self._open + marks).replace(self._quote * 2, b"")
                self._open = self._quote if marks.endswith(self._quote) else b""
                self._plain = marks.count(self._quote) == len(self._open) and not self._beside.search(piece)
        if self._plain and self._beside_seam.search(self._last + piece[:1]):
            self._plain = False
        self.newlines += newlines


def _last_line_end(piece: bytes, start: int, stop: int) -> int:
    end = piece.rfind(b"\n", start, stop)
    return end if end >= 0 else piece.rfind(b"\r", start, stop)
