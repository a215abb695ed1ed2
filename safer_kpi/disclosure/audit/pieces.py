"""Divide a system into pieces that no relation joins, so that each can be solved by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from safer_kpi.disclosure.audit.knowledge import Either, Numbers, Places, System

#: Small pieces are solved together, about so many cells at a time: one call of the solver costs more than its work.
_TOGETHER = 1500


@dataclass(frozen=True)
class Piece:
    """A part of a system: cells that are not fixed, the relations among them, and limits without the fixed cells.

    Attributes:
        cells: the places of the cells in the system.
        rows: the places of the relations in the system.
        groups: for each cell of the piece, the number of the smallest part that it belongs to.
        eithers: those that name a cell of the piece.
    """

    system: System
    cells: Places
    rows: Places
    groups: Places
    lower: Numbers
    upper: Numbers
    fixed: Numbers
    matrix: Any
    least: Numbers
    most: Numbers
    row_groups: Places
    eithers: tuple[Either, ...]

    def place_of(self) -> Mapping[int, int]:
        """Return the column of each cell."""
        return {int(cell): column for column, cell in enumerate(self.cells)}


class Pieces:
    """Find the piece of any cell."""

    def __init__(self, system: System, lower: Numbers, upper: Numbers) -> None:
        self.system, self.lower, self.upper = system, lower, upper
        self._is_free = upper > lower
        entries = system.matrix.tocoo()
        kept = self._is_free[entries.coords[1]]
        size, rows = len(lower), len(system.least)
        ends = [(size + rows + at, cell) for at, either in enumerate(system.eithers) for cell in _cells(either)]
        tied = np.array(ends, dtype=np.int64).reshape(-1, 2)
        tied = tied[self._is_free[tied[:, 1]]]
        first = np.concatenate([size + entries.coords[0][kept], tied[:, 0]])
        second = np.concatenate([entries.coords[1][kept], tied[:, 1]])
        total = size + rows + len(system.eithers)
        graph = csr_array((np.ones(len(first)), (first, second)), shape=(total, total))
        _, labels = connected_components(graph, directed=False)
        self._cell_group, self._row_group = labels[:size], labels[size : size + rows]
        self._either_group = labels[size + rows :]
        self._cells_of = _listed(self._cell_group, self._is_free)
        held = np.zeros(rows, dtype=bool)
        held[entries.coords[0][kept]] = True
        self._rows_of = _listed(self._row_group, held)
        self._eithers_of = _listed(self._either_group, np.ones(len(system.eithers), dtype=bool))

    def batches(self, cells: Places) -> Iterator[Piece]:
        """Return pieces that hold the cells, small ones several together."""
        waiting: list[int] = []
        size = 0
        for group in dict.fromkeys(self._cell_group[cells].tolist()):
            waiting.append(group)
            size += len(self._cells_of[group])
            if size >= _TOGETHER:
                yield self._piece(waiting)
                waiting, size = [], 0
        if waiting:
            yield self._piece(waiting)

    def of(self, cell: int) -> Piece:
        """Return the smallest piece of one cell."""
        return self._piece([int(self._cell_group[cell])])

    def _piece(self, groups: Sequence[int]) -> Piece:
        system = self.system
        cells = np.concatenate([self._cells_of[group] for group in groups])
        empty = np.array([], dtype=np.int64)
        rows = np.concatenate([self._rows_of.get(group, empty) for group in groups])
        fixed = np.where(self._is_free, 0.0, self.lower)
        matrix = system.matrix[rows]
        gone = matrix @ np.where(np.isinf(fixed), 0.0, fixed)
        return Piece(
            system=system,
            cells=cells,
            rows=rows,
            groups=self._cell_group[cells],
            lower=self.lower[cells],
            upper=self.upper[cells],
            fixed=fixed,
            matrix=matrix[:, cells],
            least=system.least[rows] - gone,
            most=system.most[rows] - gone,
            row_groups=self._row_group[rows],
            eithers=tuple(system.eithers[at] for group in groups for at in self._eithers_of.get(group, empty).tolist()),
        )


def _cells(either: Either) -> set[int]:
    return {cell for terms, _ in either.choices for cell, _ in terms}


def _listed(groups: Places, kept: Any) -> dict[int, Places]:
    """Return the places of each group, of those that are kept."""
    places = np.flatnonzero(kept)
    order = places[np.argsort(groups[places], kind="stable")]
    numbers, starts = np.unique(groups[order], return_index=True)
    return dict(zip(numbers.tolist(), np.split(order, starts[1:]), strict=True)) if len(order) else {}
