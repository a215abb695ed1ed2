"""The body of a download: within its limits, and continued where it was cut if it is still the same file."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from safer_kpi.errors import FetchFailed
from safer_kpi.inbox.sources.expected import require_expected
from safer_kpi.inbox.sources.writing import Hashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from requests import Response

_PIECE = 2**18
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Download:
    """A file that is downloaded in one or more requests."""

    def __init__(self, out: BinaryIO, shown: str, *, max_bytes: int, seconds: float) -> None:
        self._out, self._shown, self._max_bytes, self._seconds = out, shown, max_bytes, seconds
        self._ends = time.monotonic() + seconds
        self._validator = ""
        self.file = Hashed(out)
        self.is_whole = False

    @property
    def headers(self) -> Mapping[str, str]:
        """What asks for the rest of these same bytes; nothing where a download must begin anew."""
        if not (self.file.size and self._validator):
            return {}
        return {"Range": f"bytes={self.file.size}-", "If-Range": self._validator}

    def continues(self, response: Response) -> bool:
        """Return whether an answer with status 206 is the rest of the same file; if not, the download begins anew."""
        found = _RANGE.fullmatch(response.headers.get("content-range", "").strip())
        if self.file.size and found is not None and _validator(response.headers) == self._validator:
            first, last, size = map(int, found.groups())
            if first == self.file.size and last + 1 == size:
                return True
        self._restart()
        return False

    def take(self, response: Response) -> None:
        """Write the body of an answer: the whole file, or with status 206 the rest of it.

        Raises:
            FetchFailed: it is larger or slower than agreed.
            requests.exceptions.RequestException: the connection ended before it did.
        """
        if response.status_code != 206:
            self._restart()
        self._validator = _validator(response.headers)
        length = response.headers.get("content-length", "")
        self._refuse_large(self.file.size + int(length) if length.isdigit() else 0)
        for piece in response.iter_content(_PIECE):
            self.file.write(piece)
            self._refuse_large(self.file.size)
            if time.monotonic() > self._ends:
                raise FetchFailed(
                    f"{self._shown} sends too slowly: the file did not end in {self._seconds:,.0f} seconds.",
                    next_action="The next run asks again.",
                )
        self.is_whole = True

    def _restart(self) -> None:
        self._out.seek(0)
        self._out.truncate()
        self.file, self._validator = Hashed(self._out), ""

    def _refuse_large(self, size: int) -> None:
        if size > self._max_bytes:
            raise FetchFailed(
                f"{self._shown} holds more than {self._max_bytes:,} bytes, the most its contract allows.",
                next_action="Nothing of it was kept. If it is right, raise source.max_bytes.",
            )


@contextmanager
def downloading(to: Path, name: str, shown: str, *, max_bytes: int, seconds: float) -> Iterator[Download]:
    """Yield a download to ``to``; what did not come whole, or is not what its name says, is deleted.

    Raises:
        FetchFailed: what came is not the kind of file that its name says.
    """
    is_kept = False
    try:
        with to.open("wb") as out:
            download = Download(out, shown, max_bytes=max_bytes, seconds=seconds)
            yield download
        if download.is_whole:
            require_expected(to, name, shown)
            is_kept = True
    finally:
        if not is_kept:
            to.unlink(missing_ok=True)


def _validator(headers: Mapping[str, str]) -> str:
    """Return what names these very bytes: a strong tag or a date; nothing if they were packed for the way."""
    if headers.get("content-encoding", "identity") != "identity":
        return ""
    tag = headers.get("etag", "")
    return tag if tag and not tag.startswith("W/") else headers.get("last-modified", "")
