"""A commit that stands though it was reported as failed: the data files that it names are there afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.lake import boundary, connect, lease
from safer_kpi.lake.new_files import ASIDE
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing.stored_checks import stored_checks
from safer_kpi.settings import Settings

TITLE = "UPDATE journal.feed SET title = 'Another' WHERE feed = 'population'"


def _files(settings: Settings) -> set[Path]:
    return {path for path in Path(settings.data).rglob("*.parquet") if ASIDE not in path.parts}


@pytest.fixture
def lake(new_lake: Callable[..., Settings], tmp_path: Path) -> Settings:
    return new_lake(tmp_path / "lake")


def _retitle(settings: Settings) -> None:
    with lease(settings), connect(settings) as connection, transaction(connection):
        connection.execute(TITLE)


class _Killed(BaseException):
    """The end of a process."""


@pytest.mark.parametrize("end", [OSError, _Killed], ids=["reported", "and killed before it was settled"])
def test_what_a_commit_names_stays(lake: Settings, monkeypatch: pytest.MonkeyPatch, end: type[BaseException]) -> None:
    """DuckLake takes the commit for failed and deletes the new files, as the disk's answer to SQLite makes it do."""
    before = _files(lake)

    def killed(*_: object) -> None:
        raise _Killed

    def fails(point: str) -> None:
        if point == "lake.commit.after":
            for path in _files(lake) - before:
                path.unlink()
            if end is _Killed:
                monkeypatch.setattr("safer_kpi.lake.known_state.settle", killed)
            raise end

    monkeypatch.setattr(boundary, "watch", fails)
    with pytest.raises(end):
        _retitle(lake)
    monkeypatch.undo()
    with lease(lake):
        pass
    assert _files(lake) > before
    assert not (Path(lake.data) / ASIDE).exists()
    with connect(lake, read_only=True) as connection:
        titles = connection.execute("SELECT title FROM journal.feed WHERE feed = 'population'").fetchall()
    assert titles == [("Another",)]
    assert {status for _, _, status, _ in stored_checks(lake)} == {"ok"}


def test_nothing_stays_of_what_was_not_committed(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(point: str) -> None:
        if point == "lake.commit.before":
            raise OSError("before the commit")

    before = _files(lake)
    monkeypatch.setattr(boundary, "watch", fails)
    with pytest.raises(OSError, match="before the commit"):
        _retitle(lake)
    assert _files(lake) == before
    assert not (Path(lake.data) / ASIDE).exists()


def test_a_place_without_second_names_commits_too(lake: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refused)
    _retitle(lake)
    assert {status for _, _, status, _ in stored_checks(lake)} == {"ok"}
