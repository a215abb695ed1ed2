"""Four releases of one lake that revise each other: counts of wards by quarter, changed here and there by one to three.

The first release is taken as it is; each later one changes a share of the counts of the one before. Sums follow.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

#: A metric, a ward and a quarter.
Cell = tuple[str, str, str]
Counts = dict[Cell, int]


def revised(first: Mapping[Cell, int], *, releases: int, seed: int, share: float = 0.04) -> list[Counts]:
    """The counts of every release: of the share that changes, half rise and half fall, none below 0."""
    chance = random.Random(seed)
    found = [dict(first)]
    for _ in range(releases - 1):
        counts = dict(found[-1])
        for cell in sorted(counts):
            if chance.random() < share:
                counts[cell] = max(0, counts[cell] + chance.choice([-3, -2, -1, 1, 2, 3]))
        found.append(counts)
    return found
