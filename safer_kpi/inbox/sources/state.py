"""What is known of a source: which of its files were fetched, and into which feeds' folders each was dropped.

One file per address, ``<home>/state/sources/<hash>.json``. It is written before a file is dropped and again after it:
a crash between the two costs another download and loses nothing, because a file counts as fetched once it is dropped.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from safer_kpi.files import write_durably

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Known:
    """One file of a source.

    Attributes:
        name: its name in the inbox.
        sha256: of its bytes.
        bytes: how many.
        published_at: the publisher's date (UTC, no zone); when it was fetched if the publisher gave none.
        publisher_date: the publisher's date; None if the publisher gave none.
        address: where it was fetched from, as a receipt shows it; None if an older version fetched it.
        validators: what a next request asks with, such as ``etag``.
        feeds: the feeds whose folders it was dropped into, or is to be.
        dropped: those of them that have it.
    """

    name: str
    sha256: str
    bytes: int
    published_at: dt.datetime
    publisher_date: dt.datetime | None = None
    address: str | None = None
    validators: dict[str, str] = field(default_factory=dict)
    feeds: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    def has(self, feeds: tuple[str, ...]) -> bool:
        """Return whether it was dropped for each of these feeds."""
        return set(feeds) <= set(self.dropped)


class State:
    """What is known of the files of one address."""

    def __init__(self, settings: Settings, address: str) -> None:
        name = hashlib.sha256(address.encode()).hexdigest()[:16]
        self._path = folder(settings) / f"{name}.json"
        self._address = address
        told = json.loads(self._path.read_text(encoding="utf-8")) if self._path.is_file() else {}
        self.known = {key: _known(one) for key, one in told.get("files", {}).items()}
        self.not_before = _time(told.get("not_before"))

    def note(self, key: str, known: Known) -> None:
        """Remember a file durably, under its period or its name."""
        self.known[key] = known
        self._write()

    def dropped(self, key: str, feed: str) -> None:
        """Remember durably that a feed's folder has the file."""
        known = self.known[key]
        self.note(key, replace(known, dropped=tuple(sorted({*known.dropped, feed}))))

    def postpone(self, until: dt.datetime | None) -> None:
        """Remember durably when the publisher may be asked again; None for at any time."""
        if until != self.not_before:
            self.not_before = until
            self._write()

    def _write(self) -> None:
        told: dict[str, Any] = {
            "address": self._address,
            "not_before": _text(self.not_before),
            "files": {
                key: asdict(one)
                | {"published_at": one.published_at.isoformat(), "publisher_date": _text(one.publisher_date)}
                for key, one in sorted(self.known.items())
            },
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(self._path, (json.dumps(told, indent=1) + "\n").encode())


def folder(settings: Settings) -> Path:
    """Return the folder that holds what is known of all sources."""
    return settings.home / "state" / "sources"


def fetched_files(settings: Settings, feed: str) -> dict[str, Known]:
    """Return each file that was fetched for a feed, by the SHA-256 of its bytes."""
    return {one.sha256: one for one in _all(settings) if feed in one.feeds}


def _all(settings: Settings) -> Iterator[Known]:
    for path in sorted(folder(settings).glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        yield from (_known(one) for one in told["files"].values())


def _known(told: dict[str, Any]) -> Known:
    times = {
        "published_at": dt.datetime.fromisoformat(told["published_at"]),
        "publisher_date": _time(told.get("publisher_date")),
    }
    return Known(**told | times | {"feeds": tuple(told["feeds"]), "dropped": tuple(told["dropped"])})


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _text(time: dt.datetime | None) -> str | None:
    return time.isoformat() if time else None
