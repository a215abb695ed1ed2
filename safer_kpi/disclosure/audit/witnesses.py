"""Show that cells have room: find solutions in whole numbers that give them other numbers than the true ones.

One solution of a linear program serves many cells at once. A solution is a witness only after it was rounded and
every relation of the cell's piece was checked in whole numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from safer_kpi.disclosure.audit.bounds import NEAR
from safer_kpi.disclosure.audit.solving import closed, holds, linear, sided

if TYPE_CHECKING:
    from safer_kpi.disclosure.audit.knowledge import Flags, Numbers, Places
    from safer_kpi.disclosure.audit.pieces import Piece

_ROUNDS, _IN_VAIN = 60, 5


class Seen:
    """The numbers that witnesses gave to cells, as distances from the centre: the true number, or one solution."""

    def __init__(self, centre: Numbers, enough: Places) -> None:
        self.centre, self.enough = centre, enough
        self.reach = int(enough.max(initial=1)) - 1
        self.marks = np.zeros((len(centre), 2 * self.reach + 1), dtype=bool)
        self.marks[:, self.reach] = True

    def record(self, cells: Places, numbers: Numbers) -> None:
        """Keep the numbers of one solution."""
        away = numbers - self.centre[cells]
        is_near = np.abs(away) <= self.reach
        self.marks[cells[is_near], (away[is_near] + self.reach).astype(np.int64)] = True

    def has_room(self, cells: Places) -> Flags:
        """Return whether each cell has enough numbers in a row, the centre among them."""
        low, high = self.run(cells)
        return np.asarray(high - low + 1 >= self.enough[cells])

    def run(self, cells: Places) -> tuple[Numbers, Numbers]:
        """Return the first and the last number of the row around the centre that was witnessed without a gap."""
        marks = self.marks[cells]
        up = np.cumprod(marks[:, self.reach + 1 :], axis=1).sum(axis=1)
        down = np.cumprod(marks[:, : self.reach][:, ::-1], axis=1).sum(axis=1)
        return self.centre[cells] - down, self.centre[cells] + up


def look_for(piece: Piece, seen: Seen, wanted: Places, *, seed: int) -> None:
    """Record what witnesses show of the wanted cells of a piece, until all have room or rounds are in vain."""
    chance = np.random.default_rng(seed)
    at = np.flatnonzero(np.isin(piece.cells, wanted))
    lower, upper = closed(piece)
    centre = seen.centre.copy()
    centre[np.setdiff1d(np.arange(len(centre)), piece.cells)] = 0.0
    point = np.where(np.isnan(centre), 0.0, centre) + piece.fixed
    rows = sided(piece, point)
    vain = 0
    for _ in range(_ROUNDS):
        at = at[~seen.has_room(piece.cells[at])]
        if not at.size or vain >= _IN_VAIN:
            return
        before = int(seen.marks[piece.cells[at]].sum())
        # A part of the cells move, the others make room for them.
        moved = at[chance.random(at.size) < 0.5] if vain or at.size > 1 else at
        goal = np.zeros(len(piece.cells))
        low, high = lower.copy(), upper.copy()
        cells = piece.cells[moved]
        first, last = seen.run(cells)
        now = seen.centre[cells]
        can_up, can_down = last + 1 <= upper[moved], first - 1 >= lower[moved]
        is_up = can_up & (~can_down | (chance.random(moved.size) < 0.5))
        target = np.where(is_up, last + 1, first - 1)
        low[moved] = np.maximum(low[moved], np.where(is_up, np.minimum(now, target), target))
        high[moved] = np.minimum(high[moved], np.where(is_up, target, now))
        goal[moved] = np.where(is_up, -1.0, 1.0) * (0.5 + chance.random(moved.size))
        answer = linear(rows, low, high, goal)
        if answer is not None:
            _keep(piece, seen, answer)
        vain = 0 if int(seen.marks[piece.cells[at]].sum()) > before else vain + 1


def _keep(piece: Piece, seen: Seen, answer: Numbers) -> None:
    near = np.round(answer)
    split = np.unique(piece.groups[np.abs(answer - near) > 100 * NEAR])
    right = holds(piece, near) & ~np.isin(piece.groups, split)
    seen.record(piece.cells[right], near[right])
