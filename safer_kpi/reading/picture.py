"""The base of ``Lake``: the attached read files, and the look-ups that all modules of this package share."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.reading.book import Book, one_of
from safer_kpi.reading.locate import folders_of, others_of, release_folder_in
from safer_kpi.reading.place import PUBLIC, RELEASE_FILE, require_known_format

if TYPE_CHECKING:
    import datetime as dt

    from safer_kpi.reading.place import Place
    from safer_kpi.reading.times import Moment


class Picture:
    """A place opened for reading: its files, releases and moments."""

    def __init__(self, place: Place) -> None:
        if place.release_id:
            require_known_format(place.file.parent)
        self._place = place
        self._book = Book(place.file, others=others_of(place), folders=folders_of(place))
        self._releases: dict[str, Picture] = {}
        self.seals: dict[str, dict[str, Any] | None] = {}
        self.checked_seals: set[tuple[str | None, ...]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self.edition == PUBLIC:
            return f"<safer_kpi.{type(self).__name__}: public edition of release {self._place.release_id}>"
        what = f"release {self._place.release_id}" if self._place.release_id else "the live balance"
        return f"<safer_kpi.{type(self).__name__}: {what}, up to entry {self._book.last_entry}>"

    def close(self) -> None:
        """Close the files; tables from this lake can no longer be read."""
        for opened in self._releases.values():
            opened.close()
        self._book.close()

    @property
    def edition(self) -> str:
        """``public`` if these are the figures of a public edition; ``restricted`` if they are exact."""
        return self._place.edition

    # Members below are for the modules of this package; they are not part of the public interface.

    @property
    def book(self) -> Book:
        """The attached files."""
        return self._book

    @property
    def place(self) -> Place:
        """The location of the files."""
        return self._place

    @cached_property
    def published(self) -> dict[str, str | None]:
        """The status of each release that this place lists, the latest quarter's last correction last.

        None in a book of an older version, which knows no status.
        """
        status = "status" if self._book.has_column("release", "status") else "NULL"
        listed = f"SELECT release_id, {status} FROM kpi.release ORDER BY quarter, published_at, release_id"
        return dict(self._book.read(listed)[1])

    def latest_release(self) -> str | None:
        """Return the default release: the latest quarter's last correction that is not withdrawn."""
        if self._place.release_id:
            return self._place.release_id
        return next((name for name, status in reversed(self.published.items()) if status != "withdrawn"), None)

    def release_id(self, release: str) -> str:
        """Return the release id, checked against the published releases of this place."""
        if self._place.release_id == release:
            return release
        if not self.published:
            raise NotFound("No release is published yet.", next_action='Use release="now" for the live balance.')
        return one_of(release, self.published, "release")

    def in_release(self, release_id: str) -> Picture | None:
        """Return the release's own folder, opened once; None if this place is that folder or does not have it."""
        folder = None if self._place.release_id == release_id else release_folder_in(self._place, release_id)
        if folder is None:
            return None
        if release_id not in self._releases:
            own = replace(self._place, file=folder / RELEASE_FILE, releases=str(folder.parent), release_id=release_id)
            self._releases[release_id] = Picture(own)
        return self._releases[release_id]

    def require_live(self, what: str) -> None:
        """Raise ``UsageError`` if this place is a release folder and not a lake."""
        if self._place.release_id or self._book.is_release:
            raise UsageError(
                f"{what} is not available from a release, which holds no live data.",
                next_action="Open the lake itself.",
            )

    def require_evidence(self, what: str) -> None:
        """Raise ``UsageError`` if this place is a public edition, which has none of ``what`` (in the plural)."""
        if self.edition == PUBLIC:
            raise UsageError(
                f"A public edition holds no evidence, and so no {what}.",
                next_action="Ask the partnership, which can open the release itself.",
            )

    def moment(self, known_at: Moment) -> dt.datetime:
        """Return the instant of a date or time, which must not be later than a release's own evidence."""
        from safer_kpi.reading.times import known_moment

        self.require_evidence("earlier values")
        instant = known_moment(known_at)
        if self._place.release_id and instant > self._book.as_of:
            raise UsageError(
                "The moment is later than the last entry of this release.",
                next_action="Use an earlier date, or open the lake itself.",
            )
        return instant
