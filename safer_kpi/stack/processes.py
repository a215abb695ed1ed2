"""Processes as the kernel lists them: their session, their start, and how to end them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.stack.layout import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process. ``started`` (clock ticks since the machine's start) tells it from a later one with the same id."""

    pid: int
    parent: int
    session: int
    started: int


def look(pid: int) -> Process | None:
    """Return the process with that id; None if there is none or it is dead."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything
    state, parent, session, started = fields[0], int(fields[1]), int(fields[3]), int(fields[19])
    return None if state in "ZX" else Process(pid, parent, session, started)


def every() -> Iterator[Process]:
    """Return every live process."""
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (process := look(int(entry.name))) is not None:
            yield process


def is_alive(pid: int, started: int) -> bool:
    """Return whether that same process still lives."""
    process = look(pid)
    return process is not None and process.started == started


def of_session(leader: int) -> list[Process]:
    """Return the processes of a component's session, which outlives the component."""
    return [process for process in every() if process.session == leader]


def descendants(pid: int) -> list[Process]:
    """Return the children of a process, their children, and so on."""
    children: dict[int, list[Process]] = {}
    for process in every():
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += [process.pid for process in below]
    return found


def marked(folder: Path) -> list[Process]:
    """Return every process whose environment names the stack in ``folder``, except this one.

    Their descendants with another environment are included.
    """
    mark = f"{MARKER}={folder}".encode()
    found = set()
    for process in every():
        try:
            environment = (_PROC / str(process.pid) / "environ").read_bytes()
        except OSError:
            continue  # gone, or a stranger's
        if mark in environment.split(b"\0") and process.pid != os.getpid():
            found.update([process, *descendants(process.pid)])
    return [process for process in found if process.pid != os.getpid()]


def send(processes: Iterable[Process], number: signal.Signals) -> None:
    """Signal each process that is still the same process."""
    for process in processes:
        if is_alive(process.pid, process.started):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)


def end(find: Callable[[], list[Process]], *, seconds: float = 5) -> int:
    """Kill the processes that ``find`` returns until it returns none: a process may fork while it is being killed.

    Returns:
        How many were killed.
    """
    killed: set[Process] = set()
    deadline = time.monotonic() + seconds
    while (found := find()) and time.monotonic() < deadline:
        send(found, signal.SIGKILL)
        killed.update(found)
        time.sleep(0.02)
    return len(killed)
