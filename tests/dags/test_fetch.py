"""The task that fetches: nothing new is a success that says so, a failure names what failed, and times are spread."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from safer_kpi.errors import FetchFailed
from safer_kpi.inbox import Fetched


def rows(*statuses: str) -> list[Fetched]:
    return [
        Fetched(feeds=("police_street",), period=f"2025-0{number}", file_name="", status=status, message=message)
        for number, status in enumerate(statuses, start=1)
        for message in ["Look at the address." if status == "failed" else ""]
    ]


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch):
    from safer_kpi.orchestration import fetch

    def run(*statuses: str) -> list[str]:
        monkeypatch.setattr(fetch, "fetch", lambda *_, **__: rows(*statuses))
        return fetch.fetch_feed("police_street")

    return run


def test_nothing_new_is_a_success_and_says_so(task, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert task("unchanged", "not_yet") == ["2025-01: unchanged", "2025-02: not yet"]
    assert caplog.messages[-1] == "Nothing new at the source of police_street."


def test_a_failure_fails_the_task_and_names_what_failed(task) -> None:
    with pytest.raises(FetchFailed, match=r"^2025-02: failed\. Look at the address$"):
        task("fetched", "failed")


def test_feeds_ask_as_often_as_they_say_and_not_all_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safer_kpi.orchestration import fetch

    folder = tmp_path / "contracts" / "feeds"
    folder.mkdir(parents=True)
    for feed, every in (("bins", "'hour'"), ("deaths", "'month'"), ("knives", "'week'"), ("searches", None)):
        stated = f", 'every': {every}" if every else ""
        (folder / f"{feed}.py").write_text(f"CONTRACT = {{'source': {{'address': 'https://a.example/b'{stated}}}}}\n")
    (folder / "sent.py").write_text("CONTRACT = {'source': None}\n")
    (folder / "older.py").write_text("CONTRACT = make()\n")
    (folder / "broken.py").write_text("CONTRACT = {\n")
    monkeypatch.setenv("SAFER_KPI_PROJECT", str(tmp_path))
    config = tmp_path / "config.yaml"
    config.write_text("variables:\n  area: E06000058\n")
    found = {feed: cron.split() for feed, cron in fetch.schedules().items()}
    assert {feed: cron[2:] for feed, cron in found.items()} == {
        "bins": ["*", "*", "*"],
        "deaths": ["2", "*", "*"],
        "knives": ["*", "*", "1"],
        "searches": ["*", "*", "*"],
    }
    assert (found["bins"][1], found["searches"][1].isdigit()) == ("*", True)
    assert len({cron[0] for cron in found.values()}) > 1
    config.write_text("variables:\n  area: E08000021\n")
    assert fetch.schedules()["searches"].split() != found["searches"], "another partnership asks at another time"
