"""A sheet of the workbook as a value: its title, what to know, and one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.publishing.workbook.cells import SHORTHANDS

if TYPE_CHECKING:
    from safer_kpi.publishing.workbook.cells import Cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in characters, and the note that it refers to; empty where it needs none."""

    heading: str
    width: int
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One sheet.

    Attributes:
        name: the name on its tab.
        title: what it holds, for its first cell and for the contents.
        says: what to know before reading it, a line each.
        columns, rows: its table.
    """

    name: str
    title: str
    says: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def table_name(self) -> str:
        """The name of its table."""
        return self.name.replace(" ", "_")

    @property
    def legend(self) -> tuple[str, ...]:
        """What to know before reading it, and the shorthands that it uses."""
        used = {cell for row in self.rows for cell in row if isinstance(cell, str)}
        return (*self.says, *(f"{short} {meaning}." for short, meaning in SHORTHANDS.items() if short in used))
