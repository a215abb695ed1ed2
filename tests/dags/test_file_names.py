"""What the tasks of a feed hand over, which Airflow keeps, holds no file's name as it came."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from safer_kpi.inbox import Arrival
from safer_kpi.inbox.sources.fetched import Fetched

FEED, CANARY = "police_street", "Jane Canary"
NAMES = (f"{CANARY} 2024-01-dorset-street {CANARY}.csv", f"{CANARY}.csv")
SINCE = dt.datetime(2024, 1, 1)


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "inbox" / FEED
    folder.mkdir(parents=True)
    for name in NAMES:
        (folder / name).write_text("not a street file")
    monkeypatch.setenv("SAFER_KPI_HOME", str(tmp_path / "lake"))
    monkeypatch.setenv("SAFER_KPI_INBOX", str(folder.parent))
    monkeypatch.setenv("SAFER_KPI_SETTLE_SECONDS", "0")
    return folder


def test_the_list_of_waiting_files_names_none_of_them(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from safer_kpi.orchestration import land

    seen: list[str] = []

    def take(_settings: Any, _place: Any, arrival: Arrival) -> None:
        seen.append(arrival.name)

    rows = land.waiting_files(FEED)
    assert CANARY not in json.dumps(rows)
    assert sorted(each["known"] for each in rows) == ["", "2024-01-dorset-street.csv"]
    monkeypatch.setattr(land, "handle", take)
    monkeypatch.setattr(land, "landed", lambda *_, **__: None)
    for each in rows:
        with pytest.raises(AirflowSkipException):
            land.land_file(FEED, each, {}, since=SINCE)
    assert sorted(seen) == sorted(NAMES)  # each is found again
    (inbox / NAMES[0]).write_text("another file that took the name")
    [stale] = [each for each in rows if each["known"]]
    with pytest.raises(AirflowSkipException):
        land.land_file(FEED, stale, {}, since=SINCE)
    assert len(seen) == len(NAMES)


def test_what_a_fetch_tells_names_none_of_its_files(monkeypatch: pytest.MonkeyPatch) -> None:
    from safer_kpi.orchestration import fetch

    def row(name: str) -> Any:
        return SimpleNamespace(period="", file_name=name, status="fetched", message="")

    assert {"period", "file_name", "status", "message"} <= set(Fetched.__dataclass_fields__)
    monkeypatch.setattr(fetch, "fetch", lambda *_, **__: [row(name) for name in NAMES])
    assert fetch.fetch_feed(FEED) == ["2024-01-dorset-street.csv: fetched", f"{FEED}: fetched"]
