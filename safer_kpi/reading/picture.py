"""One open picture: the attached read files, and what every module of this package asks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.reading.book import Book, one_of

if TYPE_CHECKING:
    import datetime as dt

    from safer_kpi.reading.place import Place
    from safer_kpi.reading.times import Moment


class Picture:
    """A place opened for reading: its files, its releases, its moments."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._book = Book(place.file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        what = f"release {self._place.release_id}" if self._place.release_id else "the live balance"
        return f"<safer_kpi.{type(self).__name__}: {what}, up to entry {self._book.last_entry}>"

    def close(self) -> None:
        """Let go of the files; tables taken from this lake can no longer be read."""
        self._book.close()

    # What the modules of this package share; not part of the public interface.

    @property
    def book(self) -> Book:
        """The attached files."""
        return self._book

    @property
    def place(self) -> Place:
        """Where the files came from."""
        return self._place

    def latest_release(self) -> str | None:
        """The release a call without one means: the latest quarter's last correction, unless it was withdrawn."""
        if self._place.release_id:
            return self._place.release_id
        found = self._book.read(
            f"SELECT release_id FROM kpi.release {self._standing()}"
            "ORDER BY quarter DESC, published_at DESC, release_id DESC LIMIT 1"
        )[1]
        return found[0][0] if found else None

    def _standing(self) -> str:
        """The condition that leaves withdrawn releases out; a book from before there were any knows of none."""
        columns = self._book.read("SELECT * FROM kpi.release LIMIT 0")[0]
        return "WHERE status <> 'withdrawn' " if "status" in columns else ""

    def release_id(self, release: str) -> str:
        """The release, if it is published and known here."""
        if self._place.release_id == release:
            return release
        known = [row[0] for row in self._book.read("SELECT release_id FROM kpi.release ORDER BY published_at")[1]]
        if not known:
            raise NotFound("Nothing has been published yet.", next_action='Use release="now" for the live balance.')
        return one_of(release, known, "release")

    def require_live(self, what: str) -> None:
        """Raise unless this is a lake, not one release's folder."""
        if self._place.release_id:
            raise UsageError(
                f"{what} is asked of a release folder, which holds no live balance.",
                next_action="Open the lake itself.",
            )

    def moment(self, known_at: Moment) -> dt.datetime:
        """The instant a date or time names, within what this picture can answer for."""
        from safer_kpi.reading.times import known_moment

        instant = known_moment(known_at)
        if self._place.release_id and instant > self._book.as_of:
            raise UsageError(
                "That moment lies after what this release knew.",
                next_action="Open the lake itself, or an earlier date.",
            )
        return instant
