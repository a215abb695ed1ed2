"""Land arrivals and put each away with its receipt. Handling the same arrival twice does everything once.

The landed bytes are a private copy, so that a change of the dropped file cannot reach them. A file that was replaced
while it was handled stays in the inbox as the next arrival.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.errors import LeaseHeld
from safer_kpi.files import private_folder, sha256_of
from safer_kpi.inbox.place import ACCEPTED, REFUSED
from safer_kpi.inbox.sources.state import fetched_files
from safer_kpi.inbox.taking import delete, is_there, put_away, take
from safer_kpi.intake.archive.reading import is_archive
from safer_kpi.lake import connect
from safer_kpi.landing import Landed, Terms, land_archive
from safer_kpi.landing.book import receipts_since
from safer_kpi.landing.deliveries import Landing, Waiting
from safer_kpi.receipts.delivered import receipt_for_partner
from safer_kpi.receipts.partner_receipt import as_markdown

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from safer_kpi.inbox.arrivals import Arrival
    from safer_kpi.inbox.place import Place
    from safer_kpi.inbox.sources.state import Known
    from safer_kpi.inbox.taking import Taken
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


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How the handling of one arrival ended.

    Attributes:
        arrival: the file.
        handled: its receipts; None if it is gone or still changes, or if there was an error.
        problem: the error for which it was not landed or not put away. It waits in the inbox.
    """

    arrival: Arrival
    handled: Handled | None = None
    problem: Exception | None = None


def handle(settings: Settings, place: Place, arrival: Arrival) -> Handled | None:
    """Land a file of an inbox, write its receipt and put both away; return None if the file is gone or still changes.

    The time of its arrival is its publication time; of a file that was fetched from the feed's source, the publisher's
    date. A file whose bytes are not kept, as it holds identifiers of people or was not searched whole, is deleted.

    Raises:
        LeaseHeld: another writer did not release the lake in time; nothing changed.
        OSError: the inbox cannot be reached.
    """
    (outcome,) = handle_each(settings, place, [arrival])
    if outcome.problem is not None:
        raise outcome.problem
    return outcome.handled


def handle_each(settings: Settings, place: Place, arrived: Sequence[Arrival]) -> Iterator[Outcome]:
    """Handle files of one feed in the order given, as ``handle`` does one; yield how each ended.

    Small files are read and committed together. An error of one file stops no other file.

    Raises:
        LeaseHeld: another writer did not release the lake in time; the files before are handled.
    """
    work = settings.home / "taken"
    private_folder(work)
    left = deque(arrived)
    while left:
        with tempfile.TemporaryDirectory(dir=work) as folder:
            yield from _Batch(settings, place, Path(folder)).handle(left)


@dataclass(frozen=True, kw_only=True)
class _Begun:
    """An arrival that was taken, and the terms of its landing."""

    arrival: Arrival
    taken: Taken
    terms: Terms
    is_fetched: bool


