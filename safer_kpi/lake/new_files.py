"""The data files of a transaction in a folder: flushed before its commit, and kept if the commit stands.

A commit can be done and be reported as failed: SQLite's is done when its journal is removed, and a disk can remove a
file and answer with an error. DuckLake takes such a commit for failed and deletes the files that it names. So each new
file has a second name beside the tables until it is known which files the catalogue names.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from safer_kpi.files import sync

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from safer_kpi.settings import Settings

#: The folder of second names, beside those of the schemas; inside it, they lie as the files do.
ASIDE = ".uncommitted"
#: What a file system answers that knows no second names: there, nothing is kept.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV}
_NAMED = "SELECT path FROM ducklake_data_file UNION ALL SELECT path FROM ducklake_delete_file"


class NewFiles:
    """The files that a transaction writes, if they lie in ``folder``; None if they are in object storage."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        if folder is not None:
            aside = folder / ASIDE
            self._is_first = not aside.exists()
            aside.mkdir(mode=0o700, exist_ok=True)
            # By the clock of the file system: a folder that gets a new file is as new as this one, or newer.
            self._since = aside.stat().st_mtime_ns

    def keep(self) -> None:
        """Flush the files that were written by now, and give each a second name."""
        if self._folder is None:
            return
        for place in _folders_since(self._folder, self._since):
            found = [file for file in place.iterdir() if file.is_file() and file.stat().st_mtime_ns >= self._since]
            if not found:
                continue
            aside = self._folder / ASIDE / place.relative_to(self._folder)
            aside.mkdir(mode=0o700, parents=True, exist_ok=True)
            for file in found:
                sync(file)
                _link(file, aside / file.name)
            sync(place)

    def forget(self) -> None:
        """Drop the second names: the commit was acknowledged. Those of a commit before it stay."""
        if self._folder is not None and self._is_first:
            shutil.rmtree(self._folder / ASIDE)


class Catalogue(Protocol):
    """A catalogue that answers queries."""

    def exists(self) -> bool:
        """Return whether DuckLake has made its tables."""
        ...

    def rows(self, sql: str) -> Sequence[tuple[Any, ...]]:
        """Return the rows of a query."""
        ...


@contextmanager
def new_files(connection: duckdb.DuckDBPyConnection) -> Iterator[NewFiles]:
    """Yield the files that the block's transaction writes; if it fails, ``settle`` finds out what stays of them."""
    ((place,),) = connection.execute("SELECT data_path FROM ducklake_settings('lake')").fetchall()
    written = NewFiles(None if "://" in place else Path(place))
    yield written
    written.forget()


def settle(settings: Settings, catalogue: Catalogue) -> None:
    """Put back every new file that the catalogue names and that is gone, and drop the second names.

    The caller holds the lease, and no transaction is open.
    """
    folder = Path(settings.data)
    if "://" in settings.data or not (folder / ASIDE).is_dir():
        return
    kept = [file for file in (folder / ASIDE).rglob("*") if file.is_file()]
    named = {path.rpartition("/")[2] for (path,) in catalogue.rows(_NAMED)} if kept and catalogue.exists() else set()
    for file in kept:
        place = folder / file.relative_to(folder / ASIDE)
        if file.name in named and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
            sync(place.parent)
    shutil.rmtree(folder / ASIDE)


def _folders_since(folder: Path, since: int) -> Iterator[Path]:
    """Yield the folders, at any depth, in which something was made since."""
    for place, below, _ in os.walk(folder):
        if place == str(folder):
            below.remove(ASIDE)
        if Path(place).stat().st_mtime_ns >= since:
            yield Path(place)


def _link(file: Path, second: Path) -> None:
    try:
        second.hardlink_to(file)
    except OSError as refused:
        if refused.errno not in _NO_LINKS:
            raise
