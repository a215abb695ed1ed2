"""Land one arrival and put it away with its receipt. Handling the same arrival twice does everything once.

The landed bytes are a private copy, so that a change of the dropped file cannot reach them. A file that was replaced
while it was handled stays in the inbox as the next arrival.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.catalogue.known_names import known_name
from safer_kpi.files import private_folder, sha256_of
from safer_kpi.inbox.arrivals import arrivals
from safer_kpi.inbox.place import ACCEPTED, REFUSED
from safer_kpi.inbox.sources.state import fetched_files
from safer_kpi.intake.archive.reading import is_archive
from safer_kpi.lake import connect
from safer_kpi.landing import Landed, Terms, land, land_archive
from safer_kpi.landing.book import last_receipt
from safer_kpi.receipts.delivered import receipt_for_partner
from safer_kpi.receipts.partner_receipt import as_markdown

if TYPE_CHECKING:
    import datetime as dt

    from safer_kpi.inbox.arrivals import Arrival
    from safer_kpi.inbox.place import Place
    from safer_kpi.inbox.sources.state import Known
    from safer_kpi.landing.receipt import Receipt
    from safer_kpi.settings import Settings

RECEIPT = "receipt.md"
_LONGEST_NAME = 200
# The bytes of a character of UTF-8 that are not its first: where a name is cut, these are no character.
_LATER_BYTES = bytes(range(0x80, 0xC0))


@dataclass(frozen=True, kw_only=True)
class Handled:
    """A handled arrival: its receipts, and the folder that holds the file and the page for its partner.

    An archive has a receipt for each file of its feed, any other file one.
    """

    receipts: tuple[Receipt, ...]
    folder: str

    @property
    def receipt(self) -> Receipt:
        """The first receipt; of an archive the first that was not refused, if there is one."""
        return next((one for one in self.receipts if one.status != "refused"), self.receipts[0])


@dataclass(frozen=True)
class _Taken:
    """The bytes to land, and the inbox file they were copied from (None if the file itself is landed)."""

    source: str
    identity: tuple[int, ...] | None = None
    is_copy: bool = False


def handle(settings: Settings, place: Place, arrival: Arrival) -> Handled | None:
    """Land a file of an inbox, write its receipt and put both away; return None if the file is gone or still changes.

    The time of its arrival is its publication time; of a file that was fetched from the feed's source, the publisher's
    date. A file whose bytes are not kept, as it holds identifiers of people or was not searched whole, is deleted.

    Raises:
        LeaseHeld: another writer did not release the lake in time; nothing changed.
        OSError: the inbox cannot be reached.
    """
    work = settings.home / "taken"
    private_folder(work)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        taken = _take(place, arrival, Path(folder))
        if taken is None or not _is_there(place, arrival):
            return None
        fetched = _fetched(settings, arrival, taken)
        landed = _land(settings, arrival.feed, taken, _terms(arrival, fetched), is_fetched=fetched is not None)
        handled = Handled(receipts=landed.receipts, folder="")
        kept = REFUSED if handled.receipt.status == "refused" else ACCEPTED
        target = _folder(place, arrival.feed, kept, str(handled.receipt.delivery_id))
        place.filesystem.pipe_file(f"{target}/{RECEIPT}", _page(settings, landed).encode())
        if any(receipt.stored == "deleted" for receipt in landed.receipts):
            _delete(place, arrival, taken)
        else:
            _put_away(place, arrival, taken, f"{target}/{_name_of(arrival)}")
    return replace(handled, folder=target)


def _land(settings: Settings, feed: str, taken: _Taken, terms: Terms, *, is_fetched: bool) -> Landed:
    """Land a file of a feed's folder; of an archive the files that belong to the feed.

    Of an archive that was fetched, only the files that the contract's source takes.
    """
    # A link or a folder is refused by landing, which looks at it first.
    if taken.is_copy and is_archive(Path(taken.source)):
        source = load_feed(settings.project, feed).source if is_fetched else None
        files = source.files if source else None
        return land_archive(settings, taken.source, terms=terms, progress=lambda _: None, feed=feed, files=files)
    return Landed(receipts=tuple(land(settings, feed, [taken.source], terms=terms)))


def _fetched(settings: Settings, arrival: Arrival, taken: _Taken) -> Known | None:
    """Return what is known of a file that was fetched from the feed's source; None for any other file."""
    fetched = fetched_files(settings, arrival.feed)
    return fetched.get(sha256_of(Path(taken.source))) if fetched and taken.is_copy else None


def _terms(arrival: Arrival, fetched: Known | None) -> Terms:
    if fetched is None:
        return Terms(published=arrival.arrived_at, once=True)
    return Terms(
        published=fetched.published_at,
        fetched_from=fetched.address,
        publisher_date=fetched.publisher_date,
        once=True,
    )


def _page(settings: Settings, landed: Landed) -> str:
    """Return the page for the partner: each receipt, and how many files of an archive were left."""
    pages = [as_markdown(receipt_for_partner(settings, one.delivery_id)) for one in landed.receipts]
    if landed.left:
        number = len(landed.left)
        files = "One other file" if number == 1 else f"{number:,} other files"
        pages.append(f"{files} of the archive did not belong to this feed; nothing of them was kept.\n")
    return "\n".join(pages)


def landed(settings: Settings, feed: str, name: str, *, since: dt.datetime) -> Receipt | None:
    """Return the receipt of a file of that name landed since a time (UTC, no zone), or None.

    A file that is gone may have been put away by a process that was killed before it could report the delivery.
    """
    with connect(settings, read_only=True) as connection:
        return last_receipt(connection, feed, known_name(load_feed(settings.project, feed), name), since=since)


def _folder(place: Place, feed: str, *below: str) -> str:
    """Return a folder below a feed's, created if missing. The feed's own is never created: the inbox may be away."""
    folder = place.folder(feed)
    for name in below:
        folder = f"{folder}/{name}"
        if not place.sends_whole:  # a bucket has no folders
            with suppress(FileExistsError):
                place.filesystem.mkdir(folder, create_parents=False)
    return folder


def _take(place: Place, arrival: Arrival, folder: Path) -> _Taken | None:
    """Return a private copy of a file; landing refuses a path that is not a readable plain file."""
    copy = folder / _name_of(arrival)
    if not place.is_local:
        try:
            place.filesystem.get_file(arrival.path, str(copy))
        except FileNotFoundError:
            return None
        return _Taken(str(copy), is_copy=True)
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
    return _Taken(str(copy), _identity(found), is_copy=True)


def _is_there(place: Place, arrival: Arrival) -> bool:
    """Return whether the inbox still holds this same file under its name."""
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
    """Return the name to keep a file under: its own, unless it is too long or is the receipt's name."""
    name = arrival.name
    # A local file's name is bytes, and need not be UTF-8.
    written = os.fsencode(name)
    if len(written) > _LONGEST_NAME:
        name = os.fsdecode(written[-_LONGEST_NAME:].lstrip(_LATER_BYTES))
    return f"{name}.sent" if name == RECEIPT else name
