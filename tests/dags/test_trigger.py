"""The watcher of an inbox fires as long as files wait, and nothing an inbox does ends it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from safer_kpi.inbox import open_place, waiting

FEED = "police_street"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / FEED).mkdir()
    return tmp_path


def trigger(inbox: Path, *, settle_seconds: float = 0.0):
    from safer_kpi.orchestration.trigger import InboxTrigger

    return InboxTrigger(place=str(inbox), feed=FEED, settle_seconds=settle_seconds, poll_seconds=0.02)


def payloads(watching, *, within: float, then=None, count: int = 1) -> list:
    """What fires ``within`` seconds, up to ``count``; ``then`` runs after the first."""

    async def collect() -> list:
        found = []
        stream = watching.run()
        try:
            async with asyncio.timeout(within):
                async for event in stream:
                    found.append(event.payload)
                    if len(found) == count:
                        break
                    if then is not None:
                        then()
        except TimeoutError:
            pass
        return found

    return asyncio.run(collect())


def test_it_is_made_again_from_what_it_says(inbox: Path) -> None:
    from airflow.sdk.module_loading import import_string

    classpath, told = trigger(inbox).serialize()
    again = import_string(classpath)(**told)
    assert again.serialize() == (classpath, told)


def test_an_empty_inbox_is_silent(inbox: Path) -> None:
    assert payloads(trigger(inbox), within=0.3) == []


def test_files_that_wait_fire_once_for_now(inbox: Path) -> None:
    (inbox / FEED / "a.csv").touch()
    (inbox / FEED / "b.csv").touch()
    assert payloads(trigger(inbox), within=0.5, count=9) == [{"feed": FEED, "files": 2}]


def test_another_file_fires_again(inbox: Path) -> None:
    (inbox / FEED / "a.csv").touch()
    fired = payloads(trigger(inbox), within=5, count=2, then=(inbox / FEED / "b.csv").touch)
    assert [each["files"] for each in fired] == [1, 2]


def test_a_file_that_was_replaced_fires_again(inbox: Path) -> None:
    file = inbox / FEED / "a.csv"
    file.touch()
    assert len(payloads(trigger(inbox), within=5, count=2, then=lambda: file.write_text("more"))) == 2


def test_a_file_that_is_written_in_pieces_is_told_early_once(inbox: Path) -> None:
    """Of two seconds half are enough here, and it is told before; after a change it is told when it is complete."""
    file = inbox / FEED / "a.csv"
    file.touch()
    fired = payloads(trigger(inbox, settle_seconds=2), within=30, count=2, then=lambda: file.write_text("more"))
    assert len(fired) == 2
    assert [each.name for each in waiting(open_place(str(inbox)), FEED, settle_seconds=2)] == ["a.csv"]


def test_files_that_nobody_takes_fire_again_and_again(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first event was lost, say: the level is what counts, not the edge."""
    monkeypatch.setattr("safer_kpi.orchestration.trigger._FIRST_REPEAT", 0.1)
    (inbox / FEED / "a.csv").touch()
    assert len(payloads(trigger(inbox), within=10, count=3)) == 3


def test_a_new_watcher_tells_of_what_waits(inbox: Path) -> None:
    (inbox / FEED / "a.csv").touch()
    for _ in range(2):  # a triggerer that was killed is followed by another
        assert payloads(trigger(inbox), within=5) == [{"feed": FEED, "files": 1}]


def test_a_file_that_grows_fires_when_it_is_whole(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (inbox / FEED / "a.csv").touch()
    assert payloads(trigger(inbox, settle_seconds=3600), within=0.3) == []
    an_hour_later = time.time() + 3601
    monkeypatch.setattr(time, "time", lambda: an_hour_later)
    assert payloads(trigger(inbox, settle_seconds=3600), within=10) == [{"feed": FEED, "files": 1}]


def test_an_inbox_that_goes_and_returns_is_watched_on(inbox: Path) -> None:
    (inbox / FEED / "a.csv").touch()

    def away_and_back() -> None:
        away = inbox.with_name("away")
        inbox.rename(away)

        def back() -> None:
            away.rename(inbox)
            (inbox / FEED / "b.csv").touch()

        asyncio.get_running_loop().call_later(0.3, back)

    fired = payloads(trigger(inbox), within=10, count=2, then=away_and_back)
    assert [each["files"] for each in fired] == [1, 2]


def test_a_place_that_cannot_be_opened_ends_nothing() -> None:
    from safer_kpi.orchestration.trigger import InboxTrigger

    watching = InboxTrigger(place="nosuch://inbox", feed=FEED, settle_seconds=0, poll_seconds=0.02)
    assert payloads(watching, within=0.3) == []
