"""Who reads files on this machine before they hold the lease: their work files are nobody else's to remove."""

from __future__ import annotations

import fcntl
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from safer_kpi.failures import translated
from safer_kpi.files import private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.settings import Settings

LOCK = "reading.lock"
"""The file in the home that readers share a lock of; the system releases it when a reader dies."""


@contextmanager
def at_work(settings: Settings) -> Iterator[None]:
    """Keep the folder of work files from being swept until the block ends; many may be at work at once."""
    with translated(places=(settings.home,)):
        private_folder(settings.scratch)
        with tempfile.TemporaryFile(dir=settings.scratch):
            pass  # who may not write here is told so before anything is read
        lock = (settings.home / LOCK).open("ab")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@contextmanager
def nobody_at_work(settings: Settings) -> Iterator[bool]:
    """Yield whether nobody is at work; then nobody begins before the block ends."""
    with (settings.home / LOCK).open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
