"""Which files of one command wait for the lease together, and which of them one transaction can commit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.landing.arrival import Arrival

#: The most files of one transaction, so that a command that is killed loses little and the disk holds few work files.
MOST_COMMITTED = 16
#: The most files that are read together, so that the first of a command are soon read.
MOST_READ = 8
#: A file of more bytes waits with one other.
_SMALL = 8 * 2**20


def is_small(source: str) -> bool:
    """Return whether a file is small; of one that lies elsewhere nobody knows before it is here."""
    if "://" in source:
        return False
    path = Path(source)
    return not path.is_file() or path.stat().st_size <= _SMALL


def fits(arrivals: Sequence[Arrival], another: Arrival) -> bool:
    """Return whether one more file can be committed with others: none of them changes what it meets in the lake.

    It has other bytes than they and shares no cell of a feed with them, and its rows are known, or why it is refused.
    """
    if not all(_is_judged(each) and _is_small(each) for each in (*arrivals, another)):
        return False
    hashes = {each.held.sha256 for each in arrivals if each.held is not None}
    if another.held is not None and another.held.sha256 in hashes:
        return False
    taken = {cell for each in arrivals for cell in _cells(each)}
    return taken.isdisjoint(_cells(another))


def _is_judged(arrival: Arrival) -> bool:
    return arrival.read is not None or arrival.refusal is not None


def _is_small(arrival: Arrival) -> bool:
    return arrival.held is None or arrival.held.size <= _SMALL


def _cells(arrival: Arrival) -> set[tuple[str, str]]:
    return set() if arrival.read is None else {(arrival.feed.name, cell) for cell in arrival.read.cells}
