"""The dialect of a feed's workbooks, as a contract declares it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from safer_kpi.errors import ProjectError
from safer_kpi.intake.frame import Frame, refuse_no_pattern

HIDDEN = ("read", "refused")


@dataclass(frozen=True, kw_only=True)
class WorkbookDialect(Frame):
    """Where the table of a workbook is, how its header is written, and how large the file may be.

    Every pattern is a regular expression, case aside, against text whose runs of blanks are one space.

    Attributes:
        sheet: matches the whole name of exactly one visible sheet; a hidden sheet is never read.
        header_starts: required here; this term and those that follow it are those of ``Frame``.
        hidden: "read", and the receipt tells how many rows, columns and sheets are hidden; or "refused".
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
    hidden: str = "read"
    max_bytes: int = 32 * 2**20
    max_unpacked: int = 200 * 2**20
    max_expansion: int = 200
    max_cells: int = 2_000_000
    max_rows: int = 1_048_576
    max_columns: int = 1_000
    max_sheets: int = 200

    def __post_init__(self) -> None:
        super().__post_init__()
        refuse_no_pattern(self.sheet)
        if self.hidden not in HIDDEN:
            raise ProjectError(
                f"The workbook's hidden is {self.hidden!r}.", next_action=f"Declare {' or '.join(HIDDEN)}."
            )
        if any(getattr(self, field.name) < 1 for field in fields(self) if field.name.startswith("max_")):
            raise ProjectError("A limit of the workbook is below 1.", next_action="Declare limits of 1 or more.")
