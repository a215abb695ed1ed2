"""Find exactly which numbers one cell can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from safer_kpi.disclosure.audit.bounds import NEAR
from safer_kpi.disclosure.audit.solving import closed, linear, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.disclosure.audit.pieces import Piece
    from safer_kpi.disclosure.audit.witnesses import Seen


def run_around_centre(piece: Piece, cell: int, seen: Seen) -> tuple[int, int]:
    """Return the first and last of the numbers in a row, the centre among them, that a cell can have.

    The row ends where it is long enough for the cell.

    Raises:
        Undecided: a question took the solver too long.
    """
    at = int(np.flatnonzero(piece.cells == cell)[0])
    least, most = linear_ends(piece, at)
    one = np.array([cell])
    enough = int(seen.enough[cell])

    def run() -> tuple[int, int]:
        low, high = seen.run(one)
        return int(low[0]), int(high[0])

    for step in (1, -1):
        while True:
            low, high = run()
            number = high + 1 if step > 0 else low - 1
            if high - low + 1 >= enough or not least <= number <= most:
                break
            if not _can_be(piece, at, number, seen):
                break
    return run()


def possible_numbers(piece: Piece, cell: int) -> Iterator[int]:
    """Return every number that a cell can have, where bounds leave it an end."""
    at = int(np.flatnonzero(piece.cells == cell)[0])
    least, most = linear_ends(piece, at)
    for number in range(least, most + 1):
        if _solution(piece, at, number) is not None:
            yield number


def linear_ends(piece: Piece, at: int) -> tuple[int, int]:
    """Return the least and the most that relations leave the cell in column ``at``, fractions elsewhere allowed."""
    lower, upper = closed(piece)
    goal = np.zeros(len(piece.cells))
    rows = (piece.matrix, piece.least, piece.most)
    ends: list[float] = []
    for sign in (1.0, -1.0):
        goal[at] = sign
        answer = linear(rows, lower, upper, goal)
        ends.append(np.nan if answer is None else float(answer[at]))
    if np.isnan(ends).any():
        return 1, 0
    return int(np.ceil(ends[0] - 100 * NEAR)), int(np.floor(ends[1] + 100 * NEAR))


def _can_be(piece: Piece, at: int, number: int, seen: Seen) -> bool:
    answer = _solution(piece, at, number)
    if answer is not None:
        seen.record(piece.cells, answer)
    return answer is not None


def _solution(piece: Piece, at: int, number: int) -> np.ndarray | None:
    lower, upper = (bounds.copy() for bounds in closed(piece))
    lower[at] = upper[at] = number
    return whole(piece, lower, upper)
