"""One run over the files of one source: what is asked for, in which order, and what becomes of each answer."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import FetchFailed, SourceUnreachable
from safer_kpi.inbox.sources.addresses import fetched_from
from safer_kpi.inbox.sources.answers import Absent, Answer, Changing, Got, Later
from safer_kpi.inbox.sources.dropping import drop
from safer_kpi.inbox.sources.fetched import Fetched, Status
from safer_kpi.inbox.sources.state import Known
from safer_kpi.landing.times import utc_now

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from safer_kpi.catalogue.source import Asked, Source
    from safer_kpi.inbox.place import Place
    from safer_kpi.inbox.sources.elsewhere import Elsewhere
    from safer_kpi.inbox.sources.state import State
    from safer_kpi.inbox.sources.web import Web

#: Periods in a row that a publisher does not have yet, after which later ones are not asked for in this run.
_ENOUGH_ABSENT = 3


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A file to ask for, and the feeds it is for."""

    asked: Asked
    feeds: tuple[str, ...]

    @property
    def key(self) -> str:
        """What the file is remembered under."""
        return self.asked.period or self.asked.address


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run over the files of one address.

    Attributes:
        sources: the feeds that state the address, with their sources.
        state: what is known of the address.
        place: the inbox.
        waiting: by feed the names of the files that wait in its folder.
        web: asks a web address.
        elsewhere: asks any other.
        work: a folder for downloads.
        again: ask for everything as if nothing were known.
    """

    sources: Mapping[str, Source]
    state: State
    place: Place
    waiting: Mapping[str, set[str]]
    web: Web
    elsewhere: Elsewhere
    work: Path
    again: bool

    @property
    def source(self) -> Source:
        """The source of the first feed; those of the others have the same address and name."""
        return next(iter(self.sources.values()))

    def rows(self) -> Iterator[Fetched]:
        """Ask for each file in turn."""
        now = utc_now()
        if self.state.not_before and self.state.not_before > now and not self.again:
            yield Fetched(
                feeds=tuple(self.sources), period="", file_name="", status="postponed",
                message=_not_before(self.state.not_before),
            )  # fmt: skip
            return
        wanted = self._wanted(now.date())
        absent = 0
        for number, one in enumerate(wanted, start=1):
            row, is_reachable = self._row(one)
            absent = absent + 1 if row.status == "not_yet" else 0
            enough = absent >= _ENOUGH_ABSENT and not any(key > one.key for key in self.state.known)
            if enough and number < len(wanted):
                row = replace(
                    row,
                    message="Later ones were not asked for. If the publisher never had these, put source.from later.",
                )
            yield row
            if enough or row.status == "postponed" or not is_reachable:
                return

    def _wanted(self, today: dt.date) -> list[Wanted]:
        """Return what to ask for: all that is not fetched, and of the rest the newest, in case they were revised."""
        files: dict[str, Wanted] = {}
        for feed, source in self.sources.items():
            listed = self.elsewhere.listed(source.address) if source.is_pattern else source.asked(today)
            for asked in listed:
                one = Wanted(asked=asked, feeds=(feed,))
                before = files.get(one.key)
                files[one.key] = replace(one, feeds=(*before.feeds, feed)) if before else one
        keys = sorted(files)
        if self.source.kind is None or self.again:
            return [files[key] for key in keys]
        fetched = [key for key in keys if self._has(files[key])]
        look_back = max(source.look_back for source in self.sources.values())
        settled = set(fetched[: max(len(fetched) - look_back, 0)])
        return [files[key] for key in keys if key not in settled]

    def _has(self, one: Wanted) -> bool:
        known = self.state.known.get(one.key)
        return known is not None and known.has(one.feeds)

    def _row(self, one: Wanted) -> tuple[Fetched, bool]:
        """Return what became of a file, and whether it is worth asking for the next."""
        try:
            return self._one(one), True
        except FetchFailed as problem:
            return told(one, "failed", message=str(problem)), not isinstance(problem, SourceUnreachable)

    def _one(self, one: Wanted) -> Fetched:
        if any(one.asked.name in self.waiting[feed] for feed in one.feeds):
            return told(one, "waiting", message="A file of this name still waits in the inbox.")
        validators = self.state.known[one.key].validators if self._has(one) and not self.again else {}
        self.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.work) as private:
            to = Path(private) / "fetched"
            answer = self._ask(one.asked, validators, to)
            self.state.postpone(answer.until if isinstance(answer, Later) else None)
            return self._keep(one, answer, to) if isinstance(answer, Got) else self._told(one, answer)

    def _ask(self, asked: Asked, validators: Mapping[str, str], to: Path) -> Answer:
        if self.source.is_web:
            return self.web.ask(asked.address, asked.name, validators, to)
        return self.elsewhere.ask(self.source.address, asked, validators, to)

    def _keep(self, one: Wanted, got: Got, to: Path) -> Fetched:
        """Drop a file for each feed that does not have it."""
        known = self.state.known.get(one.key)
        same = known if known is not None and known.sha256 == got.sha256 else None
        # A date once given to these bytes stays: dropped again after a crash they are the same delivery.
        published_at = same.published_at if same else got.published_at or utc_now()
        publisher_date = same.publisher_date if same else got.published_at
        had = same.dropped if same and not self.again else ()
        self.state.note(
            one.key,
            Known(
                name=one.asked.name, sha256=got.sha256, bytes=got.bytes, published_at=published_at,
                publisher_date=publisher_date, address=fetched_from(self.source, one.asked.address),
                validators=got.validators, feeds=one.feeds, dropped=had,
            ),
        )  # fmt: skip
        missing = [feed for feed in one.feeds if feed not in had]
        for feed in missing:
            self._drop(feed, to, one.asked.name)
            self.state.dropped(one.key, feed)
        if not missing:
            return told(one, "unchanged", message="The same bytes came again.")
        return told(one, "fetched", bytes=got.bytes, sha256=got.sha256, published_at=published_at)

    def _drop(self, feed: str, fetched: Path, name: str) -> None:
        try:
            drop(self.place, feed, fetched, name)
        except Exception as problem:  # noqa: BLE001 (each filesystem raises errors of its own)
            raise SourceUnreachable(
                f"The fetched file cannot be put into the inbox of {feed} ({type(problem).__name__}).",
                next_action="Check the inbox; the next run fetches the file again.",
            ) from None

    def _told(self, one: Wanted, answer: Answer) -> Fetched:
        match answer:
            case Changing():
                return told(one, "changing", message="It is being written; the next run looks again.")
            case Later(until=until):
                return told(one, "postponed", message=_not_before(until))
            case Absent() if one.key in self.state.known or self.source.is_pattern:
                return told(one, "gone", message="It is there no longer; what was fetched stays.")
            case Absent() if self.source.kind:
                return told(one, "not_yet")
            case Absent():
                raise FetchFailed(
                    f"No file is at the source of {' and '.join(one.feeds)}.",
                    next_action="Check source.address; a period stands in it as {month}.",
                )
        return told(one, "unchanged")


def told(one: Wanted, status: Status, **more: Any) -> Fetched:
    """Return the row of a file."""
    return Fetched(feeds=one.feeds, period=one.asked.period, file_name=one.asked.name, status=status, **more)


def _not_before(until: dt.datetime) -> str:
    return f"The publisher asks not to be asked before {until:%Y-%m-%d %H:%M} UTC."
