"""A dropped file is taken when it is whole, landed once, and put away with its receipt."""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.inbox import Place, arrivals, handle, handling, landed, make_inbox, open_place, strays, tidy, waiting
from safer_kpi.lake import connect
from safer_kpi.settings import Settings

PROJECT = Path(__file__).resolve().parents[2]
FEED = "police_street"
NAME = "2024-01-dorset-street.csv"


@pytest.fixture
def settings(tmp_path: Path, new_lake: Callable[..., Settings]) -> Settings:
    return new_lake(tmp_path / "lake")


@pytest.fixture
def place(settings: Settings) -> Place:
    found = open_place(settings.watched)
    make_inbox(found, settings.project)
    return found


@pytest.fixture
def dropped(place: Place) -> Path:
    """A file of a partner, dropped a moment ago."""
    path = Path(place.folder(FEED)) / NAME
    write_street(path, sample_partner(PROJECT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv"), "2024-01", rows=40)
    return path


def rows(content: bytes) -> int:
    """The records of a file whose fields hold no line ends: its lines without the header."""
    return len(content.splitlines()) - 1


def deliveries(settings: Settings) -> list[tuple]:
    with connect(settings, read_only=True) as connection:
        return connection.execute(
            "SELECT feed, file_name, status, rows_accepted FROM journal.delivery "
            "WHERE received_at > TIMESTAMP '2001-01-01' ORDER BY delivery_id"
        ).fetchall()


def test_a_landed_file_lies_beside_its_receipt(settings: Settings, place: Place, dropped: Path) -> None:
    sent = dropped.read_bytes()
    arrived = dt.datetime.fromtimestamp(dropped.stat().st_ctime, dt.UTC).replace(tzinfo=None)
    (arrival,) = waiting(place, FEED, settle_seconds=0)
    done = handle(settings, place, arrival)
    assert done is not None
    assert done.receipt.status == "accepted"
    assert done.receipt.published_at == arrived
    folder = dropped.parent / "accepted" / str(done.receipt.delivery_id)
    assert (folder / NAME).read_bytes() == sent
    assert hashlib.sha256(sent).hexdigest() in (folder / "receipt.md").read_text()
    assert not dropped.exists()
    assert deliveries(settings) == [(FEED, NAME, "accepted", rows(sent))]


def test_whoever_comes_again_after_a_kill_lands_nothing_twice(
    settings: Settings, place: Place, dropped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = dropped.read_bytes()
    (arrival,) = arrivals(place, FEED)
    with monkeypatch.context() as patch:
        patch.setattr("safer_kpi.inbox.handling._put_away", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            handle(settings, place, arrival)
    assert dropped.exists()
    done = handle(settings, place, arrival)
    assert done is not None
    assert deliveries(settings) == [(FEED, NAME, "accepted", rows(sent))]
    assert (dropped.parent / "accepted" / str(done.receipt.delivery_id) / NAME).exists()
    assert not dropped.exists()
    assert list((settings.home / "taken").iterdir()) == []


def test_a_refused_file_lies_beside_the_reason(settings: Settings, place: Place, dropped: Path) -> None:
    dropped.write_text("Crime ID,Month\n")
    done = handle(settings, place, arrivals(place, FEED)[0])
    assert done is not None
    assert done.receipt.status == "refused"
    folder = dropped.parent / "refused" / str(done.receipt.delivery_id)
    assert sorted(each.name for each in folder.iterdir()) == [NAME, "receipt.md"]
    assert "Refused" in (folder / "receipt.md").read_text()


def test_a_file_with_identifiers_is_deleted(settings: Settings, place: Place, dropped: Path) -> None:
    lines = dropped.read_text().splitlines()
    # 943 476 5919 is the NHS's own example of a number: its check digit is right.
    dropped.write_text("\n".join([f"{lines[0]},NHS number", *(f"{line},9434765919" for line in lines[1:])]))
    done = handle(settings, place, arrivals(place, FEED)[0])
    assert done is not None
    assert " identifier." in (done.receipt.error or "")
    assert not dropped.exists()
    assert [each.name for each in Path(done.folder).iterdir()] == ["receipt.md"]


def _whole_after(seconds: float, place: Place, file: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are whole so long after one of them changed, of those that must be left alone for a minute."""
    changed = file.lstat().st_ctime
    with monkeypatch.context() as later:
        later.setattr(time, "time", lambda: changed + seconds)
        return [each.name for each in waiting(place, FEED, settle_seconds=60)]


def test_a_file_is_whole_when_it_was_left_alone(place: Place, dropped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the time is enough where the kernel knows that nobody writes it."""
    assert _whole_after(29, place, dropped, monkeypatch) == []
    assert _whole_after(31, place, dropped, monkeypatch) == [NAME]
    with dropped.open("a") as growing:
        growing.write("x")
    assert waiting(place, FEED, settle_seconds=60) == []


def test_where_nobody_knows_who_writes_a_file_it_is_left_alone_for_the_whole_time(
    place: Place, dropped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(fcntl, "F_SETLEASE")  # as on a system without leases
    assert _whole_after(59, place, dropped, monkeypatch) == []
    assert _whole_after(61, place, dropped, monkeypatch) == [NAME]


def test_a_file_that_somebody_writes_is_not_whole_however_slowly(place: Place, dropped: Path) -> None:
    with dropped.open("ab"):
        time.sleep(0.3)
        assert waiting(place, FEED, settle_seconds=0.1) == []
    assert [each.name for each in waiting(place, FEED, settle_seconds=0.1)] == [NAME]


@pytest.mark.parametrize("name", [".hidden.csv", f"{NAME}.part", f"{NAME}.filepart", f"{NAME}~", f"{NAME}.TMP"])
def test_an_unfinished_name_is_passed_over(place: Place, name: str) -> None:
    (Path(place.folder(FEED)) / name).touch()
    assert arrivals(place, FEED) == []


def test_a_file_replaced_while_it_lands_is_the_next_arrival(
    settings: Settings, place: Place, dropped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dropped.read_bytes()
    second = b"\n".join(first.splitlines()[:-10]) + b"\n"
    land = handling.land

    def replaced(*args, **kwargs):
        receipts = land(*args, **kwargs)
        (dropped.parent / ".new").write_bytes(second)
        (dropped.parent / ".new").replace(dropped)
        return receipts

    with monkeypatch.context() as patch:
        patch.setattr(handling, "land", replaced)
        done = handle(settings, place, arrivals(place, FEED)[0])
    assert done is not None
    assert (Path(done.folder) / NAME).read_bytes() == first
    assert dropped.read_bytes() == second
    again = handle(settings, place, arrivals(place, FEED)[0])
    assert again is not None
    assert (Path(again.folder) / NAME).read_bytes() == second
    assert [row[3] for row in deliveries(settings)] == [rows(first), rows(first) - 10]


def test_one_that_takes_the_name_at_the_last_moment_goes_back(
    settings: Settings, place: Place, dropped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dropped.read_bytes()
    replace = Path.replace

    def late(path: Path, target) -> Path:
        if path == dropped:
            (dropped.parent / ".new").write_bytes(b"another")
            replace(dropped.parent / ".new", dropped)
        return replace(path, target)

    arrival = arrivals(place, FEED)[0]
    monkeypatch.setattr(Path, "replace", late)
    done = handle(settings, place, arrival)
    monkeypatch.undo()
    assert done is not None
    assert dropped.read_bytes() == b"another"
    assert (Path(done.folder) / NAME).read_bytes() == first


def test_an_inbox_that_goes_away_is_not_made_anew(
    settings: Settings, place: Place, dropped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder in its place would be in the way of the one that comes back."""
    inbox = Path(settings.watched)
    (arrival,) = arrivals(place, FEED)
    with monkeypatch.context() as patch:
        land = handling.land
        patch.setattr(handling, "land", lambda *args, **terms: (land(*args, **terms), inbox.rename(f"{inbox}.away"))[0])
        with pytest.raises(FileNotFoundError):
            handle(settings, place, arrival)
    assert not inbox.exists()
    Path(f"{inbox}.away").rename(inbox)
    done = handle(settings, place, arrivals(place, FEED)[0])
    assert done is not None
    assert len(deliveries(settings)) == 1
    assert not dropped.exists()


@pytest.mark.usefixtures("dropped")
def test_what_was_put_away_is_found_by_whoever_comes_again(settings: Settings, place: Place) -> None:
    began = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    done = handle(settings, place, arrivals(place, FEED)[0])
    assert done is not None
    assert landed(settings, FEED, NAME, since=began) == done.receipt


@pytest.mark.usefixtures("dropped")
def test_what_was_landed_before_is_not_taken_for_it(settings: Settings, place: Place) -> None:
    handle(settings, place, arrivals(place, FEED)[0])
    assert landed(settings, FEED, NAME, since=dt.datetime.now(dt.UTC).replace(tzinfo=None)) is None


def test_a_file_that_went_away_is_nobodys(settings: Settings, place: Place, dropped: Path) -> None:
    (arrival,) = arrivals(place, FEED)
    dropped.unlink()
    assert handle(settings, place, arrival) is None
    assert deliveries(settings) == []


def test_a_link_out_of_the_inbox_is_refused_unread(settings: Settings, place: Place, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not for you")
    link = Path(place.folder(FEED)) / NAME
    link.symlink_to(secret)
    done = handle(settings, place, arrivals(place, FEED)[0])
    assert done is not None
    assert f"{FEED} {load_feed(PROJECT, FEED).version} link" in (done.receipt.error or "")
    assert secret.read_text() == "not for you"
    assert (Path(done.folder) / NAME).is_symlink()


def test_a_pipe_is_refused_and_nobody_waits_for_it(settings: Settings, place: Place) -> None:
    os.mkfifo(Path(place.folder(FEED)) / NAME)
    (arrival,) = waiting(place, FEED, settle_seconds=0)
    done = handle(settings, place, arrival)
    assert done is not None
    assert "not_a_file" in (done.receipt.error or "")


def test_the_first_to_come_is_landed_first(place: Place) -> None:
    folder = Path(place.folder(FEED))
    for name in ("c.csv", "a.csv", "b.csv"):
        (folder / name).write_text(name)
        time.sleep(0.02)
    assert [each.name for each in arrivals(place, FEED)] == ["c.csv", "a.csv", "b.csv"]


def test_an_inbox_that_is_gone_says_so(place: Place) -> None:
    Path(place.folder(FEED)).rmdir()
    with pytest.raises(FileNotFoundError):
        arrivals(place, FEED)


def test_what_nobody_handles_is_named(place: Place, dropped: Path) -> None:
    (Path(place.root) / "unknown_feed").mkdir()
    (Path(place.root) / "loose.csv").touch()
    (dropped.parent / "2024").mkdir()
    (dropped.parent / "accepted").mkdir()
    feeds = make_inbox(place, PROJECT)
    assert strays(place, feeds) == ["loose.csv", f"{FEED}/2024", "unknown_feed"]


@pytest.mark.usefixtures("dropped")
def test_handled_files_go_after_a_while_and_receipts_stay(settings: Settings, place: Place) -> None:
    done = handle(settings, place, arrivals(place, FEED)[0])
    assert done is not None
    left = settings.home / "taken" / "left"
    left.mkdir()
    os.utime(left, (1, 1))
    assert tidy(settings, place, [FEED]) == 1  # the copy a dead process left
    assert tidy(settings, place, [FEED], keep_days=0) == 1
    assert [each.name for each in Path(done.folder).iterdir()] == ["receipt.md"]


@pytest.mark.parametrize("name", ["receipt.md", f"{'long' * 60}.csv", "a'b\n{{ x }} ü.csv"])
def test_any_name_is_a_name(settings: Settings, place: Place, name: str) -> None:
    (Path(place.folder(FEED)) / name).write_bytes(b"nothing")
    done = handle(settings, place, arrivals(place, FEED)[0])
    assert done is not None
    assert done.receipt.status == "refused"
    kept = [each for each in Path(done.folder).iterdir() if each.name != "receipt.md"]
    assert [each.read_bytes() for each in kept] == [b"nothing"]


def test_a_place_of_another_kind_works_alike(settings: Settings, dropped: Path) -> None:
    """A filesystem that is not this machine's: fsspec's own in memory, which says neither inode nor change time."""
    remote = open_place("memory://inbox")
    make_inbox(remote, settings.project)
    remote.filesystem.pipe_file(f"{remote.folder(FEED)}/{NAME}", dropped.read_bytes())
    (arrival,) = waiting(remote, FEED, settle_seconds=0.05)
    done = handle(settings, remote, arrival)
    assert done is not None
    assert done.receipt.status == "accepted"
    assert arrivals(remote, FEED) == []
    assert remote.filesystem.cat_file(f"{done.folder}/{NAME}") == dropped.read_bytes()
    remote.filesystem.rm("/inbox", recursive=True)
