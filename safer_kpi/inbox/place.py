"""The place where partners drop files: one folder per feed, on any filesystem that fsspec opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.feeds import feed_names

if TYPE_CHECKING:
    from pathlib import Path

ACCEPTED, REFUSED = "accepted", "refused"
#: Where a file appears whole or not at all; anywhere else it grows while it is sent.
_WHOLE = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl"})


@dataclass(frozen=True)
class Place:
    """An inbox: its fsspec filesystem, and its path there.

    Attributes:
        filesystem: opened with whatever credential it needs.
        root: the path that holds a folder per feed.
    """

    filesystem: Any
    root: str

    def folder(self, feed: str) -> str:
        """Return the folder of a feed's files."""
        return f"{self.root.rstrip('/')}/{feed}"

    @property
    def protocol(self) -> str:
        """The protocol of the filesystem, such as ``file`` or ``s3``."""
        names = self.filesystem.protocol
        return str(names if isinstance(names, str) else names[0])

    @property
    def is_local(self) -> bool:
        """Whether it is a folder on this machine."""
        return self.protocol in {"file", "local"}

    @property
    def sends_whole(self) -> bool:
        """Whether a file appears only once it is complete."""
        return self.protocol in _WHOLE


def open_place(url: str, **options: Any) -> Place:
    """Open the inbox at a folder or URL; ``options`` are those of its fsspec filesystem."""
    import fsspec

    filesystem, root = fsspec.core.url_to_fs(url, **options)
    return Place(filesystem, str(root))


def make_inbox(place: Place, project: Path) -> list[str]:
    """Create the folder of every feed that has a contract, if the filesystem has folders; return the feeds."""
    feeds = feed_names(project)
    if not place.sends_whole:
        for feed in feeds:
            place.filesystem.makedirs(place.folder(feed), exist_ok=True)
    return feeds
