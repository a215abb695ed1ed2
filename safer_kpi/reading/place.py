"""The location of a read file and its releases."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.release_format import require_format
from safer_kpi.files import bytes_of

if TYPE_CHECKING:
    from pathlib import Path

RELEASE_FILE = "release.duckdb"
#: The file of a public edition, which lies in the folder of its publication.
PUBLIC_FILE = "public.duckdb"
#: The editions of a release: exact numbers for partners, and what disclosure control leaves for everybody.
RESTRICTED, PUBLIC = "restricted", "public"
MANIFEST = "manifest.json"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A read file on this machine, and the folder of its releases.

    Attributes:
        file: the DuckDB file to attach.
        releases: the folder or URL that contains the release folders; None for a file without releases.
        release_id: the release, if the place is a release folder or a public edition of one.
        cache: the folder for copies of remote files.
        is_superseded: whether an earlier version wrote the file under another name, so that no build renews it.
        edition: ``public`` if the place is the folder of a public edition, else ``restricted``.
    """

    file: Path
    releases: str | None
    release_id: str | None
    cache: Path
    is_superseded: bool = False
    edition: str = RESTRICTED


def require_known_format(folder: Path) -> None:
    """Raise if a release folder has a format that this version does not know; a damaged manifest passes.

    Raises:
        ReleaseFormat: its format is newer.
    """
    try:
        manifest = json.loads(bytes_of(folder / MANIFEST))
    except (OSError, ValueError, RecursionError):
        return
    if isinstance(manifest, dict):
        require_format(manifest)


def release_named(folder: Path) -> str | None:
    """Return the release that the manifest in a folder names; None if it names none or cannot be read."""
    try:
        manifest = json.loads(bytes_of(folder / MANIFEST))
    except (OSError, ValueError, RecursionError):
        return None
    named = manifest.get("release_id") if isinstance(manifest, dict) else None
    return named if isinstance(named, str) else None


def is_url(where: str) -> bool:
    """Return whether a location is a URL and not a path."""
    return _URL.match(where) is not None
