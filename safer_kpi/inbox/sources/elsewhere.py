"""Ask a place that fsspec opens for a file: a bucket, a server of files, a shared folder."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from safer_kpi.catalogue.source import Asked
from safer_kpi.errors import FetchFailed, SourceUnreachable
from safer_kpi.inbox.arrivals import file_time, stamp
from safer_kpi.inbox.sources.answers import Absent, Answer, Changing, Got, Unchanged
from safer_kpi.inbox.sources.writing import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
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
        with _reading(address):
            place = self.opener(address)
            place.filesystem.invalidate_cache()
            listed = place.filesystem.glob(place.root, detail=True)
            found = sorted(str(path) for path, info in listed.items() if info["type"] != "directory")
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
        shown = f"{urlsplit(source).scheme}: {asked.name}"
        with _reading(source):
            place = self.opener(source if "*" in source else asked.address)
            path = asked.address if "*" in source else place.root
            before = _info(place, path)
            if before is None:
                return Absent()
            if before.get("islink"):
                raise _link(shown)
            if validators.get("stamp") == stamp(before):
                return Unchanged()
            self._refuse_large(int(before.get("size") or 0), shown)
            if place.is_local and float(before.get("mtime") or 0) > time.time() - self.settle_seconds:
                return Changing()
            with written(to, asked.name, shown) as file, place.filesystem.open(path, "rb") as incoming:
                while piece := incoming.read(_PIECE):
                    file.write(piece)
                    self._refuse_large(file.size, shown)
            after = _info(place, path)
        if after is None or stamp(after) != stamp(before) or file.size != int(before.get("size") or file.size):
            to.unlink()
            return Changing()
        return Got(
            sha256=file.sha256,
            bytes=file.size,
            published_at=file_time({name: value for name, value in before.items() if name != "created"}),
            validators={"stamp": stamp(before)},
        )

    def _refuse_large(self, size: int, shown: str) -> None:
        if size > self.max_bytes:
            raise FetchFailed(
                f"{shown} holds more than {self.max_bytes:,} bytes, the most its contract allows.",
                next_action="Nothing of it was kept. If it is right, raise source.max_bytes.",
            )


def _info(place: Place, path: str) -> dict[str, Any] | None:
    """Return what the place says of a file; None if there is none."""
    place.filesystem.invalidate_cache()
    try:
        found: dict[str, Any] = place.filesystem.info(path)
    except FileNotFoundError:
        return None
    return found if found["type"] == "file" else None


def _link(shown: str) -> FetchFailed:
    return FetchFailed(
        f"{shown} is a link, and links are not followed.", next_action="Ask for the file itself to be put there."
    )


@contextmanager
def _reading(address: str) -> Iterator[None]:
    """Name a place that cannot be read. Each filesystem raises errors of its own, whose texts may hold a key."""
    scheme = urlsplit(address).scheme
    try:
        yield
    except FetchFailed:
        raise
    except ImportError:
        raise FetchFailed(
            f"Files on {scheme}:// need a package that is not installed.",
            next_action="Install fsspec's filesystem for it, such as s3fs or sshfs.",
        ) from None
    except Exception as problem:  # noqa: BLE001 (each filesystem raises errors of its own)
        raise SourceUnreachable(
            f"The source on {scheme}:// cannot be read ({type(problem).__name__}).",
            next_action="Check that it is there, and its credential.",
        ) from None
