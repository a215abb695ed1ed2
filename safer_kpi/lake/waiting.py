"""Wait for something that another process will let go of."""

from __future__ import annotations

import fcntl
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def came(attempt: Callable[[], bool], *, within: float, pause: float) -> bool:
    """Repeat an attempt until it succeeds or ``within`` seconds have passed; return whether it did."""
    deadline = time.monotonic() + within
    while not attempt():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
    return True


def locked(handle: int, kind: int, *, within: float) -> bool:
    """Lock an open file, ``LOCK_EX`` or ``LOCK_SH``; return whether nobody else held it for longer than ``within``."""

    def attempt() -> bool:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    return came(attempt, within=within, pause=0.02)
