"""Fetch what is new at a feed's source and drop it into the inbox, once for every feed that states the same source."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.catalogue.source import Source, stated_source
from safer_kpi.catalogue.template import area_of
from safer_kpi.errors import FetchFailed, UsageError
from safer_kpi.inbox.arrivals import arrivals
from safer_kpi.inbox.place import Place, make_inbox, open_place
from safer_kpi.inbox.sources.elsewhere import Elsewhere
from safer_kpi.inbox.sources.run import Run
from safer_kpi.inbox.sources.state import State, folder
from safer_kpi.inbox.sources.web import Manners, Web
from safer_kpi.version import package_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from safer_kpi.inbox.sources.fetched import Fetched
    from safer_kpi.settings import Settings

_PATIENT = Manners()


def feeds_with_a_source(project: Path) -> list[str]:
    """Return the feeds whose files are fetched."""
    feeds = project / "contracts" / "feeds"
    return [name for name in feed_names(project) if stated_source(feeds / f"{name}.py") is not None]


def fetch(
    settings: Settings,
    feed: str,
    *,
    opener: Callable[[str], Place] = open_place,
    manners: Manners = _PATIENT,
    again: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Fetched]:
    """Ask the source of a feed for what is new and drop it into the inbox; return a row for each file asked for.

    Feeds that state the same address and name are fetched together: each file is asked for once and dropped for all.

    Args:
        settings: the lake; its inbox takes the files.
        feed: the feed.
        opener: opens the inbox, and a source that is not on the web.
        manners: how patiently a publisher is asked.
        again: ask for everything, and drop it, as if nothing were known.
        progress: called with the name of each step.

    Raises:
        NotFound: there is no such feed.
        UsageError: its contract has no source.
        FetchFailed: the inbox or the place of the files cannot be reached, or another fetch runs.
    """
    own = load_feed(settings.project, feed).source
    if own is None:
        raise UsageError(
            f"The contract of {feed} has no source: its partner sends files.",
            next_action=f"Feeds that are fetched: {', '.join(feeds_with_a_source(settings.project)) or 'none'}.",
        )
    sources = _together(settings.project, own)
    rows = []
    with _alone(settings):
        place, waiting = _inbox(settings, opener, sources)
        most = max(source.max_bytes for source in sources.values())
        run = Run(
            sources=sources,
            state=State(settings, f"{own.address} {own.name}".strip()),
            place=place,
            waiting=waiting,
            web=Web(
                agent=_agent(settings, sources),
                pause=max(source.pause_seconds for source in sources.values()),
                max_bytes=most,
                manners=manners,
            ),
            elsewhere=Elsewhere(opener=opener, max_bytes=most, settle_seconds=settings.settle_seconds),
            work=settings.home / "taken",
            again=again,
        )
        for row in run.rows():
            progress(f"{row.period or row.file_name}: {row.status.replace('_', ' ')}")
            rows.append(row)
    return rows


def _together(project: Path, own: Source) -> dict[str, Source]:
    """Return the feeds that state the same address and name, with their sources."""
    found = {}
    for name in feeds_with_a_source(project):
        stated = stated_source(project / "contracts" / "feeds" / f"{name}.py") or {}
        if (stated.get("address"), stated.get("name", "")) == (own.address, own.name):
            source = load_feed(project, name).source
            if source is not None:
                found[name] = source
    return found


def _agent(settings: Settings, sources: Mapping[str, Source]) -> str:
    """Return the name that requests carry: the program, for which area it asks, and whom to write to."""
    contact = next((source.contact for source in sources.values() if source.contact), "")
    told = f"community safety data of {area_of(settings.project)}"
    return f"safer-kpi/{package_version()} ({told}{f'; {contact}' if contact else ''})"


def _inbox(
    settings: Settings, opener: Callable[[str], Place], feeds: Mapping[str, Source]
) -> tuple[Place, dict[str, set[str]]]:
    """Open the inbox (that of the home is made if it is missing); return the names that wait for each feed too."""
    try:
        place = opener(settings.watched)
        if not settings.inbox:
            make_inbox(place, settings.project)
        return place, {feed: {each.name for each in arrivals(place, feed)} for feed in feeds}
    except Exception as problem:  # noqa: BLE001 (each filesystem raises errors of its own)
        raise FetchFailed(
            f"The inbox cannot be reached ({type(problem).__name__}); nothing was fetched.",
            next_action="Check SAFER_KPI_INBOX and the folder of each feed in it.",
        ) from None


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Hold the lock of all fetches of a home, so that a publisher gets one request at a time.

    Raises:
        FetchFailed: another fetch holds it.
    """
    folder(settings).mkdir(parents=True, exist_ok=True)
    handle = os.open(folder(settings) / "fetch.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise FetchFailed("Another fetch of this lake runs.", next_action="Wait until it has ended.") from None
    try:
        yield
    finally:
        os.close(handle)
