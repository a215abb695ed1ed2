"""Name the figures and relations by which a cell is narrowed: those that prove its least and its most."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import vstack

from safer_kpi.disclosure.audit.bounds import NEAR
from safer_kpi.disclosure.audit.cores import core

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.disclosure.audit.knowledge import Places, System
    from safer_kpi.disclosure.audit.pieces import Piece

#: A reason looks at so many cells around the narrowed one; the bounds of the others are left out.
_AROUND = 4000


class Reasons:
    """Explain cells of one system."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._rows_of = system.matrix.tocsc()

    def of(self, cell: int, *, run: tuple[int, int] | None = None, piece: Piece | None = None) -> tuple[str, ...]:
        """Return the words of all figures and relations that hold a cell's least and most where they are.

        A linear program's multipliers say which they are. Where fractions would leave more room than the ``run`` of
        numbers that the cell has, the relations of its piece without which the next number were possible stand beside.
        """
        cells, rows = self._around(cell)
        words: dict[str, None] = {}
        for side, sign in enumerate((1.0, -1.0)):
            end, held = self._holding(cell, cells, rows, sign)
            is_looser = run is not None and (end is None or sign * (run[side] - end) > NEAR)
            if is_looser and run is not None and piece is not None:
                held = list(core(piece, cell, run[side] - int(sign))) or held
            words.update(dict.fromkeys(held))
        return tuple(words) or tuple(dict.fromkeys(self._touching(cell)))

    def _around(self, cell: int) -> tuple[Places, Places]:
        """Return the cells and relations that reach the cell; an exact figure needs no further proof."""
        system = self.system
        cells, rows = {cell: None}, dict[int, None]()
        waiting = deque([cell])
        while waiting and len(cells) < _AROUND:
            here = waiting.popleft()
            if here != cell and system.lower[here] == system.upper[here]:
                continue
            for row in self._column(here):
                if row in rows:
                    continue
                rows[row] = None
                for other, _ in system.relations[row].terms:
                    if other not in cells:
                        cells[other] = None
                        waiting.append(other)
        whole_rows = [row for row in rows if all(other in cells for other, _ in system.relations[row].terms)]
        return np.array(list(cells)), np.array(whole_rows, dtype=np.int64)

    def _column(self, cell: int) -> list[int]:
        start, end = self._rows_of.indptr[cell : cell + 2]
        return [int(row) for row in self._rows_of.indices[start:end]]

    def _holding(self, cell: int, cells: Places, rows: Places, sign: float) -> tuple[float | None, list[str]]:
        """Return the least (or the most) of a cell, fractions allowed, and what holds it there."""
        system = self.system
        goal = np.where(cells == cell, sign, 0.0)
        matrix = system.matrix[rows][:, cells]
        least, most = system.least[rows], system.most[rows]
        same = least == most
        above, below = ~same & np.isfinite(most), ~same & np.isfinite(least)
        answer = linprog(
            goal,
            A_ub=vstack([matrix[above], -matrix[below]]) if (above | below).any() else None,
            b_ub=np.concatenate([most[above], -least[below]]) if (above | below).any() else None,
            A_eq=matrix[same] if same.any() else None,
            b_eq=most[same] if same.any() else None,
            bounds=np.column_stack([system.lower[cells], system.upper[cells]]),
            method="highs",
        )
        if answer.status != 0:
            return None, []
        words: list[str] = []
        holds_low = np.abs(answer.lower.marginals) > NEAR
        holds_high = np.abs(answer.upper.marginals) > NEAR
        for one, low, high in zip(cells.tolist(), holds_low.tolist(), holds_high.tolist(), strict=True):
            for is_held, by in ((low, system.lower_by[one]), (high, system.upper_by[one])):
                if is_held and by >= 0:
                    words.append(system.figures[by].words)
        equal = rows[same][np.abs(answer.eqlin.marginals) > NEAR] if same.any() else rows[:0]
        unequal = (
            np.concatenate([rows[above], rows[below]])[np.abs(answer.ineqlin.marginals) > NEAR]
            if (above | below).any()
            else rows[:0]
        )
        words += [system.relations[row].words for row in [*equal.tolist(), *unequal.tolist()]]
        end = float(answer.x[int(np.flatnonzero(cells == cell)[0])])
        return (np.ceil(end - 100 * NEAR) if sign > 0 else np.floor(end + 100 * NEAR)), words

    def _touching(self, cell: int) -> Iterator[str]:
        system = self.system
        for row in self._column(cell):
            yield system.relations[row].words
            for other, _ in system.relations[row].terms:
                for by in (system.lower_by[other], system.upper_by[other]):
                    if by >= 0:
                        yield system.figures[by].words
