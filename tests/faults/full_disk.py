"""A file system that fills: a small tmpfs where this user may mount one, else a limit on the size of files."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 48 * 2**20


@contextmanager
def small_file_system(folder: Path) -> Iterator[str]:
    """Mount a tmpfs on a folder; yield ``tmpfs``, or ``file-size limit`` if this user may not mount."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    words = ["-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "tmpfs", str(folder)]
    if not mount or not umount or subprocess.run([mount, *words], capture_output=True, check=False).returncode:
        yield "file-size limit"
        return
    try:
        yield "tmpfs"
    finally:
        subprocess.run([umount, "-l", str(folder)], check=True, capture_output=True)


@contextmanager
def room(folder: Path, how: str, left: int) -> Iterator[None]:
    """Leave that many bytes of room: by a file that fills the rest, or by the most that any file may have."""
    if how == "tmpfs":
        filler = folder / "filler"
        with filler.open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, max(_free(folder) - left, 1))
        try:
            yield
        finally:
            filler.unlink()
        return
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (left, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def _free(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
