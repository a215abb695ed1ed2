"""A person drops files into the inbox: whole, into the folder of their feed, never over another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.inbox import dropped
from safer_kpi.settings import Settings

STREET, SEARCHES = "2024-01-dorset-street.csv", "2024-01-dorset-stop-and-search.csv"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(tmp_path / "lake")


def file(folder: Path, name: str, content: bytes = b"a,b\n1,2\n") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_each_goes_to_the_feed_that_its_name_fits(settings: Settings, tmp_path: Path) -> None:
    found = dropped(settings, [file(tmp_path, STREET), file(tmp_path, SEARCHES, b"c\n")])
    assert [(row.feed, row.file) for row in found] == [("police_street", STREET), ("police_stop_search", SEARCHES)]
    inbox = Path(settings.watched)
    assert (inbox / "police_street" / STREET).read_bytes() == b"a,b\n1,2\n"
    assert [path.name for path in (inbox / "police_stop_search").iterdir()] == [SEARCHES]


def test_a_named_feed_takes_any_name(settings: Settings, tmp_path: Path) -> None:
    dropped(settings, [file(tmp_path, "march.csv")], feed="police_street")
    assert (Path(settings.watched) / "police_street" / "march.csv").is_file()


def test_one_bad_name_leaves_all_where_they_are(settings: Settings, tmp_path: Path) -> None:
    good = file(tmp_path, STREET)
    with pytest.raises(UsageError, match="its name fits no feed"):
        dropped(settings, [good, file(tmp_path, "march.csv")])
    with pytest.raises(NotFound, match="no file"):
        dropped(settings, [good, tmp_path / "gone.csv"])
    with pytest.raises(NotFound):
        dropped(settings, [good], feed="police_streat")
    assert not Path(settings.watched).exists()


def test_a_file_that_waits_is_not_replaced(settings: Settings, tmp_path: Path) -> None:
    dropped(settings, [file(tmp_path, STREET)])
    with pytest.raises(UsageError, match="waits in the inbox of police_street already"):
        dropped(settings, [file(tmp_path, STREET, b"other\n")])
    folder = Path(settings.watched) / "police_street"
    assert [path.read_bytes() for path in folder.iterdir()] == [b"a,b\n1,2\n"]
