"""What an attacker knows of numbers that are hidden: bounds of cells, and sums and differences between cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, nan
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Places = NDArray[np.int64]

#: A cell's number times a factor.
Term = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one published figure says of one cell: the least and the most that it can be, and where it stands."""

    cell: int
    least: float
    most: float
    words: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A sum of terms lies between two numbers: an equation, a containment, or a bound on a revision."""

    terms: tuple[Term, ...]
    least: float
    most: float
    words: str


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of several sums of terms is at most its limit: a cell was revised, or a figure was under ten."""

    choices: tuple[tuple[tuple[Term, ...], float], ...]
    words: str


@dataclass(frozen=True)
class System:
    """Everything known, in columns: one entry per cell, one row of the matrix per relation.

    Attributes:
        lower, upper: the bounds of each cell that figures state; never below 0.
        lower_by, upper_by: the figure that states the bound, as an index; -1 for none.
        truth: the true number; not a number if it is unknown.
        is_audited: whether the cell must keep enough possible numbers.
        enough: how many possible numbers in a row the cell must keep.
        matrix, least, most: what relations state.
    """

    names: tuple[str, ...]
    figures: tuple[Figure, ...]
    relations: tuple[Relation, ...]
    eithers: tuple[Either, ...]
    lower: Numbers
    upper: Numbers
    lower_by: Places
    upper_by: Places
    truth: Numbers
    is_audited: Flags
    enough: Places
    matrix: Any
    least: Numbers
    most: Numbers


@dataclass
class Knowledge:
    """Collect cells, figures and relations, one at a time."""

    names: list[str] = field(default_factory=list)
    truths: list[float] = field(default_factory=list)
    enough: list[int] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    eithers: list[Either] = field(default_factory=list)

    def cell(self, name: str, *, truth: int | None = None, enough: int = 0) -> int:
        """Add a cell and return its place; ``enough`` above 0 has it audited."""
        self.names.append(name)
        self.truths.append(nan if truth is None else truth)
        self.enough.append(enough)
        return len(self.names) - 1

    def say(self, cell: int, least: float, most: float, words: str) -> None:
        """Add what a figure says of a cell."""
        self.figures.append(Figure(cell, least, most, words))

    def relate(self, terms: Sequence[Term], least: float, most: float, words: str) -> None:
        """Add a relation between cells."""
        self.relations.append(Relation(tuple(terms), least, most, words))

    def add_up(self, whole: int, parts: Sequence[int], words: str) -> None:
        """State that a whole is the sum of its parts."""
        self.relate([(whole, 1.0), *((part, -1.0) for part in parts)], 0, 0, words)

    def contain(self, whole: int, parts: Sequence[int], words: str) -> None:
        """State that parts are together at most the whole."""
        self.relate([(whole, 1.0), *((part, -1.0) for part in parts)], 0, inf, words)

    def link(self, before: int, after: int, change: float, words: str) -> None:
        """State that a cell changed by at most ``change``, and by no less than 1."""
        if change < inf:
            self.relate([(after, 1.0), (before, -1.0)], -change, change, words)
        up, down = ((after, 1.0), (before, -1.0)), ((before, 1.0), (after, -1.0))
        self.eithers.append(Either(((up, -1.0), (down, -1.0)), words))

    def system(self) -> System:
        """Return everything in columns."""
        size = len(self.names)
        lower, upper = np.zeros(size), np.full(size, inf)
        lower_by, upper_by = np.full(size, -1), np.full(size, -1)
        for place, figure in enumerate(self.figures):
            if figure.least > lower[figure.cell]:
                lower[figure.cell], lower_by[figure.cell] = figure.least, place
            if figure.most < upper[figure.cell]:
                upper[figure.cell], upper_by[figure.cell] = figure.most, place
        return System(
            names=tuple(self.names),
            figures=tuple(self.figures),
            relations=tuple(self.relations),
            eithers=tuple(self.eithers),
            lower=lower,
            upper=upper,
            lower_by=lower_by,
            upper_by=upper_by,
            truth=np.array(self.truths, dtype=float),
            is_audited=np.array(self.enough, dtype=np.int64) > 0,
            enough=np.array(self.enough, dtype=np.int64),
            matrix=rows_of([relation.terms for relation in self.relations], size),
            least=np.array([relation.least for relation in self.relations], dtype=float),
            most=np.array([relation.most for relation in self.relations], dtype=float),
        )


def rows_of(rows: Sequence[Sequence[Term]], width: int) -> Any:
    """Return sums of terms as the rows of a sparse matrix."""
    ends = np.cumsum([0, *(len(terms) for terms in rows)])
    columns = np.array([cell for terms in rows for cell, _ in terms], dtype=np.int64)
    factors = np.array([factor for terms in rows for _, factor in terms], dtype=float)
    matrix = csr_array((factors, columns, ends), shape=(len(rows), width))
    matrix.sum_duplicates()
    return matrix
