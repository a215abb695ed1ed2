"""Audit one table of cells and margins, whoever published it: what do its hidden cells still tell?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from safer_kpi.disclosure.audit.judge import judge
from safer_kpi.disclosure.audit.knowledge import Knowledge
from safer_kpi.disclosure.audit.result import FALSE_RELATION, Finding
from safer_kpi.errors import InputRefused, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: Names of margins, in small letters.
TOTALS = ("total", "all", "totals", "grand total", "overall")
#: Marks of hidden cells, in small letters: each may be 1 to 4 unless options say otherwise. An empty cell is one.
HIDDEN = ("", "*", "**", "c", "[c]", "(c)", "s", "x", "suppressed")
#: Marks of cells of which nothing is known and which hide nobody.
NOT_KNOWN = ("..", "...", ":", "z", "[z]", "[x]", "n/a", "na", "[u]", "[low]")
SMALL = (1.0, 4.0)
_NUMBER = re.compile(r"\d{1,3}(,\d{3})+|\d+")
_UNDER = re.compile(r"(<|under|fewer than|less than)\s*(\d+)", re.IGNORECASE)
_BETWEEN = re.compile(r"(\d+)\s*(-|\u2013|to)\s*(\d+)")


class Range(NamedTuple):
    """The least and the most that a cell can be, as the table itself says."""

    least: float
    most: float


@dataclass(frozen=True)
class Terms:
    """How a table is to be read.

    Attributes:
        value: the column of the numbers; default: the last one.
        totals: further names of margins.
        marks: what each mark stands for, by its text; None for the most: it has no end.
        rounded: visible numbers are multiples of this and less than it away from the true ones; 1 if they are exact.
        width: how many possible numbers in a row each hidden cell must keep, if its mark leaves so many.
        absent_is_zero: a combination that has no row counts nothing; else nothing is known of it.
        within: which member of a dimension is the sum of which others.
    """

    value: str | None = None
    totals: Sequence[str] = ()
    marks: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    rounded: int = 1
    width: int = 5
    absent_is_zero: bool = True
    within: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Audited:
    """The answer of the audit of a table.

    Attributes:
        dimensions: the columns that name a cell.
        rows: one per hidden cell that keeps too few numbers: its dimensions, ``line``, ``least``, ``most``, ``values``,
            ``needed`` and ``because``.
        cells, hidden, relations: how much was examined.
    """

    dimensions: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    cells: int
    hidden: int
    relations: int

    @property
    def passed(self) -> bool:
        """Return whether every hidden cell keeps enough numbers."""
        return not self.rows


def audit_table(lines: Sequence[Mapping[str, str]], terms: Terms | None = None) -> Audited:
    """Audit a table.

    Args:
        lines: its rows, each with a text for every column.
        terms: how it is to be read.

    Raises:
        UsageError: a column that is named does not exist.
        InputRefused: a cell is neither a number nor a mark, two rows are one cell, or no numbers fit the table.
    """
    table = _Table(lines, terms or Terms())
    table.read()
    table.relate()
    system = table.knowledge.system()
    findings = judge(system)
    for finding in findings:
        if finding.kind == FALSE_RELATION:
            sums = [words for words in finding.because if " is the sum of " in words]
            raise InputRefused(
                f"No numbers fit the table as it was read: {'; '.join(sums[:3]) or finding.cell}.",
                rule="margins",
                next_action="Say what each mark stands for with --hidden, such as --hidden '*=0-', which relations hold"
                " with --within, --rounded or --absent-unknown, or correct the table.",
            )
    rows = tuple(table.row(finding) for finding in findings)
    return Audited(table.dimensions, rows, len(system.names), int(system.is_audited.sum()), len(system.relations))


class _Table:
    def __init__(self, lines: Sequence[Mapping[str, str]], terms: Terms) -> None:
        if not lines:
            raise InputRefused(
                "The table has no rows.", rule="rows", next_action="Give a table with a header and rows."
            )
        columns = list(lines[0])
        value = terms.value or columns[-1]
        if value not in columns:
            raise UsageError(
                f"The table has no column {value!r}.",
                next_action=f"Name the column of the numbers: {', '.join(columns)}.",
            )
        self.lines, self.terms, self.value = lines, terms, value
        self.dimensions = tuple(column for column in columns if column != value)
        self.knowledge = Knowledge()
        self.cells: dict[tuple[str, ...], int] = {}
        self._line: dict[str, int] = {}
        self._totals = {*TOTALS, *(name.casefold() for name in terms.totals)}

    def read(self) -> None:
        """Make a cell of each row."""
        marks = {
            mark.casefold(): Range(low, inf if high is None else high) for mark, (low, high) in self.terms.marks.items()
        }
        for number, line in enumerate(self.lines, start=2):
            place = tuple(line[column].strip() for column in self.dimensions)
            if place in self.cells:
                raise InputRefused(
                    f"Row {number} is of the same cell as an earlier one.", rule="one row per cell", row=number,
                    next_action="Keep the columns that tell them apart, or audit each table by itself.",
                )  # fmt: skip
            least, most, is_hidden = self._read(line[self.value].strip(), marks, number)
            enough = int(min(self.terms.width, most - least + 1)) if is_hidden else 0
            name = f"row {number}"
            cell = self.cells[place] = self.knowledge.cell(name, enough=enough if enough > 1 else 0)
            self._line[name] = number
            shown = "hidden" if is_hidden else "shown"
            self.knowledge.say(cell, least, most, f"row {number} ({', '.join(place)}) is {shown}: {_span(least, most)}")

    def _read(self, text: str, marks: Mapping[str, Range], number: int) -> tuple[float, float, bool]:
        """Return what a cell can be, and whether it is hidden."""
        small = text.casefold()
        if small in marks:
            return (*marks[small], True)
        if _NUMBER.fullmatch(text):
            shown = int(text.replace(",", ""))
            return max(0, shown - self.terms.rounded + 1), shown + self.terms.rounded - 1, False
        if small in HIDDEN:
            return (*SMALL, True)
        if small in NOT_KNOWN:
            return 0, inf, False
        if under := _UNDER.fullmatch(text):
            return 1, int(under[2]) - 1, True
        if between := _BETWEEN.fullmatch(text):
            return int(between[1]), int(between[3]), True
        raise InputRefused(
            f"Row {number} has neither a whole number nor a known mark in {self.value!r}.", rule="numbers and marks",
            row=number, next_action="Say what the mark stands for, such as --hidden 'MARK=1-4'.",
        )  # fmt: skip

    def relate(self) -> None:
        """State every margin as the sum of its members, and every sum that is declared."""
        for at, dimension in enumerate(self.dimensions):
            members = list(dict.fromkeys(place[at] for place in self.cells))
            sums = dict(self._declared(members))
            totals = [member for member in members if member.casefold() in self._totals]
            inside = {part for parts in sums.values() for part in parts}
            for total in totals:
                sums.setdefault(total, [one for one in members if one not in totals and one not in inside])
            for whole, parts in sums.items():
                self._sum(at, dimension, whole, parts)

    def _declared(self, members: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        for whole, parts in self.terms.within.items():
            if whole in members and any(part in members for part in parts):
                yield whole, list(parts)

    def _sum(self, at: int, dimension: str, whole: str, parts: Sequence[str]) -> None:
        for place, cell in list(self.cells.items()):
            if place[at] != whole:
                continue
            beside = [self.cells.get((*place[:at], part, *place[at + 1 :])) for part in parts]
            there = [one for one in beside if one is not None]
            if not there:
                continue
            words = f"{self.knowledge.names[cell]}, {whole}, is the sum of {len(there)} rows by {dimension}"
            if len(there) == len(beside) or self.terms.absent_is_zero:
                self.knowledge.add_up(cell, there, words)
            else:
                self.knowledge.contain(cell, there, f"{words} and of rows that are not there")

    def row(self, finding: Finding) -> dict[str, Any]:
        """Return a hidden cell that is narrowed as a row."""
        number = self._line[finding.cell]
        line = self.lines[number - 2]
        least, most = finding.least, finding.most
        return {
            **{column: line[column] for column in self.dimensions},
            "line": number,
            "least": least,
            "most": most,
            "values": None if least is None or most is None else most - least + 1,
            "needed": self.knowledge.enough[self.knowledge.names.index(finding.cell)],
            "because": list(finding.because),
        }


def _span(least: float, most: float) -> str:
    if least == most:
        return f"{least:g}"
    return f"{least:g} or more" if most == inf else f"{least:g} to {most:g}"
