"""Write a download to a private file, hashed and counted; what is not whole, or not the file, does not stay."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from safer_kpi.inbox.sources.expected import require_expected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Hashed:
    """A file that is written piece by piece, with the hash and the number of its bytes."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self._digest, self.size = out, hashlib.sha256(), 0

    def write(self, piece: bytes) -> int:
        """Write a piece."""
        self._digest.update(piece)
        self.size += len(piece)
        return self._out.write(piece)

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written."""
        return self._digest.hexdigest()


@contextmanager
def written(to: Path, name: str, shown: str) -> Iterator[Hashed]:
    """Yield a file to write ``to``; after an error, or if it is not what its name says, it is deleted.

    Raises:
        FetchFailed: it is not the kind of file that its name says.
    """
    try:
        with to.open("wb") as out:
            file = Hashed(out)
            yield file
        require_expected(to, name, shown)
    except BaseException:
        to.unlink(missing_ok=True)
        raise
