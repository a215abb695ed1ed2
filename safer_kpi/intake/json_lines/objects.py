"""The objects of a file of JSON lines, one line at a time; memory holds one line and no more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import InputRefused
from safer_kpi.intake.content import BOM, is_compressed, kind_of, pieces
from safer_kpi.intake.header import MOST_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from safer_kpi.intake.dialect import Dialect
    from safer_kpi.intake.outside import Outside

Values = dict[str, str]
_LINES = "Ask the partner for JSON lines: one object with the agreed names on each line, nothing around them."
_AGAIN = "Ask the partner to send the file again."
# A number of more characters is no figure of a partner's, and slow to read.
_LONGEST_NUMBER = 64


class _NotRead(Exception):
    """A line that is no object of single values."""


class Objects:
    """Read a file of JSON lines twice: for its names, then for its values; malformed lines go to ``outside``.

    Attributes:
        lines: how many lines there are.
        blank: how many of them are blank.
        malformed: (line, rule) of each that is no object, or holds a name twice or a value that is none.
    """

    def __init__(self, path: Path, dialect: Dialect, outside: Outside) -> None:
        self._path, self._dialect, self._outside = path, dialect, outside
        self.lines = self.blank = 0
        self.malformed: list[tuple[int, str]] = []

    def names(self) -> list[str]:
        """Return every name of any object, in the order in which they come.

        Raises:
            InputRefused: ``empty``, ``json`` (no JSON lines), ``header``, ``encoding``, ``line_length``, ``nested`` or
                ``truncated`` or ``not_json``, or what reading the bytes is refused for.
        """
        found: dict[str, None] = {}
        for _, values in self.all():
            found |= dict.fromkeys(values)
            if len(found) > MOST_COLUMNS:
                raise _refused(f"The objects have more than {MOST_COLUMNS:,} names.", "header", None)
        if not found:
            raise _refused("The file holds no object.", "empty", None)
        return list(found)

    def all(self) -> Iterator[tuple[int, Values]]:
        """Return each object: its line, counted from 1, and its values as text."""
        self.lines = self.blank = 0
        self.malformed = []
        for number, (line, ended) in enumerate(self._texts(), 1):
            self.lines = number
            if not line.strip():
                self.blank += 1
                continue
            try:
                values = _object(line)
            except RecursionError:
                raise _refused(f"Line {number:,} is nested beyond reason.", "nested", number) from None
            except (ValueError, _NotRead):
                if number == 1:
                    raise _refused("The first line is no JSON object.", "json", 1) from None
                if not ended:
                    raise _refused("The last line is cut short.", "truncated", number, _AGAIN) from None
                self._outside.take((line,))
                self._note(number)
                continue
            yield number, values

    def _note(self, number: int) -> None:
        self.malformed.append((number, "json"))
        if len(self.malformed) > self._dialect.max_malformed_rows:
            raise _refused(
                f"More than {self._dialect.max_malformed_rows:,} lines are no JSON object of single values.",
                "json",
                self.malformed[0][0],
            )

    def _texts(self) -> Iterator[tuple[str, bool]]:
        """Return each line as text, and whether it has its line end."""
        most, held, first = self._dialect.max_line_bytes, b"", True
        for piece in pieces(self._path, self._dialect, compressed=is_compressed(self._path)):
            if first and not _may_be_json(piece) and (kind := kind_of(piece)) is not None:
                raise _refused(f"The file is {kind}; the contract agrees JSON lines.", "not_json", None)
            *whole, held = (held + piece.removeprefix(BOM) if first else held + piece).split(b"\n")
            first = False
            for line in whole:
                yield self._decoded(line, most), True
            if len(held) > most:
                raise _refused(f"A line is longer than {most:,} bytes.", "line_length", self.lines + 1)
        if held:
            yield self._decoded(held, most), False

    def _decoded(self, line: bytes, most: int) -> str:
        if len(line) > most:
            raise _refused(f"A line is longer than {most:,} bytes.", "line_length", self.lines + 1)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            raise _refused(
                f"Line {self.lines + 1:,} is not UTF-8.", "encoding", self.lines + 1, "Ask the partner to write UTF-8."
            ) from None


def _may_be_json(piece: bytes) -> bool:
    return piece.removeprefix(BOM).lstrip()[:1] in {b"{", b"["}


def _object(line: str) -> Values:
    found: Any = json.loads(
        line, parse_int=_number, parse_float=_number, parse_constant=_no_constant, object_pairs_hook=_pairs
    )
    if not isinstance(found, dict):
        raise _NotRead
    return found


def _pairs(pairs: list[tuple[str, Any]]) -> Values:
    names = {name.strip() for name, _ in pairs}
    if len(names) < len(pairs) or "" in names:
        raise _NotRead
    return {name: _text(value) for name, value in pairs}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if value is None:
        return ""
    if not isinstance(value, str) or "\0" in value or (not value.isascii() and _has_half(value)):
        raise _NotRead
    return value


def _has_half(text: str) -> bool:
    """Return whether a text holds half a character, which JSON can write and no text can keep."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _number(written: str) -> str:
    if len(written) > _LONGEST_NUMBER:
        raise _NotRead
    return written


def _no_constant(_: str) -> str:
    raise _NotRead


def _refused(what: str, rule: str, row: int | None, next_action: str = _LINES) -> InputRefused:
    return InputRefused(what, rule=rule, row=row, next_action=next_action)
