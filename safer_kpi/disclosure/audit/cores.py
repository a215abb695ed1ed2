"""Find a few relations that together keep a cell from having a number, where fractions alone would let it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from safer_kpi.disclosure.audit.solving import Undecided, closed, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from safer_kpi.disclosure.audit.pieces import Piece


def core(piece: Piece, cell: int, number: int) -> Iterator[str]:
    """Return the words of relations none of which can be left out, of the cell's figures and of exact ones in them.

    QuickXplain (Junker, 2004): divide what may be left out, and search each half while the other stands.
    """
    at = int(np.flatnonzero(piece.cells == cell)[0])
    every = list(range(len(piece.rows) + len(piece.eithers)))
    if not _is_impossible(piece, at, number, every):
        return
    system = piece.system
    kept = _needed(piece, at, number, [], every, was_added=False)
    cells: dict[int, None] = {}
    for place in sorted(kept):
        if place < len(piece.rows):
            relation = system.relations[piece.rows[place]]
            terms, words = relation.terms, relation.words
        else:
            either = piece.eithers[place - len(piece.rows)]
            terms, words = tuple(term for choice, _ in either.choices for term in choice), either.words
        yield words
        cells.update(dict.fromkeys(one for one, _ in terms))
    for one in cells:
        if one != cell and system.lower[one] < system.upper[one]:
            continue
        for by in (system.lower_by[one], system.upper_by[one]):
            if by >= 0:
                yield system.figures[by].words


def _needed(
    piece: Piece, at: int, number: int, standing: Sequence[int], loose: Sequence[int], *, was_added: bool
) -> list[int]:
    if was_added and _is_impossible(piece, at, number, standing):
        return []
    if len(loose) == 1:
        return list(loose)
    half = len(loose) // 2
    first, second = loose[:half], loose[half:]
    from_second = _needed(piece, at, number, [*standing, *first], second, was_added=bool(first))
    from_first = _needed(piece, at, number, [*standing, *from_second], first, was_added=bool(from_second))
    return [*from_first, *from_second]


def _is_impossible(piece: Piece, at: int, number: int, kept: Sequence[int]) -> bool:
    """Return whether the relations that are kept leave no solution with the number; figures always stand."""
    rows = np.array([one for one in kept if one < len(piece.rows)], dtype=np.int64)
    part = replace(
        piece,
        lower=piece.system.lower[piece.cells],
        upper=piece.system.upper[piece.cells],
        matrix=piece.matrix[rows],
        least=piece.least[rows],
        most=piece.most[rows],
        rows=piece.rows[rows],
        row_groups=piece.row_groups[rows],
        eithers=tuple(piece.eithers[one - len(piece.rows)] for one in kept if one >= len(piece.rows)),
    )
    lower, upper = (bounds.copy() for bounds in closed(part))
    if not lower[at] <= number <= upper[at]:
        return True
    lower[at] = upper[at] = number
    try:
        return whole(part, lower, upper) is None
    except Undecided:
        return False
