"""One cell of an OpenDocument sheet as text: its typed value if it has one, else the text that it shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.intake.workbook.refused import damaged, too_large
from safer_kpi.intake.workbook.sheet import LONGEST_NUMBER, NOT_CALCULATED, whole
from safer_kpi.intake.workbook.text import LONGEST, iso_text, number_text, trimmed

if TYPE_CHECKING:
    from collections.abc import Mapping

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_KIND, _VALUE = f"{_OFFICE} value-type", f"{_OFFICE} value"
_DAY, _TIME, _TRUTH, _STRING = (f"{_OFFICE} {kind}-value" for kind in ("date", "time", "boolean", "string"))
_FORMULA = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 formula"
_TEXT_SPACE = "urn:oasis:names:tc:opendocument:xmlns:text:1.0 "
_COUNT = f"{_TEXT_SPACE}c"
_NUMBERS = {"float", "percentage", "currency"}
_DURATION = re.compile(r"PT(\d{1,6})H(\d{1,2})M(\d{1,2})(?:[.,](\d+))?S", re.ASCII)
_BLANKS = re.compile(r"[ \t\r\n]+")


class OdsCell:
    """A cell while it is read; ``times`` is how often it stands side by side.

    A cell that a merged one covers holds nothing, for nobody sees what is under it.
    """

    def __init__(self, given: Mapping[str, str], *, row: int, covered: bool, times: int) -> None:
        self._given, self._row, self._covered, self.times = given, row, covered, times
        self._open = self._skipped = self._length = 0
        self._paragraphs: list[str] = []
        self._held: list[str] = []
        self._in_paragraph = 0

    @property
    def is_outermost(self) -> bool:
        """Whether no element inside the cell is open."""
        return self._open == 0

    @property
    def takes(self) -> bool:
        """Whether characters that come now are the cell's own text, which it shows."""
        return bool(self._in_paragraph) and not self._skipped and not self._covered

    def start(self, local: str, name: str, given: Mapping[str, str]) -> None:
        """Handle the start of an element inside the cell; comments, pictures and tables within it are passed over."""
        self._open += 1
        if self._skipped or not name.startswith(_TEXT_SPACE):
            self._skipped += 1
        elif local == "p" and not self._in_paragraph:
            self._in_paragraph = self._open
            if self._paragraphs or self._held:
                self._paragraphs.append("\n")
        elif self._in_paragraph and local in {"s", "tab", "line-break"}:
            self._flush()
            number = whole(given.get(_COUNT, "1")) if local == "s" else 1
            if number is None or number > LONGEST:
                raise self._too_long()
            self._add({"s": " " * number, "tab": "\t", "line-break": "\n"}[local])

    def end(self) -> None:
        """Handle the end of an element inside the cell."""
        if self._skipped:
            self._skipped -= 1
        elif self._open == self._in_paragraph:
            self._flush()
            self._in_paragraph = 0
        self._open -= 1

    def take(self, text: str) -> None:
        """Handle some characters of the cell."""
        if self._in_paragraph and not self._skipped:
            self._held.append(text)
            self._length += len(text)
            if self._length > LONGEST:
                raise self._too_long()

    def text(self) -> str | None:
        """Return the cell as text, None if it is empty.

        Raises:
            InputRefused: ``damaged``: its value is not what its kind says.
        """
        if self._covered:
            return None
        given, kind = self._given, self._given.get(_KIND)
        if any(len(value) > LONGEST for value in given.values()):
            raise self._too_long()
        if kind in _NUMBERS:
            written = given.get(_VALUE, "")
            number = number_text(written, "number", from_1904=False) if len(written) <= LONGEST_NUMBER else None
            if number is None:
                raise damaged(f"A cell of row {self._row:,} claims to be a number but is not.", self._row)
            return number
        if kind == "date":
            return trimmed(iso_text(given.get(_DAY, "")))
        if kind == "boolean":
            if given.get(_TRUTH) not in {"true", "false"}:
                raise damaged(f"A cell of row {self._row:,} is neither true nor false.", self._row)
            return given[_TRUTH].upper()
        if kind == "time" and (match := _DURATION.fullmatch(given.get(_TIME, ""))):
            hours, minutes, seconds, fraction = match.groups()
            part = f".{fraction[:3]:0<3}" if fraction and fraction.strip("0") else ""
            return f"{int(hours):02}:{int(minutes):02}:{int(seconds):02}{part}"
        shown = trimmed(given.get(_STRING) or "".join(self._paragraphs))
        return NOT_CALCULATED if shown is None and kind is None and _FORMULA in given else shown

    def _flush(self) -> None:
        """Add the characters that are held: each run of blanks among them is one blank."""
        self._add(_BLANKS.sub(" ", "".join(self._held)))
        self._held.clear()

    def _add(self, text: str) -> None:
        self._paragraphs.append(text)
        self._length += len(text) if text.isspace() else 0
        if self._length > LONGEST:
            raise self._too_long()

    def _too_long(self) -> Exception:
        return too_large(f"A cell of row {self._row:,} has more than {LONGEST:,} characters.", self._row)
