"""Orphans of a stack become the supervisor's children, so that none stays behind as a dead entry of the process table.

In a container there may be no init that waits for them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Have the kernel hand us the children of our children when those die. Linux knows how; elsewhere init does it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(known: AbstractSet[int]) -> None:
    """Wait for the dead among our children, but for those known by their number: their owners wait for them."""
    with contextlib.suppress(ChildProcessError):
        while (seen := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and seen.si_pid not in known:
            os.waitpid(seen.si_pid, os.WNOHANG)
