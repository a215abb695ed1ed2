"""What ``open`` was given: a lake's home, one kpi.duckdb, or a published release folder; here or far away."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from safer_kpi.errors import NotFound
from safer_kpi.settings import KPI_FILE, RELEASES

RELEASE_FILE = "release.duckdb"
MANIFEST = "manifest.json"
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """A read file on this machine and the folder its releases lie in.

    Attributes:
        file: the DuckDB file to attach.
        releases: folder or URL holding release folders; None for a file that stands alone.
        release_id: the release, where the place is a release folder.
        cache: where copies of remote files are kept.
    """

    file: Path
    releases: str | None
    release_id: str | None
    cache: Path

    def release_folder(self, release_id: str) -> Path | None:
        """The folder of another release, here (fetched where it is remote); None where there is none."""
        if self.releases is None:
            return None
        if is_url(self.releases):
            from safer_kpi.reading import remote

            return remote.release_folder(f"{self.releases}/{release_id}", self.cache)
        folder = Path(self.releases) / release_id
        return folder if (folder / RELEASE_FILE).is_file() else None


def is_url(where: str) -> bool:
    """Whether it is a URL rather than a path."""
    return _URL.match(where) is not None


def locate(where: str, cache: Path) -> Place:
    """Find the read file of a place.

    Raises:
        NotFound: nothing readable lies there.
    """
    if is_url(where) and not where.startswith("file://"):
        from safer_kpi.reading import remote

        return remote.locate(where.rstrip("/"), cache)
    path = Path(where.removeprefix("file://")).absolute()
    if path.is_file():
        if path.name in {MANIFEST, RELEASE_FILE} and (path.parent / MANIFEST).is_file():
            path = path.parent
        else:
            beside = path.parent / RELEASES
            return Place(path, str(beside) if beside.is_dir() else None, None, cache)
    if (path / MANIFEST).is_file() and (path / RELEASE_FILE).is_file():
        return Place(path / RELEASE_FILE, str(path.parent), path.name, cache)
    if (path / KPI_FILE).is_file():
        return Place(path / KPI_FILE, str(path / RELEASES), None, cache)
    raise NotFound(
        f"{path.name!r} holds no {KPI_FILE} and is no release folder.",
        next_action="Run safer-kpi build there, or give --home, SAFER_KPI_HOME or a release folder.",
    )
