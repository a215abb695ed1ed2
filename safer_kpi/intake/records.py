"""Read a file record by record if its quotes, line ends or rows need a check one at a time."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from safer_kpi.errors import InputRefused
from safer_kpi.intake.found import BLANKS
from safer_kpi.intake.header import quote_fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from safer_kpi.intake.dialect import Dialect
    from safer_kpi.intake.found import Preflight
    from safer_kpi.intake.outside import Outside

_EXPORT_AGAIN = "Ask the partner to export the file again with its quotes closed and doubled."


@dataclass
class Written:
    """The counts of a clean copy; ``rows`` is the number of its records."""

    rows: int = 0
    rows_read: int = 0
    rows_skipped: int = 0
    malformed: list[tuple[int, str]] = field(default_factory=list)


def write_clean(
    source: Path,
    target: Path,
    found: Preflight,
    dialect: Dialect,
    columns: Sequence[str | None],
    outside: Outside,
) -> Written:
    """Write the good records of UTF-8 text to ``target``: source row, then the named columns, every field quoted.

    A record of nothing but delimiters, spaces and tabs is skipped, unless the file has one column. Any other record
    with a wrong number of fields is malformed and goes to ``outside``; fields of columns without a name may be missing.

    Raises:
        InputRefused: ``header`` (a column without a name is filled), ``column_count``, ``truncated``,
            ``unclosed_quote``, ``quote`` or ``line_length``.
    """
    with (
        source.open(encoding="utf-8-sig" if found.bom else "utf-8", errors="strict", newline="") as text,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        walk = _Walk(text, found, dialect, columns, outside)
        csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(walk.good())
    return walk.written


class Records:
    """The records of a text, one at a time.

    Raises while iterated:
        InputRefused: ``unclosed_quote``, ``quote``.
    """

    def __init__(self, text: TextIO, dialect: Dialect) -> None:
        self._most = dialect.max_line_bytes
        csv.field_size_limit(self._most)
        self._taken = 0
        self._reader = csv.reader(
            self._lines(text), delimiter=dialect.delimiter, quotechar=dialect.quote, doublequote=True, strict=True
        )

    def __iter__(self) -> Iterator[list[str]]:
        """Return the fields of each record."""
        number = 0
        try:
            for row in self._reader:
                number += 1
                self._taken = 0
                yield row
        except csv.Error as error:
            rule, words = quote_fault(error)
            raise InputRefused(
                f"Row {number + 1:,} cannot be read: {words}.", rule=rule, row=number + 1, next_action=_EXPORT_AGAIN
            ) from None
        except _TooLong:
            raise InputRefused(
                f"Row {number + 1:,} spans lines for more than {self._most:,} characters: "
                "a quote is opened and not closed.",
                rule="unclosed_quote",
                row=number + 1,
                next_action=_EXPORT_AGAIN,
            ) from None

    def _lines(self, text: TextIO) -> Iterator[str]:
        """Yield the lines of the text; refuse a record that has too many characters."""
        most = self._most
        for line in text:
            self._taken += len(line)
            if self._taken > most:
                raise _TooLong
            yield line


class _TooLong(Exception):
    pass


def too_many_malformed(allowed: int, fields: int, first: int) -> InputRefused:
    """Return the refusal of a file in which more rows than allowed have a wrong number of fields."""
    return InputRefused(
        f"More than {allowed:,} rows do not have the {fields} fields of the header.",
        rule="column_count",
        row=first,
        next_action="Ask the partner whether the delimiter and quotes of their export have changed.",
    )


class _Walk:
    def __init__(
        self, text: TextIO, found: Preflight, dialect: Dialect, columns: Sequence[str | None], outside: Outside
    ) -> None:
        self._outside = outside
        self._records = Records(text, dialect)
        self._found = found
        self._places = [place for place, name in enumerate(columns) if name is not None]
        self._allowed = dialect.max_malformed_rows
        self.written = Written()

    def good(self) -> Iterator[list[str]]:
        """Return each good record after the header, its source row before the named fields."""
        written, places, width, named = self.written, self._places, len(self._found.header), self._found.named
        number, fields = 1, width
        for number, row in enumerate(self._records, 1):
            fields = len(row)
            if number == 1:
                continue
            if not row or (width > 1 and row[0] < "!" and not "".join(row).strip(BLANKS)):
                written.rows_skipped += 1
                fields = width
            elif named <= fields <= width:
                if fields > named:
                    _refuse_unnamed(row, named, number)
                written.rows += 1
                yield [str(number), *[row[place] for place in places]]
            else:
                self._outside.take(row)
                self._malformed(number)
        written.rows_read = number - 1
        if fields < named and not self._found.ended:
            raise InputRefused(
                f"The last line is cut short: it has {fields} of {named} fields and no line end.",
                rule="truncated",
                row=number,
                next_action="Ask the partner to send the file again.",
            )

    def _malformed(self, number: int) -> None:
        malformed = self.written.malformed
        malformed.append((number, "column_count"))
        if len(malformed) > self._allowed:
            raise too_many_malformed(self._allowed, self._found.named, malformed[0][0])


def _refuse_unnamed(row: Sequence[str], named: int, number: int) -> None:
    """Raise if a column without a name is filled."""
    for place, text in enumerate(row[named:], named + 1):
        if text.strip(BLANKS):
            raise InputRefused(
                f"Column {place} is filled in row {number:,} but has no name in the header.",
                rule="header",
                row=number,
                next_action="Ask the partner to name the column, or to remove what stands beside the table.",
            )
