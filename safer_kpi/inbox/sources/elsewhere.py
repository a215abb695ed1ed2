"""Ask a place that fsspec opens for a file: a bucket, a server of files, a shared folder."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from safer_kpi.catalogue.source import Asked
from safer_kpi.errors import FetchFailed, SourceUnreachable
from safer_kpi.inbox.arrivals import file_time, stamp
from safer_kpi.inbox.sources.answers import Absent, Answer, Changing, Got, Unchanged
from safer_kpi.inbox.sources.writing import written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from safer_kpi.inbox.place import Place

_PIECE = 2**18


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """A run's look at a place of files.

    Attributes:
        opener: opens an address with whatever credential it needs.
        max_bytes: the largest file.
        settle_seconds: how long a file must be unchanged.
    """

    opener: Callable[[str], Place]
    max_bytes: int
    settle_seconds: float

    def listed(self, address: str) -> list[Asked]:
        """Return the files that an address with a star stands for, in the order of their names.

        Raises:
            SourceUnreachable: the place cannot be listed.
        """
        place = self._open(address)
        try:
            place.filesystem.invalidate_cache()
            found = sorted(str(path) for path in place.filesystem.glob(place.root))
        except OSError as problem:
            raise _unreachable(address, problem) from None
        names = [path.rsplit("/", 1)[-1] for path in found]
        return [
            Asked(period="", address=path, name=name)
            for path, name in zip(found, names, strict=True)
            if name and not name.startswith(".")
        ]

    def ask(self, source: str, asked: Asked, validators: Mapping[str, str], to: Path) -> Answer:
        """Copy a file to ``to`` if it has changed.

        Args:
            source: the source's address; its protocol opens the place.
            asked: the file.
            validators: those of the bytes that are known; empty if the file is to be had in any case.
            to: a path that does not exist; it exists only if the answer is ``Got``.

        Raises:
            FetchFailed: what is there is not the file.
            SourceUnreachable: the place cannot be read.
        """
        place = self._open(source if "*" in source else asked.address)
        path = asked.address if "*" in source else place.root
        shown = f"{urlsplit(source).scheme}: {asked.name}"
        try:
            before = self._info(place, path)
            if before is None:
                return Absent()
            if validators.get("stamp") == stamp(before):
                return Unchanged()
            if int(before.get("size") or 0) > self.max_bytes:
                raise FetchFailed(
                    f"{shown} holds more than {self.max_bytes:,} bytes, the most its contract allows.",
                    next_action="Nothing of it was kept. If it is right, raise source.max_bytes.",
                )
            if place.is_local and float(before.get("mtime") or 0) > time.time() - self.settle_seconds:
                return Changing()
            with written(to, asked.name, shown) as file, place.filesystem.open(path, "rb") as incoming:
                while piece := incoming.read(_PIECE):
                    file.write(piece)
            after = self._info(place, path)
        except OSError as problem:
            raise _unreachable(source, problem) from None
        if after is None or stamp(after) != stamp(before) or file.size != int(before.get("size") or file.size):
            to.unlink()
            return Changing()
        return Got(
            sha256=file.sha256,
            bytes=file.size,
            published_at=file_time({name: value for name, value in before.items() if name != "created"}),
            validators={"stamp": stamp(before)},
        )

    def _open(self, address: str) -> Place:
        try:
            return self.opener(address)
        except ImportError:
            raise FetchFailed(
                f"Files on {urlsplit(address).scheme}:// need a package that is not installed.",
                next_action="Install fsspec's filesystem for it, such as s3fs or sshfs.",
            ) from None
        except OSError as problem:
            raise _unreachable(address, problem) from None

    def _info(self, place: Place, path: str) -> dict[str, Any] | None:
        place.filesystem.invalidate_cache()
        try:
            found: dict[str, Any] = place.filesystem.info(path)
        except FileNotFoundError:
            return None
        return found if found["type"] == "file" else None


def _unreachable(address: str, problem: OSError) -> SourceUnreachable:
    return SourceUnreachable(
        f"The source on {urlsplit(address).scheme}:// cannot be read ({type(problem).__name__}).",
        next_action="Check that it is there, and its credential.",
    )
