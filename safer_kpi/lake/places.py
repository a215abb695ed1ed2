"""Keep a lake's places private to their owner: folders 0700, files 0600; also those that an older version made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.files import make_private, private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.settings import Settings

_SQLITE = "sqlite:"
_OTHERS = 0o077


def lease_file(settings: Settings) -> Path:
    """Return the file whose lock is the lease of a catalogue in SQLite."""
    return settings.home / "lease.lock"


def state_file(settings: Settings) -> Path:
    """Return the file of the home that records the state of a catalogue in SQLite."""
    return settings.home / "state" / "catalogue.json"


def record_file(settings: Settings) -> Path:
    """Return the file of the home that records the hashes of read files."""
    return settings.home / "state" / "read_files.json"


def make_private_places(settings: Settings) -> None:
    """Make the folders of a lake, and take the rights of others from what is there; a writer does so on connecting.

    From then on whatever this process makes is private: DuckDB and SQLite ask for no rights of their own.
    """
    os.umask(os.umask(_OTHERS) | _OTHERS)
    passable = _passable(settings)
    for folder in _folders(settings):
        if not folder.is_dir():
            private_folder(folder)
        elif make_private(folder, passable.get(folder, 0o700)):
            for path in folder.rglob("*"):  # only once: in a folder that is private already, all was mended
                make_private(path, passable.get(path, 0o700))
    if settings.catalogue.startswith(_SQLITE) and (file := Path(settings.catalogue[len(_SQLITE) :])).is_file():
        make_private(file, 0o600)


def open_places(settings: Settings) -> list[Path]:
    """Return the files and folders of a lake that others than their owner can read, enter or write."""
    passable, found = _passable(settings), []
    for folder in _folders(settings):
        if folder.is_dir():
            below = (path for path in folder.rglob("*") if not path.is_symlink())
            places = ((path, path.lstat().st_mode & _OTHERS) for path in (folder, *below))
            found += [path for path, rights in places if rights & ~passable.get(path, 0)]
    return list(dict.fromkeys(found))


def close_places(settings: Settings) -> int:
    """Take the rights of others from what ``open_places`` returns; return how many files and folders had any.

    What belongs to somebody else stays as it is.
    """
    passable = _passable(settings)
    return sum(make_private(path, passable.get(path, 0o700)) for path in open_places(settings))


def _folders(settings: Settings) -> Iterator[Path]:
    """Yield the home, and the stores of data and raw bytes that are folders of this machine."""
    yield settings.home
    yield from (Path(place) for place in (settings.data, settings.raw) if "://" not in place)


def _passable(settings: Settings) -> dict[Path, int]:
    """Return the rights of the folders that lead to the local Airflow's database, if its server is another user's.

    Root's Postgres runs as a user of its own: that user must enter these folders, and need not list them.
    """
    database = settings.airflow / "pgdata"
    if not database.is_dir() or database.stat().st_uid == os.geteuid():
        return {}
    return {settings.home: 0o711, settings.airflow: 0o711}
