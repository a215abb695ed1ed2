"""What one command costs: seconds by the clock, seconds of processor, and the most memory of all its processes."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EVERY = 0.1


@dataclass(frozen=True, kw_only=True)
class Spent:
    """The cost of one command.

    Attributes:
        clock: seconds by the clock.
        processor: seconds of processor, of all its processes.
        peak: the most bytes of memory that its processes held at one time, by a look ten times a second; a
            page that they share counts once.
    """

    clock: float
    processor: float
    peak: int

    def __str__(self) -> str:
        return f"{self.clock:.1f} s, {self.processor:.1f} s of processor, {self.peak / 1e6:.0f} MB"


def spent(*command: str, environment: Mapping[str, str] | None = None) -> Spent:
    """Run a command to its end and return what it cost.

    Raises:
        RuntimeError: the command failed; its message is quoted.
    """
    before, started = os.times(), time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})}
    )
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_held, _tree(process.pid))))
        time.sleep(_EVERY)
    clock, after = time.perf_counter() - started, os.times()
    assert process.stderr is not None
    told = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise RuntimeError(f"{command[:4]} failed: {told[-2000:]}")
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(clock=clock, processor=used, peak=peak)


def processor_of(number: int) -> float:
    """Return the seconds of processor that a process has used, all that it started, and those of them that ended."""
    ticks = sum(map(_ticks, _tree(number)))
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(number: int) -> int:
    try:
        told = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended
        return 0
    return sum(map(int, told[11:15]))


def _tree(number: int) -> Iterator[int]:
    """Yield a process and all that it started."""
    yield number
    try:
        for task in Path(f"/proc/{number}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _tree(int(child))
    except OSError:  # it has just ended
        return


def _held(number: int) -> int:
    """Return the bytes of memory of a process; what it shares with others is divided among them."""
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
