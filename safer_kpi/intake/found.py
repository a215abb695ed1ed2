"""The results of pre-flight and of parsing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BLANKS = " \t\v\f"
"""The characters of a blank line."""


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """The result of one streaming pass over the bytes.

    Attributes:
        header: the column names as written, in order; empty ones at the end are columns without a name. None at all
            where the contract declares how the table is found.
        encoding: the encoding every byte was checked against.
        bom: whether a UTF-8 byte order mark opens the file.
        compressed: whether the file is gzip, by its first bytes.
        plain: whether every line is one record: no quoted line break, no lone carriage return, no blank between
            a quote and its delimiter. Only then is the fast path tried.
        newline: ``lf``, ``crlf`` or ``mixed``, by the line feeds; ``cr`` where there are only carriage returns.
        bytes: the size after decompression.
        lines: line feeds, and one for an unended last line.
        ended: whether the last line has its line end.
    """

    header: tuple[str, ...]
    encoding: str
    bom: bool
    compressed: bool
    plain: bool
    newline: str
    bytes: int
    lines: int
    ended: bool

    @property
    def named(self) -> int:
        """The number of columns before those at the end that have no name."""
        return len(self.header) - self.header.count("")


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """The records of one file as all-text Parquet, in file order; read it through ``relation_sql``.

    Attributes:
        parquet: the file, written whole or not at all.
        columns: the named columns, in the file's order.
        rows_read: every record after the header, blank and malformed ones included.
        rows_skipped: blank rows, of delimiters alone or of nothing; and what else the contract says is no data.
        malformed: (source row, rule) of each record that is not in the Parquet because it cannot be read.
        numbered: whether source rows are stored; they are not where every record of the file is there, and the
            place in the Parquet gives them.
        nil: whether a workbook says itself that there is nothing to report, and holds no data row.
        hidden_rows: rows of a workbook's table that are hidden, and read.
        hidden_columns: columns of the table that are hidden, and read.
        hidden_sheets: hidden sheets of a workbook, which are never read.
        others: columns that the contract leaves out: stored to be searched for identifiers, and for nothing else.
        header_row: the header's row where a child finds it; None elsewhere.
        constants: the value of columns that hold it in every row, and are not stored.
    """

    parquet: Path
    columns: tuple[str, ...]
    rows_read: int
    rows_skipped: int
    malformed: tuple[tuple[int, str], ...]
    numbered: bool
    nil: bool = False
    hidden_rows: int = 0
    hidden_columns: int = 0
    hidden_sheets: int = 0
    others: tuple[str, ...] = ()
    header_row: int | None = None
    constants: Mapping[str, str | None] = field(default_factory=dict)

    def relation_sql(self) -> str:
        """Return a DuckDB SELECT: one row per record, ``source_row`` BIGINT (the header is row 1) and text columns.

        Text is exact, blanks included; an empty field is NULL. The order is not promised: sort by ``source_row``.
        """
        return self._select(self.columns)

    def searched_sql(self) -> str:
        """Return the same with the columns that the contract leaves out."""
        return self._select((*self.columns, *self.others))

    def _select(self, columns: tuple[str, ...]) -> str:
        names = "".join(f", {self._cell_sql(name)}" for name in columns)
        place = "source_row" if self.numbered else "file_row_number + 2 AS source_row"
        option = "" if self.numbered else ", file_row_number = true"
        return f"SELECT {place}{names} FROM read_parquet({literal(unglobbed(self.parquet))}{option})"

    def _cell_sql(self, column: str) -> str:
        name = identifier(column)
        if column not in self.constants:
            return name
        value = self.constants[column]
        return f"{'NULL' if value is None else literal(value)}::VARCHAR AS {name}"


def unglobbed(path: Path) -> str:
    """Return a path in which DuckDB finds no wildcard."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in str(path))
