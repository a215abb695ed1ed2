"""Resolve the argument of ``open``: a lake's home, one read file or a release folder, local or remote."""

from __future__ import annotations

from pathlib import Path

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.reading.place import MANIFEST, PUBLIC, PUBLIC_FILE, RELEASE_FILE, Place, is_url, release_named
from safer_kpi.settings import KPI_FILE, RELEASES, earlier_name


def release_folder_in(place: Place, release_id: str) -> Path | None:
    """Return the local folder of a release, fetched if it is remote; None if the place has no such release."""
    if place.releases is None:
        return None
    if is_url(place.releases):
        from safer_kpi.reading import remote

        return remote.release_folder(f"{place.releases}/{release_id}", place.cache)
    folder = Path(place.releases) / release_id
    return folder if (folder / RELEASE_FILE).is_file() else None


def others_of(place: Place) -> list[Path]:
    """Return the files that may be read beside a place's own: those of its releases, and previews next to it."""
    previews = place.file.parent.glob("*.duckdb") if place.release_id is None else ()
    lake = lake_file_of(place)
    releases = (
        [] if place.releases is None or is_url(place.releases) else Path(place.releases).glob(f"*/{RELEASE_FILE}")
    )
    return [*previews, *releases, *([] if lake is None else [lake])]


def lake_file_of(place: Place) -> Path | None:
    """Return the read file of the lake that a release folder lies in; None if it lies in none, or is none."""
    if place.release_id is None or place.file.parents[1].name != RELEASES:
        return None
    file = place.file.parents[2] / KPI_FILE
    return file if file.is_file() else None


def folders_of(place: Place) -> list[Path]:
    """Return the folders whose files may be read, also those that come later: the cache's and a lake's releases."""
    own = [] if place.release_id or place.releases is None or is_url(place.releases) else [Path(place.releases)]
    return [place.cache / RELEASES, *own]


def locate(where: str, cache: Path) -> Place:
    """Find the read file of a place.

    Raises:
        NotFound: the location holds no lake, read file or release.
        UsageError: it is the file of a public edition without the manifest beside it.
    """
    if is_url(where) and not where.startswith("file://"):
        from safer_kpi.reading import remote

        return remote.locate(where.rstrip("/"), cache)
    path = Path(where.removeprefix("file://")).absolute()
    if path.is_file():
        if path.name in {MANIFEST, RELEASE_FILE, PUBLIC_FILE} and (path.parent / MANIFEST).is_file():
            path = path.parent
        elif path.name == PUBLIC_FILE:
            raise UsageError(
                f"{PUBLIC_FILE} lies here without the {MANIFEST} that says who signed it.",
                next_action="Open the whole folder of the publication, or read the file with DuckDB.",
            )
        else:
            beside = path.parent / RELEASES
            return Place(path, str(beside) if beside.is_dir() else None, None, cache)
    if (path / MANIFEST).is_file() and (path / RELEASE_FILE).is_file():
        return Place(path / RELEASE_FILE, str(path.parent), path.name, cache)
    if (path / MANIFEST).is_file() and (path / PUBLIC_FILE).is_file():
        return Place(path / PUBLIC_FILE, None, release_named(path) or path.name, cache, edition=PUBLIC)
    if (path / KPI_FILE).is_file():
        return Place(path / KPI_FILE, str(path / RELEASES), None, cache)
    earlier = path / earlier_name(KPI_FILE)
    if earlier.is_file():
        return Place(earlier, str(path / RELEASES), None, cache, is_superseded=True)
    raise NotFound(
        f"{path.name!r} contains no {KPI_FILE} and is not a release folder.",
        next_action="Run safer-kpi build there, or set --home or SAFER_KPI_HOME to a lake or a release folder.",
    )
