"""While one file is committed the next is read, and nothing of that shows: in order, whole, and safe from a sweep."""

from __future__ import annotations

import datetime as dt
import errno
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import pytest

from safer_kpi.catalogue.feeds import Feed
from safer_kpi.errors import LeaseHeld, NotFound
from safer_kpi.files import sync
from safer_kpi.lake import connect, lease, raw
from safer_kpi.lake.at_work import at_work
from safer_kpi.landing import Landing, Receipt, Terms, Waiting, land, sweep
from safer_kpi.landing.arrival import Arrival
from safer_kpi.landing.arrivals import Source, arrive_each
from safer_kpi.landing.delivery import commit
from safer_kpi.landing.standing import Standing
from safer_kpi.settings import Settings
from tests.properties.histories import Delivery, Row

LOCKING = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
"""
SENT = Terms(published=dt.datetime(2024, 9, 1))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, new_lake: Callable[..., Settings]) -> Settings:
    return new_lake(tmp_path_factory.mktemp("ahead") / "lake")


def month(folder: Path, number: int, lsoa: str = "E01015272") -> str:
    return str(Delivery(f"2024-{number:02}", number, (Row(number, lsoa, "Robbery", ""),)).write(folder, number))


def test_receipts_come_in_order_and_a_refused_file_stops_no_other(settings: Settings, tmp_path: Path) -> None:
    files = [month(tmp_path, number) for number in (1, 2, 3)]
    Path(files[1]).write_text("no,header,of,ours\n1,2,3,4\n", encoding="utf-8")
    receipts = land(settings, "police_street", files)
    assert [receipt.status for receipt in receipts] == ["accepted", "refused", "accepted"]
    first = receipts[0].delivery_id
    assert [receipt.delivery_id for receipt in receipts] == [first, first + 1, first + 2]
    assert not list(settings.scratch.iterdir())


def test_the_same_file_twice_in_one_command_is_a_duplicate(settings: Settings, tmp_path: Path) -> None:
    """The second is read before the first has a receipt."""
    path = month(tmp_path, 4)
    assert [each.status for each in land(settings, "police_street", [path, path], terms=SENT)] == [
        "accepted", "duplicate",
    ]  # fmt: skip


def test_a_file_whose_receipt_is_known_is_not_read(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = month(tmp_path, 5)
    (first,) = land(settings, "police_street", [path], terms=SENT)

    def read(*_: object, **__: object) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr("safer_kpi.landing.arrival.reading", read)
    (second,) = land(settings, "police_street", [path], terms=SENT)
    assert (first.status, second.status) == ("accepted", "duplicate")


def test_who_reads_the_next_file_asks_nothing_of_the_catalogue(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit waits for whoever reads the catalogue, who may wait for the commit; both give up after five seconds."""
    for most in ("MOST_READ", "MOST_COMMITTED"):
        monkeypatch.setattr(f"safer_kpi.landing.deliveries.{most}", 1)
    files = [month(tmp_path, number) for number in (10, 11)]
    is_locked, second_is_read = Event(), Event()

    def noted(kept: Settings, feed: Feed, sources: Sequence[Source], **named: Any) -> None:
        if sources[0].path == files[1]:
            assert is_locked.wait(timeout=60)
        if sources[0].path == files[1]:
            sources[0].arriving.add_done_callback(lambda _: second_is_read.set())
        arrive_each(kept, feed, sources, **named)

    def alone(
        connection: duckdb.DuckDBPyConnection, kept: Settings, arrivals: Sequence[Arrival], standing: Standing
    ) -> list[Receipt]:
        # In another process: those of one process share SQLite's locks.
        command = [sys.executable, "-c", LOCKING, kept.catalogue.removeprefix("sqlite:")]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "locked\n"
            is_locked.set()
            assert second_is_read.wait(timeout=60)
            other.communicate("\n")
        return commit(connection, kept, arrivals, standing)

    monkeypatch.setattr("safer_kpi.landing.deliveries.arrive_each", noted)
    monkeypatch.setattr("safer_kpi.landing.deliveries.commit", alone)
    assert [each.status for each in land(settings, "police_street", files, terms=SENT)] == ["accepted", "accepted"]


def test_a_disk_that_fails_while_many_bytes_are_flushed_ends_the_landing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel tells of an error once: to the flush that began when the bytes had come."""
    path, asked = month(tmp_path, 12), []

    def fails_once(place: Path) -> None:
        asked.append(place.name.partition("-")[0])
        if len(asked) == 1:
            raise OSError(errno.EIO, "Input/output error")
        sync(place)

    monkeypatch.setattr("safer_kpi.lake.raw._MANY", 0)
    monkeypatch.setattr("safer_kpi.lake.raw.sync", fails_once)
    with pytest.raises(OSError, match="Input/output error"):
        land(settings, "police_street", [path], terms=SENT)
    assert asked == ["receive"]
    assert not list(settings.scratch.iterdir())
    (receipt,) = land(settings, "police_street", [path], terms=SENT)
    assert receipt.status == "accepted"
    assert raw.holds(settings, receipt.sha256)


def test_a_file_read_before_midnight_is_judged_by_the_day_it_is_received(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that is told another day looks for other dates of birth."""
    days = []
    from safer_kpi.landing import arrival

    reads = arrival.reading

    def noted(*words: object, received_on: dt.date, **named: object) -> object:
        days.append(received_on)
        return reads(*words, received_on=received_on, **named)

    monkeypatch.setattr("safer_kpi.landing.arrival.reading", noted)
    before, after = dt.datetime(2026, 12, 31, 23, 59, 59), dt.datetime(2027, 1, 1)
    moments = iter([before])
    monkeypatch.setattr("safer_kpi.landing.arrival.utc_now", lambda: next(moments))
    monkeypatch.setattr("safer_kpi.landing.drafts.next_time", lambda *_: after)
    (receipt,) = land(settings, "police_street", [month(tmp_path, 6)])
    assert receipt.status == "accepted"
    assert days == [before.date(), after.date()]


def test_a_mistake_of_one_file_leaves_nothing_of_the_next(settings: Settings, tmp_path: Path) -> None:
    """The file after the one that stops the command has been read, and is landed by no one."""
    with connect(settings, read_only=True) as lake:
        before = lake.execute("SELECT count(*) FROM journal.delivery").fetchall()
    gone, good = Waiting(feed="police_street", path=str(tmp_path / "gone.csv")), month(tmp_path, 7)
    with Landing(settings) as landing, pytest.raises(NotFound):
        list(landing.land_each([gone, Waiting(feed="police_street", path=good)]))
    assert not list(settings.scratch.iterdir())
    with connect(settings, read_only=True) as lake:
        assert lake.execute("SELECT count(*) FROM journal.delivery").fetchall() == before


def test_who_cannot_have_the_lease_leaves_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safer_kpi.landing.deliveries.lease", lambda settings: lease(settings, wait_seconds=0))
    files = [month(tmp_path, number) for number in (8, 9)]
    with lease(settings), pytest.raises(LeaseHeld):
        land(settings, "police_street", files)
    assert not list(settings.scratch.iterdir())


def test_a_sweep_leaves_what_somebody_reads(settings: Settings) -> None:
    left = settings.scratch / "receive-left"
    left.write_bytes(b"of a reader that was killed")
    with at_work(settings):
        sweep(settings)
        assert left.exists()
    sweep(settings)
    assert not left.exists()
