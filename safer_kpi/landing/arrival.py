"""A partner's file, received and read: all of its landing that needs neither the lake nor the lease."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from safer_kpi.catalogue.known_names import known_name
from safer_kpi.errors import InputRefused
from safer_kpi.files import as_text
from safer_kpi.intake import Passing
from safer_kpi.landing.parsing import csv_dialect
from safer_kpi.landing.read_together import Bytes
from safer_kpi.landing.readings import of_no_cells, reading
from safer_kpi.landing.receive import file_name_of, receive
from safer_kpi.landing.times import utc_now

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.lake.raw import Held
    from safer_kpi.landing.posting import Terms
    from safer_kpi.landing.readings import AreNew, Prepared, Reading
    from safer_kpi.settings import Settings


class Arrival:
    """One file as it came.

    Attributes:
        feed: the contract that reads it.
        terms: when it was published and received.
        came_as: its whole name.
        archive_sha256: the hash of the archive that it came in.
        held: its bytes in the holding place; None if they were refused before.
        read: its rows; None if it was refused, or not read because a receipt for it is known.
        refusal: why it is refused.
        is_clean: all of it was searched for identifiers of people, and none was found.
    """

    def __init__(
        self, settings: Settings, feed: Feed, terms: Terms, came_as: str, archive_sha256: str | None, are_new: AreNew
    ) -> None:
        self.feed, self.terms = feed, terms
        self.came_as, self.archive_sha256 = came_as, archive_sha256
        self.held: Held | None = None
        self.read: Reading | None = None
        self.refusal: InputRefused | None = None
        self.is_clean = False
        self._settings = settings
        self._are_new = are_new
        self._passing: Passing | None = None
        self._read_on: dt.date | None = None
        self._open = ExitStack()

    @property
    def known_as(self) -> str | None:
        """Its name, as far as the contract knows it."""
        return known_name(self.feed, self.came_as)

    @property
    def bytes(self) -> Bytes | None:
        """What a reader of several files is told of it; None if its bytes were refused."""
        if self.held is None:
            return None
        return Bytes(path=self.held.path, passing=self._passing, came_as=self.came_as, are_new=self._are_new)

    def read_on(self, day: dt.date, prepared: Prepared | None = None) -> None:
        """Read the file as one that came on a day, unless that is done; a refusal is kept for whoever lands it.

        ``prepared`` says how far it has been read together with others.
        """
        if self.held is None or self._read_on == day:
            return
        self._forget_reading()
        self._read_on = day
        try:
            self.read = self._open.enter_context(
                reading(
                    self._settings, self.feed, self.held.path, self.known_as,
                    received_on=day, searched=self._found_clean, name_as_it_came=self.came_as,
                    passing=self._passing, are_new=self._are_new, prepared=prepared,
                )
            )  # fmt: skip
        except InputRefused as refusal:
            self.refusal = refusal

    def receive(self, source: str) -> None:
        """Take the bytes at ``source`` into the holding place; a refusal is kept for whoever lands it."""
        dialect = csv_dialect(self.feed)
        if dialect is not None:
            self._passing = Passing(dialect)
        try:
            seen = None if self._passing is None else self._passing.take
            self.held = receive(self._settings, self.feed, source, seen=seen)
        except InputRefused as refusal:
            self.refusal = refusal

    def rows(self) -> Reading:
        """Return the rows.

        Raises:
            InputRefused: the file is refused.
        """
        if self.refusal is not None:
            raise self.refusal
        if self.read is None:
            raise RuntimeError("The file has not been read.")
        return self.read

    def close(self) -> None:
        """Remove its rows, and its bytes from the holding place."""
        self._forget_reading()
        if self.held is not None:
            self.held.release()

    def _found_clean(self) -> None:
        self.is_clean = True

    def _forget_reading(self) -> None:
        self._open.close()
        self.read, self.refusal, self.is_clean = None, None, False


def arrive(
    settings: Settings,
    feed: Feed,
    source: str,
    terms: Terms,
    *,
    is_known: Callable[[str], bool],
    are_new: AreNew = of_no_cells,
    file_name: str | None = None,
    archive_sha256: str | None = None,
) -> Arrival:
    """Receive the file at ``source``, and read it unless ``is_known`` says that its hash has a receipt that answers.

    The file may have come under another name or in an archive. ``are_new`` says of cells whether nobody has delivered
    them, as far as the caller knows. Whoever gets the arrival closes it.

    Raises:
        NotFound: there is no such file.
        SaferKpiError: the disk failed; the file may be good.
    """
    arrival = Arrival(settings, feed, terms, as_text(file_name or file_name_of(source)), archive_sha256, are_new)
    try:
        if received(arrival, source, is_known):
            arrival.read_on(day_of(terms))
    except BaseException:
        arrival.close()
        raise
    return arrival


def received(arrival: Arrival, source: str, is_known: Callable[[str], bool]) -> bool:
    """Receive the file at ``source``; return whether it is to be read, because no receipt answers for its hash."""
    arrival.receive(source)
    if arrival.held is None or is_known(arrival.held.sha256):
        return False
    arrival.held.flush()
    return True


def day_of(terms: Terms) -> dt.date:
    """Return the day on which a file comes."""
    return (terms.received_at or utc_now()).date()
