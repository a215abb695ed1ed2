"""List the files that wait in an inbox, and those that have not changed for long enough to be complete."""

from __future__ import annotations

import datetime as dt
import errno
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from safer_kpi.inbox.place import Place

#: What of the time to settle is left where the kernel says that no process of this machine writes the file.
_SEEN_CLOSED = 0.5
#: So many seconds before a file on a disk of this machine is complete a watcher wakes its landing, which takes that
#: time to start.
SEEN_AHEAD = 0.75
_BETWEEN_LOOKS, _LONGEST_WAIT = 0.05, 10.0
#: Names that programs give to a file while they write it; it gets its own when it is whole.
_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".swp", "~")
#: What of a listing differs when a file does. A local file's ``created`` is when it, or its name, last changed.
_STAMP = ("size", "ino", "mtime", "created", "ETag", "etag", "LastModified", "last_modified", "modified", "version_id")
#: When a file came, by the first of these that a filesystem tells.
_ARRIVED = ("created", "LastModified", "last_modified", "modified", "mtime", "updated")


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One file that waits in a feed's folder.

    Attributes:
        feed: the folder it was dropped to.
        path: where it lies, in the inbox's filesystem.
        name: its bare name.
        size: bytes.
        arrived_at: when it came (UTC, no zone); None if the filesystem gives no time or a time in the future.
        stamp: a text that differs between two files of the same name.
        link: whether it is a link; a link that does not lead to a file is refused.
    """

    feed: str
    path: str
    name: str
    size: int
    arrived_at: dt.datetime | None
    stamp: str
    link: bool = False


def arrivals(place: Place, feed: str) -> list[Arrival]:
    """Return the files that wait in a feed's folder, oldest first.

    Folders are ignored, and so are names that begin with a dot or have the ending of an unfinished file.

    Raises:
        OSError: the folder cannot be listed; other filesystems raise errors of their own.
    """
    folder = place.folder(feed)
    place.filesystem.invalidate_cache(folder)
    try:
        listed = place.filesystem.ls(folder, detail=True)
    except FileNotFoundError:
        if place.sends_whole:  # a bucket has no empty folders
            return []
        raise
    found = [_arrival(feed, each) for each in listed if each["type"] != "directory"]
    return sorted(
        (each for each in found if _is_file(each.name)),
        key=lambda each: (each.arrived_at or dt.datetime.max, each.name),
    )


def waiting(place: Place, feed: str, *, settle_seconds: float, within: float = 0) -> list[Arrival]:
    """Return the files of a feed that are complete: unchanged for ``settle_seconds``.

    Of a folder of this machine, those too that will be complete ``within`` seconds if nothing changes them.

    A local file is complete if no process has it open for writing and its last change is long enough ago: half of
    ``settle_seconds`` where the kernel knows all who write, as it does on a disk of this machine. On another filesystem
    each file is listed twice, unless the filesystem shows complete files only.

    Raises:
        OSError: as ``arrivals`` does.
    """
    found = arrivals(place, feed)
    if place.sends_whole or not found:
        return found
    if place.is_local:
        return [each for each in found if _is_whole(each, settle_seconds, within)]
    time.sleep(settle_seconds)
    first = {(each.path, each.stamp) for each in found}
    return [each for each in arrivals(place, feed) if (each.path, each.stamp) in first]


def _arrival(feed: str, listed: Mapping[str, Any]) -> Arrival:
    path = str(listed["name"])
    return Arrival(
        feed=feed,
        path=path,
        name=path.rsplit("/", 1)[-1],
        size=int(listed.get("size") or 0),
        arrived_at=file_time(listed),
        stamp=stamp(listed),
        link=bool(listed.get("islink")),
    )


def stamp(listed: Mapping[str, Any]) -> str:
    """Return a text, from a filesystem's listing, that differs between two files of the same name."""
    return " ".join(f"{name}={listed[name]}" for name in _STAMP if listed.get(name) is not None)


def file_time(listed: Mapping[str, Any]) -> dt.datetime | None:
    """Return when a listed file came (UTC, no zone); None if the listing has no time or a time in the future."""
    told = next((listed[name] for name in _ARRIVED if listed.get(name) is not None), None)
    if isinstance(told, str):
        with suppress(ValueError):
            told = dt.datetime.fromisoformat(told)
    if isinstance(told, int | float):
        told = dt.datetime.fromtimestamp(told, dt.UTC)
    if not isinstance(told, dt.datetime):
        return None
    if told.tzinfo is not None:
        told = told.astimezone(dt.UTC).replace(tzinfo=None)
    return told if told <= dt.datetime.now(dt.UTC).replace(tzinfo=None) else None


def _is_file(name: str) -> bool:
    return bool(name) and not name.startswith(".") and not name.lower().endswith(_UNFINISHED)


def _changed(path: str) -> float:
    """Return when a local file or its name last changed; a time in the future counts as past (a wrong clock)."""
    try:
        changed = os.lstat(path).st_ctime
    except FileNotFoundError:  # taken away since it was listed
        return float("inf")
    return changed if changed <= time.time() + 60 else 0.0


def settled(place: Place, feed: str, *, settle_seconds: float) -> list[Arrival]:
    """Return the files that are complete, once those are that will be ``SEEN_AHEAD`` seconds from now.

    So a file of this machine is not missed by whoever was woken by a watcher that looks ahead.
    """
    until = time.monotonic() + _LONGEST_WAIT
    while True:
        soon = waiting(place, feed, settle_seconds=settle_seconds, within=SEEN_AHEAD)
        if not place.is_local or not soon:
            return soon
        now = waiting(place, feed, settle_seconds=settle_seconds)
        if len(now) >= len(soon) or time.monotonic() > until:
            return now
        time.sleep(_BETWEEN_LOOKS)


def _is_whole(arrival: Arrival, settle_seconds: float, within: float) -> bool:
    """Return whether a local file was, or soon will be, left alone long enough, and nobody writes it."""
    left_alone = time.time() - _changed(arrival.path) + within
    if left_alone < settle_seconds * _SEEN_CLOSED:
        return False
    writing = _is_being_written(arrival)
    return writing is False or (writing is None and left_alone >= settle_seconds)


def _is_being_written(arrival: Arrival) -> bool | None:
    """Return whether a local file is open for writing, None if nobody knows: Linux grants no read lease on such a file.

    The kernel sends us a signal if a process opens the file for writing while we hold the lease. The usual one, SIGIO,
    ends a process; SIGURG is ignored unless it is handled.
    """
    import fcntl

    set_lease, set_signal = getattr(fcntl, "F_SETLEASE", None), getattr(fcntl, "F_SETSIG", None)
    if set_lease is None or set_signal is None or arrival.link:
        return None
    try:
        handle = os.open(arrival.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:  # not to be read: taking it will say why
        return None
    try:
        fcntl.fcntl(handle, set_signal, signal.SIGURG)
        fcntl.fcntl(handle, set_lease, fcntl.F_RDLCK)
        fcntl.fcntl(handle, set_lease, fcntl.F_UNLCK)
    except OSError as refused:
        return True if refused.errno == errno.EAGAIN else None  # any other answer: this filesystem knows no leases
    finally:
        os.close(handle)
    return False
