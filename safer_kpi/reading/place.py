"""The location of a read file and its releases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

RELEASE_FILE = "release.duckdb"
MANIFEST = "manifest.json"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A read file on this machine, and the folder of its releases.

    Attributes:
        file: the DuckDB file to attach.
        releases: the folder or URL that contains the release folders; None for a file without releases.
        release_id: the release, if the place is a release folder.
        cache: the folder for copies of remote files.
        is_superseded: whether an earlier version wrote the file under another name, so that no build renews it.
    """

    file: Path
    releases: str | None
    release_id: str | None
    cache: Path
    is_superseded: bool = False


def is_url(where: str) -> bool:
    """Return whether a location is a URL and not a path."""
    return _URL.match(where) is not None
