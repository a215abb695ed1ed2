"""Make orphans of a stack the supervisor's children, so that no dead entry stays in the process table.

A container may have no init process that waits for them.
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
    """Ask Linux to make us the parent of orphaned descendants; on other systems init becomes the parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans(known: AbstractSet[int]) -> None:
    """Wait for our dead children, except the known process ids: the owners of those wait for them."""
    with contextlib.suppress(ChildProcessError):
        while (seen := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and seen.si_pid not in known:
            os.waitpid(seen.si_pid, os.WNOHANG)
