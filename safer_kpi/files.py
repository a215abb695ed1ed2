"""Durable, atomic file writes, and the SHA-256 of a file."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from io import BufferedReader
    from pathlib import Path


def sync(path: Path) -> None:
    """Flush a file's bytes, or a folder's entries, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Yield a path beside ``target`` to write to, and rename that file to ``target`` if the block succeeds.

    The bytes and the new name are on disk when the block ends, so a crash leaves either the old file or the new one.
    The folder must exist. A reader that has the old file open keeps reading the old file.
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
    """Write a file completely or not at all; only its owner can read a ``private`` file."""
    with replacing(target) as beside:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o666)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)


def new_secret(path: Path) -> None:
    """Write 256 random bits in hex to a new file that its owner alone can read, in a folder of the same kind.

    Of two processes at once one wins, and neither reads half a secret. A file that is there stays as it is.
    """
    private_folder(path.parent)
    beside = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, os.urandom(32).hex().encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        pass
    finally:
        beside.unlink()


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner can enter, or make one private that is there already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private(folder, 0o700)


def make_private(path: Path, mode: int) -> bool:
    """Take the rights that ``mode`` does not have from all but a file's or folder's owner; return whether they had any.

    What belongs to somebody else stays as it is.
    """
    found = path.lstat()
    if not found.st_mode & 0o077 & ~mode or found.st_uid != os.geteuid() or path.is_symlink():
        return False
    path.chmod(found.st_mode & mode)
    return True


def private_opener(path: str, flags: int) -> int:
    """Open a file so that only its owner can read it from the first moment; for ``open(…, opener=private_opener)``."""
    return os.open(path, flags, 0o600)


def open_ordinary(path: Path) -> BufferedReader:
    """Open a file to read its bytes.

    Raises:
        OSError: it cannot be opened, or something else than an ordinary file has its name: opening a pipe would wait
            for whoever writes into it.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    kind = os.fstat(handle).st_mode
    if not stat.S_ISREG(kind):
        os.close(handle)
        code = errno.EISDIR if stat.S_ISDIR(kind) else errno.EINVAL
        raise OSError(code, "it is not an ordinary file", str(path))
    return os.fdopen(handle, "rb")


def bytes_of(path: Path) -> bytes:
    """Return the bytes of a file; :func:`open_ordinary` tells of its errors."""
    with open_ordinary(path) as stream:
        return stream.read()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in lower-case hexadecimal digits; :func:`open_ordinary` tells of its errors."""
    with open_ordinary(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


#: From this many bytes on, a file is worth a thread of its own to hash it.
LARGE = 2**18
Item = TypeVar("Item")
Result = TypeVar("Result")


def each_hashed(
    items: Sequence[Item], work: Callable[[Item], Result], *, is_slow: Callable[[Item], bool]
) -> list[Result]:
    """Return what ``work``, which hashes a file, answers for each item: side by side where it is slow.

    Hashing a large file, and waiting for a remote one, let other threads go on. A small one is hashed sooner than
    another thread has taken it.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor() as pool:
        slow = {place: pool.submit(work, item) for place, item in enumerate(items) if is_slow(item)}
        return [slow[place].result() if place in slow else work(item) for place, item in enumerate(items)]


_MOST_SHOWN = 80


def shown_name(name: str) -> str:
    """Return a file's name for people: line ends, escapes, direction marks and broken bytes escaped; its first part."""
    shown = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in name
    )
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…"


def as_text(name: str) -> str:
    """Return a file's name as text that can be stored: bytes that are not UTF-8 are written as escapes."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
