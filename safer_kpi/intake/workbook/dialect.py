"""The dialect of a feed's workbooks, as a contract declares it."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from safer_kpi.errors import ProjectError

_MOST_HEADER_ROWS = 4


@dataclass(frozen=True, kw_only=True)
class WorkbookDialect:
    """Where the table of a workbook is, how its header is written, and how large the file may be.

    Every pattern is a regular expression, case aside, against text whose runs of blanks are one space.

    Attributes:
        sheet: matches the whole name of exactly one visible sheet; a hidden sheet is never read.
        header_starts: matches one whole cell of the header's first row, and none in the rows above it.
        header_rows: how many rows the header takes, 1 to 4; their texts are joined with " | ".
        fill_down: headers whose blank cells repeat the one above, as cells merged downwards mean.
        skip_rows: a row whose first filled cell one of these matches whole is no data: totals, subtitles.
        ends_at: the table ends before the first row whose first filled cell begins with one of these.
        nil_return: matches a whole cell that says there is nothing to report.
        strip_footnotes: headers in whose cells the marker of a footnote is left off at the end.
        max_bytes: the largest file.
        max_unpacked: the most bytes its parts may unpack to, and the most text the table may hold.
        max_expansion: the largest ratio of unpacked to packed bytes, judged past 16 MB.
        max_cells: the most cells of the sheet, blank ones included, and the most texts its cells share.
        max_rows: the last row that may be filled.
        max_columns: the last column that may be filled.
        max_sheets: the most sheets, hidden ones included.

    Raises:
        ProjectError: a pattern is invalid, or a number is out of range.
    """

    sheet: str
    header_starts: str
    header_rows: int = 1
    fill_down: tuple[str, ...] = ()
    skip_rows: tuple[str, ...] = ()
    ends_at: tuple[str, ...] = ()
    nil_return: str | None = None
    strip_footnotes: tuple[str, ...] = ()
    max_bytes: int = 32 * 2**20
    max_unpacked: int = 200 * 2**20
    max_expansion: int = 200
    max_cells: int = 2_000_000
    max_rows: int = 1_048_576
    max_columns: int = 1_000
    max_sheets: int = 200

    def __post_init__(self) -> None:
        for name in ("fill_down", "skip_rows", "ends_at", "strip_footnotes"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise ProjectError(f"The workbook's {name} is one text.", next_action="Declare a list of texts.")
            # A contract is read from plain lists.
            object.__setattr__(self, name, tuple(value))
        patterns = [self.sheet, self.header_starts, *self.skip_rows, *self.ends_at]
        for pattern in patterns if self.nil_return is None else [*patterns, self.nil_return]:
            _refuse_no_pattern(pattern)
        if not 1 <= self.header_rows <= _MOST_HEADER_ROWS:
            raise ProjectError(
                f"The workbook's header_rows is {self.header_rows}.", next_action=f"Declare 1 to {_MOST_HEADER_ROWS}."
            )
        if any(getattr(self, field.name) < 1 for field in fields(self) if field.name.startswith("max_")):
            raise ProjectError("A limit of the workbook is below 1.", next_action="Declare limits of 1 or more.")


def _refuse_no_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ProjectError(
            f"{pattern!r} is not a pattern: {error}.", next_action="Declare a regular expression as Python writes them."
        ) from None
    if not pattern.strip():
        raise ProjectError("A pattern of the workbook is blank.", next_action="Declare what the text must be.")
