"""Land one arrival, and put it away with its receipt. Coming twice with one arrival does everything once.

The bytes that are landed are a private copy: what happens to the dropped file meanwhile cannot reach them. A file that
was replaced while it was handled stays where it is, as the next arrival.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.inbox.arrivals import arrivals
from safer_kpi.inbox.place import ACCEPTED, REFUSED
from safer_kpi.lake import connect
from safer_kpi.landing import Terms, land
from safer_kpi.landing.book import last_receipt
from safer_kpi.landing.depersonalise import holds_identifiers
from safer_kpi.landing.held_rows import receipt_for_partner
from safer_kpi.landing.partner_receipt import as_markdown

if TYPE_CHECKING:
    import datetime as dt

    from safer_kpi.inbox.arrivals import Arrival
    from safer_kpi.inbox.place import Place
    from safer_kpi.landing.receipt import Receipt
    from safer_kpi.settings import Settings

RECEIPT = "receipt.md"
_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Handled:
    """What became of an arrival: its receipt, and the folder that holds it now, with the page for its partner."""

    receipt: Receipt
    folder: str


@dataclass(frozen=True)
class _Taken:
    """The bytes to land, and which file of the inbox they are of (None: the file itself is landed)."""

    source: str
    identity: tuple[int, ...] | None = None


def handle(settings: Settings, place: Place, arrival: Arrival) -> Handled | None:
    """Land a file of an inbox, write its receipt and put both away; None where it is gone or still changes.

    It counts as published when it arrived. A file refused for identifiers of people is deleted.

    Raises:
        LeaseHeld: another writer did not let go of the lake in time; nothing happened.
        OSError: the inbox cannot be reached.
    """
    work = settings.home / "taken"
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        taken = _take(place, arrival, Path(folder))
        if taken is None or not _is_there(place, arrival):
            return None
        terms = Terms(published=arrival.arrived_at, once=True)
        receipt = land(settings, arrival.feed, [taken.source], terms=terms)[0]
        page = as_markdown(receipt_for_partner(settings, receipt.delivery_id))
        kept = REFUSED if receipt.status == "refused" else ACCEPTED
        target = _folder(place, arrival.feed, kept, str(receipt.delivery_id))
        place.filesystem.pipe_file(f"{target}/{RECEIPT}", page.encode())
        if holds_identifiers(receipt):
            _delete(place, arrival, taken)
        else:
            _put_away(place, arrival, taken, f"{target}/{_name_of(arrival)}")
    return Handled(receipt=receipt, folder=target)


def landed(settings: Settings, feed: str, name: str, *, since: dt.datetime) -> Receipt | None:
    """The receipt of a file of that name which was landed since then (UTC, no zone); None where there is none.

    For who is asked to handle a file that is gone: it may have been put away by a process that died over telling so.
    """
    with connect(settings, read_only=True) as connection:
        return last_receipt(connection, feed, name, since=since)


def _folder(place: Place, feed: str, *below: str) -> str:
    """A folder below a feed's, made where it is missing; never the feed's own, whose inbox may be away for a while."""
    folder = place.folder(feed)
    for name in below:
        folder = f"{folder}/{name}"
        if not place.sends_whole:  # a bucket has no folders
            with suppress(FileExistsError):
                place.filesystem.mkdir(folder, create_parents=False)
    return folder


def _take(place: Place, arrival: Arrival, folder: Path) -> _Taken | None:
    """A private copy of a file; what is no plain file that can be read is left to landing, which says so."""
    copy = folder / _name_of(arrival)
    if not place.is_local:
        try:
            place.filesystem.get_file(arrival.path, str(copy))
        except FileNotFoundError:
            return None
        return _Taken(str(copy))
    try:
        handle = os.open(arrival.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError:
        return _Taken(arrival.path)
    with os.fdopen(handle, "rb") as incoming:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            return _Taken(arrival.path)
        with copy.open("wb") as kept:
            shutil.copyfileobj(incoming, kept)
    return _Taken(str(copy), _identity(found))


def _is_there(place: Place, arrival: Arrival) -> bool:
    """Whether the inbox still holds just this file under its name."""
    return any(each.path == arrival.path and each.stamp == arrival.stamp for each in arrivals(place, arrival.feed))


def _put_away(place: Place, arrival: Arrival, taken: _Taken, target: str) -> None:
    if not place.is_local:
        place.filesystem.put_file(taken.source, target)
        _delete(place, arrival, taken)
        return
    if taken.identity is None:
        with suppress(FileNotFoundError):
            Path(arrival.path).replace(target)
        return
    if _move(arrival.path, target, taken.identity):
        return
    shutil.copyfile(taken.source, target)


def _move(path: str, target: str, identity: tuple[int, ...]) -> bool:
    """Move the file of that identity; another one that took its name goes back. Whether it was moved."""
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


def _delete(place: Place, arrival: Arrival, taken: _Taken) -> None:
    if place.is_local:
        with suppress(FileNotFoundError):
            if taken.identity in (None, _identity(os.lstat(arrival.path))):
                Path(arrival.path).unlink()
    elif _is_there(place, arrival):
        place.filesystem.rm_file(arrival.path)


def _identity(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _name_of(arrival: Arrival) -> str:
    """The name a file is kept under: its own, unless that is too long for a file system or the receipt's."""
    name = arrival.name
    if len(name.encode()) > _LONGEST_NAME:
        name = name.encode()[-_LONGEST_NAME:].decode(errors="ignore")
    return f"{name}.sent" if name == RECEIPT else name
