"""Narrow the bounds of all cells at once, relation by relation, until nothing moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from safer_kpi.disclosure.audit.knowledge import Numbers, Places

#: A whole number that floats miss by less than this is that number.
NEAR = 1e-7
#: Two cells that push each other up by one each time would never end; bounds are sound after any round.
_ROUNDS = 60


def propagate(matrix: Any, least: Numbers, most: Numbers, lower: Numbers, upper: Numbers) -> tuple[Numbers, Numbers]:
    """Return bounds that every solution in whole numbers lies within; a lower above an upper: no solution exists."""
    lower, upper = np.ceil(lower - NEAR), np.floor(upper + NEAR)
    entries = matrix.tocoo()
    rows, columns, factors = entries.coords[0], entries.coords[1], entries.data
    up = factors > 0
    for _ in range(_ROUNDS if rows.size else 0):
        lows = np.where(up, factors * lower[columns], factors * upper[columns])
        highs = np.where(up, factors * upper[columns], factors * lower[columns])
        at_most = (most[rows] - _others(rows, lows, len(most), -np.inf)) / factors
        at_least = (least[rows] - _others(rows, highs, len(most), np.inf)) / factors
        new_lower, new_upper = lower.copy(), upper.copy()
        np.maximum.at(new_lower, columns, np.ceil(np.where(up, at_least, at_most) - NEAR))
        np.minimum.at(new_upper, columns, np.floor(np.where(up, at_most, at_least) + NEAR))
        if np.array_equal(new_lower, lower) and np.array_equal(new_upper, upper):
            break
        lower, upper = new_lower, new_upper
        if (lower > upper).any():
            break
    return lower, upper


def _others(rows: Places, parts: Numbers, size: int, without_end: float) -> Numbers:
    """Return, for each entry, the sum of the other entries of its row; without end if one of them is."""
    is_open = np.isinf(parts)
    finite = np.where(is_open, 0.0, parts)
    total = np.bincount(rows, finite, size)[rows]
    others_open = np.bincount(rows, is_open, size)[rows] - is_open
    return np.where(others_open > 0, without_end, total - finite)
