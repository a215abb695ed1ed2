"""What the tasks of a feed hand over, which Airflow keeps, holds no file's name as it came."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.inbox import Arrival, make_inbox, open_place
from safer_kpi.inbox.sources.fetched import Fetched
from safer_kpi.settings import Settings

FEED, CANARY = "police_street", "Jane Canary"
NAMES = (f"{CANARY} 2024-01-dorset-street {CANARY}.csv", f"{CANARY}.csv")
LOOKUP = Path(__file__).resolve().parents[2] / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv"


class Event:
    """An outlet's event, as Airflow takes it."""

    def __init__(self) -> None:
        self.extra: Any = None
        self.partitions: list[str] = []
        self.added: list[Any] = []

    def add_partitions(self, keys: list[str]) -> None:
        self.partitions = keys

    def add(self, asset: Any, extra: Any) -> None:
        self.added.append((asset.name, extra))


def task(try_number: int = 1) -> dict[str, Any]:
    """A try of a landing, of a run that began before all files."""
    run = SimpleNamespace(start_date=dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    return {"run": run, "task": SimpleNamespace(try_number=try_number, max_tries=3)}


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_lake: Callable[..., Settings]) -> Path:
    settings = new_lake(tmp_path / "lake")
    folder = tmp_path / "inbox" / FEED
    make_inbox(open_place(str(folder.parent)), settings.project)
    monkeypatch.setenv("SAFER_KPI_HOME", str(settings.home))
    monkeypatch.setenv("SAFER_KPI_INBOX", str(folder.parent))
    monkeypatch.setenv("SAFER_KPI_SETTLE_SECONDS", "0")
    return folder


def test_what_a_landing_tells_names_no_file(inbox: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two files that are none: what the task fails with, and its log, hold neither name."""
    from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

    from safer_kpi.orchestration import land

    for name in NAMES:
        (inbox / name).write_text("not a street file")
    with caplog.at_level("INFO"), pytest.raises(AirflowFailException) as refused:
        land.land_files(FEED, {}, **task())
    assert str(refused.value).count("was refused") == len(NAMES)
    assert CANARY not in f"{refused.value} {caplog.text}"
    with pytest.raises(AirflowSkipException):
        land.land_files(FEED, {}, **task())


def test_a_landing_tells_of_each_file_and_again_if_it_was_killed(inbox: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two months and a file that is none: an event for each month, a reason for the other, and the same in a retry."""
    from safer_kpi.orchestration import land
    from safer_kpi.orchestration.assets import DELIVERED_TOGETHER, delivered, periods

    months, partner = ("2024-01", "2024-02"), sample_partner(LOOKUP)
    for month in months:
        write_street(inbox / f"{month}-dorset-street.csv", partner, month, rows=40)
    (inbox / NAMES[1]).write_text("not a street file")
    sent = {hashlib.sha256((inbox / f"{month}-dorset-street.csv").read_bytes()).hexdigest() for month in months}
    for try_number in (1, 2):  # the second finds nothing in the inbox, as after a kill before the events were emitted
        events: defaultdict[Any, Event] = defaultdict(Event)
        with caplog.at_level("INFO"):
            (why,) = land.land_files(FEED, events, **task(try_number))
        assert "was refused" in why
        told = [events[delivered(FEED)].extra, *(extra for _, extra in events[DELIVERED_TOGETHER].added)]
        assert [each["status"] for each in told] == ["accepted", "accepted"]
        assert {each["sha256"] for each in told} == sent
        assert [name for name, _ in events[DELIVERED_TOGETHER].added] == [f"feed/{FEED}"]
        assert sorted(events[periods(FEED)].partitions) == list(months)
        assert CANARY not in f"{why} {told} {caplog.text}"


def test_an_error_fails_the_task_until_its_last_try_which_tells_of_the_others(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safer_kpi.inbox import handling
    from safer_kpi.orchestration import land
    from safer_kpi.orchestration.assets import delivered

    for month in ("2024-01", "2024-02"):
        write_street(inbox / f"{month}-dorset-street.csv", sample_partner(LOOKUP), month, rows=40)
    take = handling.take

    def taken(place: Any, arrival: Arrival, copy: Path) -> Any:
        if arrival.name.startswith("2024-02"):
            raise ValueError(CANARY)
        return take(place, arrival, copy)

    monkeypatch.setattr(handling, "take", taken)
    with pytest.raises(ValueError, match=CANARY):
        land.land_files(FEED, {}, **task())
    events: defaultdict[Any, Event] = defaultdict(Event)
    assert land.land_files(FEED, events, **task(4)) == ["A file was not landed and still waits. ValueError"]
    assert events[delivered(FEED)].extra["status"] == "accepted"
    assert [path.name[:7] for path in inbox.iterdir() if path.is_file()] == ["2024-02"]


def test_what_a_fetch_tells_names_none_of_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    from safer_kpi.orchestration import fetch

    def row(name: str) -> Any:
        return SimpleNamespace(period="", file_name=name, status="fetched", message="")

    assert {"period", "file_name", "status", "message"} <= set(Fetched.__dataclass_fields__)
    monkeypatch.setattr(fetch, "fetch", lambda *_, **__: [row(name) for name in NAMES])
    assert fetch.fetch_feed(FEED) == ["2024-01-dorset-street.csv: fetched", f"{FEED}: fetched"]
