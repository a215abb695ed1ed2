"""Ask the HiGHS solver for one solution of a piece, with or without the either-or of its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, vstack

from safer_kpi.disclosure.audit.bounds import NEAR
from safer_kpi.disclosure.audit.knowledge import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.disclosure.audit.knowledge import Flags, Numbers, Term
    from safer_kpi.disclosure.audit.pieces import Piece

#: How many branches one question may take; beyond, it counts as not answered. A count of steps and not of seconds,
#: so that the same files always get the same answer.
_BRANCHES = 20_000
#: A cell without a bound is taken to be at most this above all that is known of the cells that it is joined with.
_BEYOND = 100.0


class Undecided(Exception):
    """The solver gave up within its limit of branches."""


def closed(piece: Piece) -> tuple[Numbers, Numbers]:
    """Return the bounds of a piece, with an end for cells that have none: above all that they can have to be."""
    truth = piece.system.truth[piece.cells]
    ends = piece.upper[np.isfinite(piece.upper)]
    top = (
        ends.sum() + piece.lower.sum() if np.isnan(truth).any() else max(ends.max(initial=0.0), truth.max(initial=0.0))
    )
    return piece.lower, np.where(np.isinf(piece.upper), top + _BEYOND, piece.upper)


def sided(piece: Piece, point: Numbers) -> tuple[Any, Numbers, Numbers]:
    """Return the rows of a piece with, for each either-or, the choice that a point of the whole system makes."""
    if not piece.eithers:
        return piece.matrix, piece.least, piece.most
    chosen = [
        next(choice for choice in either.choices if _sum(choice[0], point) <= choice[1] + NEAR)
        for either in piece.eithers
    ]
    matrix, most = _rows(piece, chosen)
    return (
        vstack([piece.matrix, matrix], format="csr"),
        np.concatenate([piece.least, np.full(len(most), -np.inf)]),
        np.concatenate([piece.most, most]),
    )


def linear(rows: tuple[Any, Numbers, Numbers], lower: Numbers, upper: Numbers, goal: Numbers) -> Numbers | None:
    """Return the solution that makes ``goal`` least, fractions allowed; None if none exists."""
    matrix, least, most = rows
    limits = LinearConstraint(matrix, least, most) if matrix.shape[0] else ()
    answer = milp(goal, constraints=limits, bounds=Bounds(lower, upper))
    return None if answer.x is None else np.asarray(answer.x)


def whole(piece: Piece, lower: Numbers, upper: Numbers) -> Numbers | None:
    """Return a solution of a piece in whole numbers within bounds that have an end; None if none exists.

    Raises:
        Undecided: the question took too many branches.
    """
    matrix, least, most = piece.matrix, piece.least, piece.most
    choices = [choice for either in piece.eithers for choice in either.choices]
    size, extra = len(piece.cells), len(choices)
    if choices:
        # A choice that is not taken (0) is released by as much as its sum can exceed its limit.
        of, limit = _rows(piece, choices)
        release = np.maximum(of.maximum(0) @ upper + of.minimum(0) @ lower - limit, 0.0)
        taken = csr_array((release, (np.arange(extra), np.arange(extra))), shape=(extra, extra))
        owner = np.repeat(np.arange(len(piece.eithers)), [len(either.choices) for either in piece.eithers])
        one = csr_array((np.ones(extra), (owner, np.arange(extra))), shape=(len(piece.eithers), extra))
        matrix = block_array([[matrix, csr_array((matrix.shape[0], extra))], [of, taken], [None, one]], format="csr")
        least = np.concatenate([least, np.full(extra, -np.inf), np.ones(len(piece.eithers))])
        most = np.concatenate([most, limit + release, np.full(len(piece.eithers), np.inf)])
    # HiGHS has returned fractions as whole numbers after its presolve: what does not hold is asked again without it.
    for presolve in (True, False):
        answer = milp(
            np.zeros(size + extra),
            integrality=np.ones(size + extra),
            constraints=LinearConstraint(matrix, least, most) if matrix.shape[0] else (),
            bounds=Bounds(np.concatenate([lower, np.zeros(extra)]), np.concatenate([upper, np.ones(extra)])),
            options={"node_limit": _BRANCHES, "presolve": presolve},
        )
        if answer.x is None and answer.status == 2:
            return None
        numbers = None if answer.x is None else np.asarray(np.round(answer.x[:size]))
        if numbers is not None and holds(piece, numbers).all():
            return numbers
    raise Undecided


def holds(piece: Piece, solution: Numbers) -> Flags:
    """Return, for each cell, whether whole numbers satisfy every relation of the cell's smallest part."""
    wrong = set(piece.groups[(solution < piece.lower) | (solution > piece.upper)].tolist())
    sums = piece.matrix @ solution
    slack = NEAR * np.maximum(1.0, np.abs(sums))
    wrong.update(piece.row_groups[(sums < piece.least - slack) | (sums > piece.most + slack)].tolist())
    if piece.eithers:
        point = piece.fixed.copy()
        point[piece.cells] = solution
        group_of = dict(zip(piece.cells.tolist(), piece.groups.tolist(), strict=True))
        for either in piece.eithers:
            if not any(_sum(terms, point) <= limit + NEAR for terms, limit in either.choices):
                wrong.update(group_of[cell] for terms, _ in either.choices for cell, _ in terms if cell in group_of)
    return ~np.isin(piece.groups, list(wrong))


def _rows(piece: Piece, choices: Sequence[tuple[Sequence[Term], float]]) -> tuple[Any, Numbers]:
    """Return choices as rows over the cells of the piece, and their limits without the fixed cells."""
    column: Mapping[int, int] = piece.place_of()
    rows = [[(column[cell], factor) for cell, factor in terms if cell in column] for terms, _ in choices]
    limits = [
        limit - sum(factor * piece.fixed[cell] for cell, factor in terms if cell not in column)
        for terms, limit in choices
    ]
    return rows_of(rows, len(piece.cells)), np.array(limits, dtype=float)


def _sum(terms: Sequence[Term], point: Numbers) -> float:
    return float(sum(factor * point[cell] for cell, factor in terms))
