"""What an audit answers: pass, or which cells are narrowed, by which figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

#: The version of what the auditor knows and checks; it stands in every record.
VERSION = 2

NARROWED = "narrowed"
UNDECIDED = "undecided"
FALSE_FIGURE = "the model is wrong: a figure"
FALSE_RELATION = "the model is wrong: a relation"
PUBLISHED_TWICE = "published twice"
OUTSIDE_RULE = "outside the rule"
NOT_A_SUM = "not the sum it is called"
TWO_SERIES = "two series of one period"
PART_MISSING = "a part is not published"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason against publication.

    Attributes:
        kind: one of the constants of this module.
        cell: the cell's name; empty if the finding is about a relation.
        least, most: the only numbers left, for a cell that is narrowed.
        because: the figures, with their files, and the relations that show it.
        model: the link model under which it was found; empty if it holds under each.
    """

    kind: str
    cell: str
    least: int | None = None
    most: int | None = None
    because: tuple[str, ...] = ()
    model: str = ""

    @property
    def row(self) -> dict[str, Any]:
        """Return the finding as a row of columns."""
        return asdict(self) | {"because": list(self.because)}


@dataclass(frozen=True, slots=True)
class Result:
    """The answer of an audit.

    Attributes:
        models: the link models that were examined, in words.
        width: how many possible numbers in a row every protected cell must keep.
        cells, audited, figures, relations: how much was examined, the largest of the models.
    """

    findings: tuple[Finding, ...]
    models: tuple[str, ...]
    width: int
    cells: int
    audited: int
    figures: int
    relations: int

    @property
    def passed(self) -> bool:
        """Return whether nothing speaks against publication."""
        return not self.findings

    @property
    def record(self) -> dict[str, Any]:
        """Return the result as plain values for a record; the same files give the same record."""
        return {
            "auditor": VERSION,
            "passed": self.passed,
            "models": list(self.models),
            "width": self.width,
            "cells": self.cells,
            "audited": self.audited,
            "figures": self.figures,
            "relations": self.relations,
            "findings": [finding.row for finding in self.findings],
        }
