"""Files that are written whole or not at all, and the SHA-256 of a file."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def sync(path: Path) -> None:
    """Force a file's bytes, or a folder's names, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a path beside ``target`` to write to, and rename that file into place when the block ends without an error.

    The bytes and the new name are on disk before the block's end returns: a crash leaves the old file or the new one.
    The folder must exist. A reader that holds the old file open keeps reading it.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    try:
        yield beside
        sync(beside)
        beside.replace(target)
        sync(target.parent)
    finally:
        beside.unlink(missing_ok=True)


def write_durably(target: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file whole or not at all; a ``private`` one can be read by its owner alone."""
    with replacing(target) as beside:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in lower-case hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
