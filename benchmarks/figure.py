"""One line of the bench table, and how its two sides are timed."""

from __future__ import annotations

import gc
import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One ratio.

    Attributes:
        name: what is measured / what it is measured against.
        ours: seconds of the first side, the median of its rounds.
        theirs: seconds of the second side, the median of its rounds.
        goal: the ratio that should not be exceeded; None where there is none.
        note: sizes, and where the seconds go.
    """

    name: str
    ours: float
    theirs: float
    goal: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times as long ours takes."""
        return self.ours / self.theirs


def alternate(*sides: Callable[[], object], rounds: int) -> list[float]:
    """Return the median seconds of each side; the sides take turns, so a busy minute slows all of them."""
    seconds: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for spent, side in zip(seconds, sides, strict=True):
            spent.append(timed(side))
    return [statistics.median(spent) for spent in seconds]


def timed(side: Callable[[], object]) -> float:
    """Seconds of one call; earlier garbage is collected first."""
    gc.collect()
    started = time.perf_counter()
    side()
    return time.perf_counter() - started


def process(*command: str) -> None:
    """Run a command in a process of its own; its output is not of interest, its failure is."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def words(parts: Sequence[tuple[str, float]]) -> str:
    """``import 0.21 s, parse 0.40 s``."""
    return ", ".join(f"{name} {seconds:.2f} s" for name, seconds in parts)
