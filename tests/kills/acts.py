"""What is killed: a warm lake for each act, and what the act does.

An act goes in steps; ``say(n)`` tells that step n is acknowledged. Doing an act again does what is left of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from safer_kpi.compute import build
from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.errors import UsageError
from safer_kpi.inbox import arrivals, handle, make_inbox, open_place
from safer_kpi.lake import raw
from safer_kpi.landing import Terms, init, land, land_by_name, sweep
from safer_kpi.releases import approve, draft, publish
from safer_kpi.releases.compaction import compact
from safer_kpi.settings import RELEASES, Settings
from tests.feeds.archive_maker import archive
from tests.flows.test_archives import street
from tests.properties.histories import Delivery, Row

FEED, RELEASE = "police_street", "2023-24-Q4"
VIOLENCE = "Violence and sexual offences"
Say = Callable[[int], object]
#: A month, its correction (a row progressed, one late, one withdrawn), and another month.
FIRST = Delivery("2024-01", 1, tuple(Row(n, "E01015272", VIOLENCE, "Under investigation") for n in range(1, 31)))
SECOND = Delivery(
    "2024-01",
    2,
    (
        Row(1, "E01015272", VIOLENCE, "Local resolution"),
        *(Row(n, "E01015272", VIOLENCE, "Under investigation") for n in range(3, 31)),
        Row(40, "E01015387", VIOLENCE, "Under investigation"),
    ),
)
THIRD = Delivery("2024-02", 3, tuple(Row(n, "E01015272", "Robbery", "") for n in range(50, 60)))
#: A header and no row: refused, with nothing but a receipt.
BROKEN = Delivery("2024-03", 4, ())


@dataclass(frozen=True, kw_only=True)
class Act:
    """An act on a lake: what makes a lake of one kind warm, what is done to it, how many steps it has."""

    name: str
    start: str = "seeded"
    warm: Callable[[Settings], object]
    do: Callable[[Settings, Say], object]
    steps: int = 1


def land_files(settings: Settings, deliveries: tuple[Delivery, ...], say: Say = lambda _: None) -> None:
    """Land files, each with its publication date; one that is there already changes nothing."""
    for number, delivery in enumerate(deliveries, 1):
        path = delivery.write(settings.home.parent / "files", delivery.day)
        land(settings, FEED, [str(path)], terms=Terms(published=delivery.published))
        say(number)


def _land_together(settings: Settings, say: Say) -> None:
    """Land three files by one command: they are committed together."""
    sent = [Delivery(f"2024-{month:02}", month, THIRD.rows) for month in (2, 3, 4)]
    paths = [str(delivery.write(settings.home.parent / "files", delivery.day)) for delivery in sent]
    land(settings, FEED, paths, terms=Terms(published=dt.datetime(2024, 6, 20)))
    say(1)


def _one_month(settings: Settings) -> None:
    land_files(settings, (FIRST,))


def _archived(settings: Settings, say: Say) -> None:
    path = settings.home.parent / "download.zip"
    months = {f"{month}-dorset-street.csv": street(month, 20) for month in ("2024-02", "2024-03")}
    path.write_bytes(archive(months.items()))
    land_by_name(settings, [str(path)], terms=Terms(published=dt.datetime(2024, 6, 9)), progress=lambda _: None)
    say(1)


def _dropped(settings: Settings) -> None:
    """Two files and an archive of a third wait in the inbox of a lake that holds one month."""
    _one_month(settings)
    place = open_place(settings.watched)
    make_inbox(place, settings.project)
    waiting = {f"{month}-dorset-street.csv": street(month, 20) for month in ("2024-02", "2024-03")}
    waiting["download.zip"] = archive([("2024-04-dorset-street.csv", street("2024-04", 20))])
    for name, content in waiting.items():
        place.filesystem.pipe_file(f"{place.folder(FEED)}/{name}", content)


def _handled(settings: Settings, say: Say) -> None:
    place = open_place(settings.watched)
    for number, arrival in enumerate(arrivals(place, FEED), 1):
        handle(settings, place, arrival)
        say(number)


def _littered(settings: Settings) -> None:
    """A lake with what stopped commands leave: stored bytes without a receipt, work files, an unknown Parquet file."""
    _one_month(settings)
    for number in range(8):
        _leave(settings, settings.raw, f"{number:02x}/{number:02x}{'0' * 62}")
    _leave(settings, settings.data, "left.parquet")
    settings.scratch.mkdir(exist_ok=True)
    (settings.scratch / "parse-left.parquet").write_bytes(b"left")


def _leave(settings: Settings, url: str, name: str) -> None:
    filesystem, root = raw.remote(settings, url)
    path = f"{root.rstrip('/')}/{name}"
    filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
    filesystem.pipe_file(path, b"left")


def _scattered(settings: Settings) -> None:
    """A lake of several small files and snapshots."""
    _one_month(settings)
    land_files(settings, (SECOND, THIRD))


def _approved(settings: Settings) -> None:
    """A lake of a quarter whose release is drafted and approved by two people."""
    partner = sample_partner(settings.project / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv")
    files = []
    for month in ("2024-01", "2024-02", "2024-03"):
        files.append(settings.home.parent / f"{month}-dorset-street.csv")
        write_street(files[-1], partner, month, rows=100)
    terms = Terms(published=dt.datetime(2024, 5, 13), received_at=dt.datetime(2024, 5, 14, 9))
    land(settings, FEED, [str(path) for path in files], terms=terms)
    build(settings)
    found = draft(settings, RELEASE)
    override = "this test needs no more months" if found["findings"] else None
    approve(settings, RELEASE, name="First Approver", override=override)
    approve(settings, RELEASE, name="Second Approver")


def _published(settings: Settings, say: Say) -> None:
    """Publish, and build as the next build does; a person who is told that it is published has what was asked for."""
    try:
        publish(settings, RELEASE)
    except UsageError:
        if not (settings.home / RELEASES / RELEASE).is_dir():
            raise
        build(settings)
    say(1)


def _one(do: Callable[[Settings], object]) -> Callable[[Settings, Say], object]:
    return lambda settings, say: (do(settings), say(1))


ACTS = (
    Act(name="init", start="nothing", warm=lambda _: None, do=_one(init)),
    Act(
        name="land",
        warm=_one_month,
        do=lambda settings, say: land_files(settings, (SECOND, THIRD, BROKEN), say),
        steps=3,
    ),
    Act(name="together", warm=_one_month, do=_land_together),
    Act(name="archive", warm=_one_month, do=_archived),
    Act(name="inbox", warm=_dropped, do=_handled, steps=3),
    Act(name="sweep", warm=_littered, do=_one(sweep)),
    Act(name="compaction", warm=_scattered, do=_one(compact)),
    Act(name="build", start="built", warm=_one_month, do=_one(build)),
    Act(name="publish", start="built", warm=_approved, do=_published),
)
