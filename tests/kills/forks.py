"""Work in forked children that are killed. A process forks before it has any thread, and has imported all they need."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable

Write = Callable[[str], object]
_PARENT_DEATH = 1


def end_with_parent() -> None:
    """Let the kernel kill this process when the one that forked it ends, however that is."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)


def in_child(work: Callable[[Write], object]) -> tuple[int, bytes]:
    """Run ``work(write)`` in a child; answers its exit status and what it wrote, with ``!`` before an exception."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            work(lambda text: os.write(writer, text.encode()))
            os._exit(0)
        except BaseException as problem:  # noqa: BLE001 (the parent reports it)
            os.write(writer, f"!{type(problem).__name__}: {problem}".encode())
            os._exit(1)
    os.close(writer)
    written = b""
    while chunk := os.read(reader, 65536):
        written += chunk
    os.close(reader)
    return os.waitpid(child, 0)[1], written


def kill_after(seconds: float) -> None:
    """Kill this process in a while."""
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


def killed_at(work: Callable[[Write], object], seconds: float) -> tuple[int, bytes]:
    """Do work in a child and kill it so long after it said that it began."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        work(lambda text: os.write(writer, text.encode()))
        os._exit(0)
    os.close(writer)
    written = os.read(reader, 1)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(max(0.0, min(0.01, deadline - time.monotonic())))
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    while chunk := os.read(reader, 65536):
        written += chunk
    os.close(reader)
    return status, written
