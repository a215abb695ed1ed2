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
from safer_kpi.inbox import (
    Place,
    arrivals,
    handle,
    handle_each,
    handling,
    landed_since,
    make_inbox,
    open_place,
    settled,
    strays,
    tidy,
    waiting,
)
from safer_kpi.lake import connect
from safer_kpi.landing.arrival import Arrival
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
        patch.setattr("safer_kpi.inbox.handling.put_away", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
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


def test_a_landing_that_was_woken_early_waits_until_the_file_is_whole(place: Place, dropped: Path) -> None:
    """A file that is whole after half of one second; one that somebody writes is not waited for."""
    with dropped.with_name("open.csv").open("w"):
        dropped.write_bytes(dropped.read_bytes())
        assert waiting(place, FEED, settle_seconds=1) == []
        assert [each.name for each in settled(place, FEED, settle_seconds=1)] == [NAME]
        assert [each.name for each in waiting(place, FEED, settle_seconds=1)] == [NAME]


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
    put_away = handling.put_away

    def replaced(*args) -> None:
        (dropped.parent / ".new").write_bytes(second)
        (dropped.parent / ".new").replace(dropped)
        put_away(*args)

    with monkeypatch.context() as patch:
        patch.setattr(handling, "put_away", replaced)
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
        page = handling.receipt_for_partner
        patch.setattr(handling, "receipt_for_partner", lambda *told: (inbox.rename(f"{inbox}.away"), page(*told))[1])
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
    assert landed_since(settings, FEED, began) == [done.receipt]


@pytest.mark.usefixtures("dropped")
def test_what_was_landed_before_is_not_taken_for_it(settings: Settings, place: Place) -> None:
    handle(settings, place, arrivals(place, FEED)[0])
    assert landed_since(settings, FEED, dt.datetime.now(dt.UTC).replace(tzinfo=None)) == []


def test_files_that_came_together_each_get_a_receipt_and_an_entry(
    settings: Settings, place: Place, dropped: Path
) -> None:
    """Three months, a file that is none, one that goes away, and a link: each ends as it would alone."""
    partner = sample_partner(PROJECT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv")
    names = [NAME, "2024-02-dorset-street.csv", "2024-03-dorset-street.csv"]
    for name in names[1:]:
        write_street(dropped.with_name(name), partner, name[:7], rows=40)
    sent = {name: rows(dropped.with_name(name).read_bytes()) for name in names}
    dropped.with_name("2024-04-dorset-street.csv").write_text("Crime ID,Month\n")
    dropped.with_name("2024-05-dorset-street.csv").write_text("gone")
    dropped.with_name("2024-06-dorset-street.csv").symlink_to(settings.home / "secret")
    found = sorted(arrivals(place, FEED), key=lambda each: each.name)
    dropped.with_name("2024-05-dorset-street.csv").unlink()

    ended = {each.arrival.name: each for each in handle_each(settings, place, found)}
    assert [each.problem for each in ended.values()] == [None] * 6
    assert ended["2024-05-dorset-street.csv"].handled is None
    statuses = {name: each.handled.receipt.status for name, each in ended.items() if each.handled}
    assert statuses == dict.fromkeys(names, "accepted") | {
        "2024-04-dorset-street.csv": "refused", "2024-06-dorset-street.csv": "refused",
    }  # fmt: skip
    assert {name: count for _, name, status, count in deliveries(settings) if status == "accepted"} == sent
    for name in names:
        handled = ended[name].handled
        assert handled is not None
        assert Path(handled.folder) == dropped.parent / "accepted" / str(handled.receipt.delivery_id)
        assert name in {each.name for each in Path(handled.folder).iterdir()}
    assert arrivals(place, FEED) == []
    assert list((settings.home / "taken").iterdir()) == []


def test_an_error_of_one_file_stops_no_other(
    settings: Settings, place: Place, dropped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy of one fails, and what another one holds cannot be read: the third is landed, and they wait."""
    partner = sample_partner(PROJECT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv")
    for month in ("2024-02", "2024-03"):
        write_street(dropped.with_name(f"{month}-dorset-street.csv"), partner, month, rows=40)
    found = sorted(arrivals(place, FEED), key=lambda each: each.name)
    take, read_on = handling.take, Arrival.read_on

    def taken(place: Place, arrival, copy: Path):
        if arrival.name.startswith("2024-01"):
            raise OSError("the disk is full")
        return take(place, arrival, copy)

    def read(arrival: Arrival, *args) -> None:
        if arrival.came_as.startswith("2024-02"):
            raise MemoryError
        read_on(arrival, *args)

    with monkeypatch.context() as patch:
        patch.setattr(handling, "take", taken)
        patch.setattr(Arrival, "read_on", read)
        ended = {each.arrival.name[:7]: each for each in handle_each(settings, place, found)}
    assert {month: type(each.problem) for month, each in ended.items()} == {
        "2024-01": OSError, "2024-02": MemoryError, "2024-03": type(None),
    }  # fmt: skip
    assert [row[1] for row in deliveries(settings)] == ["2024-03-dorset-street.csv"]
    assert [each.name[:7] for each in arrivals(place, FEED)] == ["2024-01", "2024-02"]
    assert all(each.handled is not None for each in handle_each(settings, place, arrivals(place, FEED)))
    assert len(deliveries(settings)) == 3


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
