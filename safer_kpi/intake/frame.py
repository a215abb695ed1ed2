"""Where a table is among titles, totals and notes, as a contract declares it for a sheet or for a CSV file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from safer_kpi.errors import ProjectError

_MOST_HEADER_ROWS = 4
BESIDE = ("refused", "left_out")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """How a table is found among the other rows of a sheet or a file.

    Every pattern is a regular expression, case aside, against text whose runs of blanks are one space.

    Attributes:
        header_starts: matches one whole cell of the header's first row, and none in the rows above it; None where the
            header is the first row that is filled.
        header_rows: how many rows the header takes, 1 to 4; their texts are joined with " | ".
        fill_down: headers whose blank cells repeat the one above, as cells merged downwards mean.
        skip_rows: a row whose first filled cell one of these matches whole is no data: totals, subtitles.
        ends_at: the table ends before the first row whose first filled cell begins with one of these.
        nil_return: matches a whole cell that says there is nothing to report.
        strip_footnotes: headers in whose cells the marker of a footnote is left off at the end.
        title: matches a whole cell above the header, where there are several tables: the header is looked for below it.
        title_into: the heading under which each row holds that title, or the pattern's group; then every table with
            such a title is read, all under one header.
        beside: what stands beside the table, past a column without a heading: "refused", or "left_out", where the sheet
            has tables side by side and this is one of them.

    Raises:
        ProjectError: a list is one text, a pattern is invalid, or a number is out of range.
    """

    header_starts: str | None = None
    header_rows: int = 1
    fill_down: tuple[str, ...] = ()
    skip_rows: tuple[str, ...] = ()
    ends_at: tuple[str, ...] = ()
    nil_return: str | None = None
    strip_footnotes: tuple[str, ...] = ()
    title: str | None = None
    title_into: str | None = None
    beside: str = "refused"

    def __post_init__(self) -> None:
        for name in ("fill_down", "skip_rows", "ends_at", "strip_footnotes"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise ProjectError(f"The dialect's {name} is one text.", next_action="Declare a list of texts.")
            # A contract is read from plain lists.
            object.__setattr__(self, name, tuple(value))
        single = (one for one in (self.header_starts, self.nil_return, self.title) if one is not None)
        for pattern in (*single, *self.skip_rows, *self.ends_at):
            refuse_no_pattern(pattern)
        if self.title_into is not None and self.title is None:
            raise ProjectError(
                "The dialect's title_into has no title to hold.", next_action="Declare the title of its tables too."
            )
        if self.beside not in BESIDE:
            raise ProjectError(
                f"The dialect's beside is {self.beside!r}.", next_action=f"Declare {' or '.join(BESIDE)}."
            )
        if self.beside == "left_out" and self.title_into is not None:
            raise ProjectError(
                "The dialect reads every table under a title (title_into) and leaves out what stands beside one.",
                next_action="Declare one of the two: a feed for each table side by side, each with its title.",
            )
        if not 1 <= self.header_rows <= _MOST_HEADER_ROWS:
            raise ProjectError(
                f"The dialect's header_rows is {self.header_rows}.", next_action=f"Declare 1 to {_MOST_HEADER_ROWS}."
            )

    @property
    def framed(self) -> bool:
        """Whether other rows than a header in one row and its data may be there."""
        lists = (self.fill_down, self.skip_rows, self.ends_at, self.strip_footnotes)
        single = (self.header_starts, self.nil_return, self.title)
        return self.header_rows > 1 or self.beside == "left_out" or any(one is not None for one in single) or any(lists)


def refuse_no_pattern(pattern: str) -> None:
    """Raise ``ProjectError`` if a text is no pattern."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ProjectError(
            f"{pattern!r} is not a pattern: {error}.", next_action="Declare a regular expression as Python writes them."
        ) from None
    if not pattern.strip():
        raise ProjectError("A pattern of the dialect is blank.", next_action="Declare what the text must be.")