class _Batch:
    """The files that are landed without opening the lake again: up to an archive, an error, or the last one."""

    def __init__(self, settings: Settings, place: Place, folder: Path) -> None:
        self._settings = settings
        self._place = place
        self._folder = folder
        self._begun: deque[_Begun] = deque()
        self._archive: _Begun | None = None
        self._ended: list[Outcome] = []

    def handle(self, left: deque[Arrival]) -> Iterator[Outcome]:
        """Handle files and take them from those that are ``left``."""
        try:
            with Landing(self._settings) as landing, closing(landing.land_each(self._files(left))) as receipts:
                for receipt in receipts:
                    yield self._put_away(self._begun.popleft(), Landed(receipts=(receipt,)))
        except LeaseHeld:
            raise
        except Exception as problem:
            if not self._begun:
                raise
            failed, *others = self._begun
            left.extendleft(each.arrival for each in reversed((*others, *filter(None, (self._archive,)))))
            yield Outcome(arrival=failed.arrival, problem=problem)
            self._archive = None
        yield from self._ended
        if self._archive is not None:
            yield self._unpacked(self._archive)

    def _files(self, left: deque[Arrival]) -> Iterator[Waiting]:
        """Take one file after another; an archive ends the batch."""
        while left:
            arrival = left.popleft()
            try:
                begun = self._take(arrival)
            except Exception as problem:  # noqa: BLE001 (told in the file's outcome; it stops no other file)
                self._ended.append(Outcome(arrival=arrival, problem=problem))
                continue
            if begun is None:
                self._ended.append(Outcome(arrival=arrival))
            elif begun.taken.is_copy and is_archive(Path(begun.taken.source)):
                self._archive = begun
                return
            else:
                self._begun.append(begun)
                yield Waiting(feed=arrival.feed, path=begun.taken.source, terms=begun.terms)

    def _take(self, arrival: Arrival) -> _Begun | None:
        copy = Path(tempfile.mkdtemp(dir=self._folder)) / _name_of(arrival)
        taken = take(self._place, arrival, copy)
        if taken is None or not is_there(self._place, arrival):
            return None
        fetched = _fetched(self._settings, arrival, taken)
        return _Begun(arrival=arrival, taken=taken, terms=_terms(arrival, fetched), is_fetched=fetched is not None)

    def _unpacked(self, begun: _Begun) -> Outcome:
        """Land the files of an archive that belong to the feed; of a fetched one only those its source takes."""
        feed = begun.arrival.feed
        try:
            source = load_feed(self._settings.project, feed).source if begun.is_fetched else None
            landed = land_archive(
                self._settings, begun.taken.source, terms=begun.terms, progress=lambda _: None, feed=feed,
                files=source.files if source else None,
            )  # fmt: skip
        except LeaseHeld:
            raise
        except Exception as problem:  # noqa: BLE001 (told in the file's outcome; it stops no other file)
            return Outcome(arrival=begun.arrival, problem=problem)
        return self._put_away(begun, landed)

    def _put_away(self, begun: _Begun, landed: Landed) -> Outcome:
        """Put a file away with its receipt, and remove the private copy."""
        arrival, taken, place = begun.arrival, begun.taken, self._place
        handled = Handled(receipts=landed.receipts, folder="")
        kept = REFUSED if handled.receipt.status == "refused" else ACCEPTED
        try:
            target = _folder(place, arrival.feed, kept, str(handled.receipt.delivery_id))
            place.filesystem.pipe_file(f"{target}/{RECEIPT}", _page(self._settings, landed).encode())
            if any(receipt.stored == "deleted" for receipt in landed.receipts):
                delete(place, arrival, taken)
            else:
                put_away(place, arrival, taken, f"{target}/{_name_of(arrival)}")
        except Exception as problem:  # noqa: BLE001 (told in the file's outcome; it stops no other file)
            return Outcome(arrival=arrival, problem=problem)
        if taken.is_copy:
            Path(taken.source).unlink()
        return Outcome(arrival=arrival, handled=Handled(receipts=landed.receipts, folder=target))


def _fetched(settings: Settings, arrival: Arrival, taken: Taken) -> Known | None:
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


def landed_since(settings: Settings, feed: str, since: dt.datetime) -> list[Receipt]:
    """Return the receipts of a feed's files that were landed since a time (UTC, no zone), the first to come first.

    A process that put a file away may have been killed before it could report the delivery.
    """
    with connect(settings, read_only=True) as connection:
        return receipts_since(connection, feed, since)


def _folder(place: Place, feed: str, *below: str) -> str:
    """Return a folder below a feed's, created if missing. The feed's own is never created: the inbox may be away."""
    folder = place.folder(feed)
    for name in below:
        folder = f"{folder}/{name}"
        if not place.sends_whole:  # a bucket has no folders
            with suppress(FileExistsError):
                place.filesystem.mkdir(folder, create_parents=False)
    return folder


def _name_of(arrival: Arrival) -> str:
    """Return the name to keep a file under: its own, unless it is too long or is the receipt's name."""
    name = arrival.name
    # A local file's name is bytes, and need not be UTF-8.
    written = os.fsencode(name)
    if len(written) > _LONGEST_NAME:
        name = os.fsdecode(written[-_LONGEST_NAME:].lstrip(_LATER_BYTES))
    return f"{name}.sent" if name == RECEIPT else name
