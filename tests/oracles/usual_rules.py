"""How counts of 1 to 4 are usually hidden, and what an attacker knows of them then: the attacker is tried on these."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from tests.oracles.attacker import Knowledge, Name
from tests.oracles.public_files import Cell
from tests.oracles.revisions import Counts


def suppressed(counts: Mapping[Cell, int], sums: Sequence[tuple[Cell, list[Cell]]]) -> tuple[int, int]:
    """Hide 1 to 4 and show all else: how many are hidden, and how many an attacker works out exactly by adding up."""
    k = Knowledge()
    hidden = {cell: count for cell, count in counts.items() if 1 <= count <= 4}
    for cell, count in counts.items():
        k.number(cell, *((1, 4) if cell in hidden else (count, count)))
    for whole, parts in sums:
        k.is_sum(whole, parts)
    return len(hidden), sum(low == high for low, high in k.left(hidden, width=2).values())


def zero_or_five(releases: Sequence[Counts], *, with_totals: bool) -> tuple[int, int]:
    """Show 0 or 5 below five and the count itself from five, and keep what was shown while the count stays below five.

    The attacker knows how far each count moved between releases, and with ``with_totals`` the exact sum of the wards.
    How many counts are truly 1 to 4, and of how many fewer than five values are left.
    """
    k = Knowledge()
    wanted: dict[Name, int] = {}
    for number, counts in enumerate(releases):
        for cell, count in counts.items():
            name = (number, cell)
            if count > 5:
                k.number(name, count, count)
            elif count == 5 or _offset(cell) < count:
                k.number(name, 1, 5)  # a shown 5 is either five or a count below it
            else:
                k.number(name, 0, 4)
            if 1 <= count <= 4:
                wanted[name] = count
            if number:
                k.is_near((number - 1, cell), name, abs(count - releases[number - 1][cell]))
        for metric, quarter in {(metric, quarter) for metric, _, quarter in counts} if with_totals else ():
            wards = [cell for cell in counts if (cell[0], cell[2]) == (metric, quarter)]
            total = sum(counts[cell] for cell in wards)
            k.number((number, metric, quarter), total, total)
            k.is_sum((number, metric, quarter), [(number, cell) for cell in wards])
    return len(wanted), len(k.left(wanted))


def _offset(cell: object) -> int:
    """0 to 4, the same for a cell in every release."""
    return int.from_bytes(hashlib.sha256(repr(cell).encode()).digest()[:8], "big") % 5
