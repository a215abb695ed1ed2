"""Copy a file of the inbox, and later move or delete the file itself, unless another one has taken its name."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.inbox.arrivals import arrivals

if TYPE_CHECKING:
    from safer_kpi.inbox.arrivals import Arrival
    from safer_kpi.inbox.place import Place


@dataclass(frozen=True)
class Taken:
    """The bytes to land, and the inbox file they were copied from (None if the file itself is landed)."""

    source: str
    identity: tuple[int, ...] | None = None
    is_copy: bool = False


def take(place: Place, arrival: Arrival, copy: Path) -> Taken | None:
    """Copy a file and return the copy; landing refuses a path that is not a readable plain file. None if it is gone."""
    if not place.is_local:
        try:
            place.filesystem.get_file(arrival.path, str(copy))
        except FileNotFoundError:
            return None
        return Taken(str(copy), is_copy=True)
    try:
        handle = os.open(arrival.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError:
        return Taken(arrival.path)
    with os.fdopen(handle, "rb") as incoming:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return Taken(arrival.path)
        with copy.open("wb") as kept:
            shutil.copyfileobj(incoming, kept)
    return Taken(str(copy), _identity(found), is_copy=True)


def is_there(place: Place, arrival: Arrival) -> bool:
    """Return whether the inbox still holds this same file under its name."""
    return any(each.path == arrival.path and each.stamp == arrival.stamp for each in arrivals(place, arrival.feed))


def put_away(place: Place, arrival: Arrival, taken: Taken, target: str) -> None:
    """Move the file that was taken to ``target``."""
    if not place.is_local:
        place.filesystem.put_file(taken.source, target)
        delete(place, arrival, taken)
        return
    if taken.identity is None:
        with suppress(FileNotFoundError):
            Path(arrival.path).replace(target)
        return
    if _move(arrival.path, target, taken.identity):
        return
    shutil.copyfile(taken.source, target)


def _move(path: str, target: str, identity: tuple[int, ...]) -> bool:
    """Move the file with that identity; return whether it was moved. A file that took its name goes back."""
    try:
        if _identity(os.lstat(path)) != identity:
            return False
        Path(path).replace(target)
    except FileNotFoundError:
        return False
    if _identity(os.lstat(target)) == identity:
        return True
    try:
        os.link(target, path)
    except FileExistsError:  # a third one came meanwhile: this one waits beside it
        os.link(target, f"{path}.{Path(target).stat().st_ino}")
    Path(target).unlink()
    return False


def delete(place: Place, arrival: Arrival, taken: Taken) -> None:
    """Delete the file that was taken, if it is still there."""
    if place.is_local:
        with suppress(FileNotFoundError):
            if taken.identity in (None, _identity(os.lstat(arrival.path))):
                Path(arrival.path).unlink()
    elif is_there(place, arrival):
        place.filesystem.rm_file(arrival.path)


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
