"""Judge a system: every true number must fit it, and every audited cell must keep enough possible numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from safer_kpi.disclosure.audit.bounds import NEAR, propagate
from safer_kpi.disclosure.audit.exact import run_around_centre
from safer_kpi.disclosure.audit.pieces import Pieces
from safer_kpi.disclosure.audit.reasons import Reasons
from safer_kpi.disclosure.audit.result import FALSE_FIGURE, FALSE_RELATION, NARROWED, UNDECIDED, Finding
from safer_kpi.disclosure.audit.solving import Undecided, closed, whole
from safer_kpi.disclosure.audit.witnesses import Seen, look_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.disclosure.audit.knowledge import Numbers, Places, System
    from safer_kpi.disclosure.audit.pieces import Piece


def judge(system: System) -> tuple[Finding, ...]:
    """Return what speaks against publication; nothing if every audited cell keeps enough numbers.

    If a true number does not fit what is known, the model is wrong and only that is answered.
    """
    wrong = tuple(contradictions(system))
    if wrong:
        return wrong
    lower, upper = propagate(system.matrix, system.least, system.most, system.lower, system.upper)
    if (lower > upper).any():
        cell = int(np.flatnonzero(lower > upper)[0])
        return (Finding(FALSE_RELATION, system.names[cell], because=Reasons(system).of(cell)),)
    pieces = Pieces(system, lower, upper)
    audited = np.flatnonzero(system.is_audited)
    centre = np.where(lower == upper, lower, system.truth)
    free = audited[upper[audited] > lower[audited]]
    batches = list(pieces.batches(free))
    for piece in batches:
        if not _complete(piece, centre):
            cell = int(piece.cells[0])
            return (Finding(FALSE_RELATION, system.names[cell], because=Reasons(system).of(cell)),)
    seen = Seen(centre, system.enough)
    for seed, piece in enumerate(batches):
        look_for(piece, seen, free, seed=seed)
    reasons = Reasons(system)
    examined = (_examined(int(cell), pieces, seen, reasons) for cell in audited[~seen.has_room(audited)])
    return tuple(finding for finding in examined if finding is not None)


def contradictions(system: System) -> Iterator[Finding]:
    """Return the figures and relations that the true numbers do not fit."""
    truth = system.truth
    for figure in system.figures:
        if not np.isnan(truth[figure.cell]) and not figure.least <= truth[figure.cell] <= figure.most:
            yield Finding(FALSE_FIGURE, system.names[figure.cell], because=(figure.words,))
    sums = system.matrix @ truth
    slack = NEAR * np.maximum(1.0, np.abs(np.nan_to_num(sums)))
    for row in np.flatnonzero((sums < system.least - slack) | (sums > system.most + slack)).tolist():
        yield Finding(FALSE_RELATION, "", because=(system.relations[row].words,))
    for either in system.eithers:
        sides = [sum(factor * truth[cell] for cell, factor in terms) - limit for terms, limit in either.choices]
        if not np.isnan(sides).any() and min(sides) > NEAR:
            yield Finding(FALSE_RELATION, "", because=(either.words,))


def _complete(piece: Piece, centre: Numbers) -> bool:
    """Give the cells whose true numbers are unknown those of one solution; return whether one exists."""
    known = ~np.isnan(centre[piece.cells])
    if known.all():
        return True
    lower, upper = (bounds.copy() for bounds in closed(piece))
    lower[known] = upper[known] = centre[piece.cells][known]
    answer = whole(piece, lower, upper)
    if answer is not None:
        centre[piece.cells] = answer
    return answer is not None


def _examined(cell: int, pieces: Pieces, seen: Seen, reasons: Reasons) -> Finding | None:
    """Return what is certain of a cell that no witness gave enough room yet; None if it has room after all."""
    name = pieces.system.names[cell]
    one: Places = np.array([cell])
    if pieces.upper[cell] > pieces.lower[cell] and not seen.has_room(one)[0]:
        try:
            run_around_centre(pieces.of(cell), cell, seen)
        except Undecided:
            return Finding(UNDECIDED, name, because=reasons.of(cell))
    if seen.has_room(one)[0]:
        return None
    low, high = seen.run(one)
    run = int(low[0]), int(high[0])
    piece = pieces.of(cell) if pieces.upper[cell] > pieces.lower[cell] else None
    return Finding(NARROWED, name, *run, reasons.of(cell, run=run, piece=piece))
