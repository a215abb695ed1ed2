"""What a source publishes reaches the inbox once and whole, and the lake under the publisher's date."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi.catalogue.template import write_project
from safer_kpi.cli.main import app
from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.errors import FetchFailed, SourceUnreachable, UsageError
from safer_kpi.inbox import Fetched, Manners, Place, arrivals, fetch, handle, open_place
from safer_kpi.inbox.sources import run as running
from safer_kpi.inbox.sources.state import State
from safer_kpi.lake import connect
from safer_kpi.settings import Settings
from tests.inbox.publisher import Publisher, file, publishing, status, without_source

PROJECT = Path(__file__).resolve().parents[2]
STREET = "police_street"
MARCH = dt.datetime(2025, 3, 20, 8, 0)  # January and February have ended
MODIFIED = dt.datetime(2025, 3, 4, 9, 30, tzinfo=dt.UTC)
HURRIED = Manners(tries=2, sleep=lambda _: None)


@pytest.fixture(scope="module")
def server() -> Iterator[Publisher]:
    with publishing() as publisher:
        yield publisher


@pytest.fixture
def publisher(server: Publisher) -> Publisher:
    server.replies.clear()
    server.asked.clear()
    return server


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """The bytes of a made-up month, as the force first published it or some months later."""
    folder = tmp_path_factory.mktemp("street")
    partner = sample_partner(PROJECT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv")

    def made(month: str = "2025-01", *, vintage: int = 0) -> bytes:
        path = folder / f"{month}-{vintage}.csv"
        if not path.exists():
            write_street(path, partner, month, rows=40, vintage=vintage)
        return path.read_bytes()

    return made


def archive(**members: bytes) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        for name, content in members.items():
            out.writestr(zipfile.ZipInfo(f"2025-01/{name}", (2025, 3, 1, 0, 0, 0)), content)
    return made.getvalue()


class World:
    """A lake whose project fetches ``police_street`` from a source, and what a test does with it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def fetch(self, feed: str = STREET, **more) -> list[Fetched]:
        return fetch(self.settings, feed, manners=HURRIED, **more)

    def statuses(self, **more) -> list[tuple[str, str]]:
        return [(row.period, row.status) for row in self.fetch(**more)]

    @property
    def place(self) -> Place:
        return open_place(self.settings.watched)

    def waiting(self, feed: str = STREET) -> list[str]:
        return [each.name for each in arrivals(self.place, feed)]

    def land(self, feed: str = STREET) -> None:
        for arrival in arrivals(self.place, feed):
            assert handle(self.settings, self.place, arrival)

    def deliveries(self) -> list[tuple]:
        with connect(self.settings, read_only=True) as connection:
            return connection.execute(
                "SELECT file_name, status, published_at, archive_sha256, fetched_from, publisher_date"
                " FROM journal.delivery"
                " WHERE received_at > TIMESTAMP '2001-01-01' ORDER BY delivery_id"
            ).fetchall()

    def entries(self) -> list[tuple]:
        with connect(self.settings, read_only=True) as connection:
            return connection.execute("SELECT * FROM journal.entry ORDER BY entry").fetchall()


@pytest.fixture
def world(tmp_path: Path, new_lake: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    """Make a world; ``sources`` are the sources of feeds."""
    monkeypatch.setattr(running, "utc_now", lambda: MARCH)

    def make(*, lake: bool = False, **sources: dict[str, object]) -> World:
        project = tmp_path / "project"
        write_project(project, area="E06000058")
        for feed, source in sources.items():
            path = project / "contracts" / "feeds" / f"{feed}.py"
            text = without_source(path.read_text(encoding="utf-8"))
            path.write_text(text.replace('    "dialect":', f'    "source": {source!r},\n    "dialect":'), "utf-8")
        home = tmp_path / "lake"
        found = new_lake(home) if lake else Settings.load(home)
        return World(replace(found, project=project, inbox=""))

    return make


def monthly(publisher: Publisher, **more: object) -> dict[str, object]:
    return {"address": f"{publisher.url}/{{month}}-dorset-street.csv", "from": "2025-01", "pause_seconds": 1} | more


def test_an_archive_is_fetched_landed_and_left_alone(publisher: Publisher, world, street) -> None:
    """The whole way: only the own force of the archive counts, under the publisher's date, and once."""
    found = world(
        lake=True,
        police_street={
            "address": f"{publisher.url}/data/archive/{{month}}.zip",
            "from": "2025-01",
            "files": "-dorset-",
            "contact": "data@partnership.example",
        },
    )
    content = archive(
        **{"2025-01-dorset-street.csv": street(), "2025-01-essex-street.csv": b"x", "2025-01-dorset-outcomes.csv": b"x"}
    )
    publisher.replies["/data/archive/2025-01.zip"] = [file(content, modified=MODIFIED, kind="binary/octet-stream")]
    january, february = found.fetch()
    sha256 = hashlib.sha256(content).hexdigest()
    assert (january.status, january.sha256, january.file_name) == ("fetched", sha256, "2025-01.zip")
    assert (february.period, february.status) == ("2025-02", "not_yet")
    found.land()
    modified = MODIFIED.replace(tzinfo=None)
    address = f"{publisher.url}/data/archive/2025-01.zip"
    landed = [("2025-01-dorset-street.csv", "accepted", modified, sha256, address, modified)]
    assert found.deliveries() == landed
    entries = found.entries()

    assert found.statuses() == [("2025-01", "unchanged"), ("2025-02", "not_yet")]
    assert publisher.asked[-2][1]["If-Modified-Since"] == "Tue, 04 Mar 2025 09:30:00 GMT"
    assert found.waiting() == []
    found.land()
    assert (found.deliveries(), found.entries()) == (landed, entries)
    agent = publisher.asked[0][1]["User-Agent"]
    assert agent.startswith("safer-kpi/")
    assert "E06000058; data@partnership.example" in agent


def test_a_revised_month_is_fetched_again_and_the_same_bytes_are_not(publisher: Publisher, world, street) -> None:
    found = world(lake=True, police_street=monthly(publisher))
    path = "/2025-01-dorset-street.csv"
    first, revised = street(), street(vintage=3)
    assert first != revised
    publisher.replies[path] = [file(first), file(first), file(revised, modified=MODIFIED)]
    assert found.statuses() == [("2025-01", "fetched"), ("2025-02", "not_yet")]
    found.land()
    assert found.statuses() == [("2025-01", "unchanged"), ("2025-02", "not_yet")], "the same bytes, asked for in full"
    assert found.waiting() == []
    assert found.statuses()[0] == ("2025-01", "fetched")
    found.land()
    # The first had no date of the publisher's: it counts as published when it was fetched, which here is later.
    address, modified = f"{publisher.url}{path}", MODIFIED.replace(tzinfo=None)
    assert [(status, published, *origin) for _, status, published, _, *origin in found.deliveries()] == [
        ("accepted", MARCH, address, None),
        ("stale", modified, address, modified),
    ]


def test_a_crash_before_the_drop_loses_nothing(
    publisher: Publisher, world, street, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = world(police_street=monthly(publisher))
    publisher.replies["/2025-01-dorset-street.csv"] = [file(street(), modified=MODIFIED, etag='"one"')]
    with monkeypatch.context() as patch:
        patch.setattr(running, "drop", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            found.fetch()
    assert found.waiting() == []
    assert found.statuses()[0] == ("2025-01", "fetched"), "and no 304 for a file that nobody has"
    assert found.waiting() == ["2025-01-dorset-street.csv"]


def test_a_crash_after_the_drop_lands_nothing_twice(
    publisher: Publisher, world, street, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = world(lake=True, police_street=monthly(publisher))
    publisher.replies["/2025-01-dorset-street.csv"] = [file(street())]
    with monkeypatch.context() as patch:
        patch.setattr(State, "dropped", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            found.fetch()
    assert found.statuses()[0] == ("2025-01", "waiting")
    found.land()
    entries, deliveries = found.entries(), found.deliveries()
    monkeypatch.setattr(running, "utc_now", lambda: MARCH + dt.timedelta(days=1))
    assert found.statuses()[0] == ("2025-01", "fetched")
    found.land()
    assert (found.entries(), found.deliveries()) == (entries, deliveries)


def test_a_half_written_file_is_never_in_the_inbox_under_its_name(
    publisher: Publisher, world, street, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = world(police_street=monthly(publisher))
    publisher.replies["/2025-01-dorset-street.csv"] = [file(street())]
    monkeypatch.setattr("safer_kpi.inbox.sources.dropping.sync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
    (row,) = found.fetch()
    assert (row.status, "cannot be put into the inbox of police_street" in row.message) == ("failed", True)
    assert list(Path(found.place.folder(STREET)).iterdir()) == []


def test_a_partner_s_file_of_the_same_name_is_not_replaced(publisher: Publisher, world) -> None:
    found = world(police_street=monthly(publisher))
    own = Path(found.settings.watched) / STREET / "2025-01-dorset-street.csv"
    own.parent.mkdir(parents=True)
    own.write_text("a partner's")
    assert found.statuses() == [("2025-01", "waiting"), ("2025-02", "not_yet")]
    assert own.read_text() == "a partner's"
    assert publisher.paths() == ["/2025-02-dorset-street.csv"]


def test_an_error_page_for_one_month_stops_no_other(publisher: Publisher, world, street) -> None:
    found = world(police_street=monthly(publisher))
    publisher.replies["/2025-01-dorset-street.csv"] = [file(b"<html>Sorry", kind="text/html")]
    publisher.replies["/2025-02-dorset-street.csv"] = [file(street("2025-02"))]
    january, february = found.fetch()
    assert (january.status, february.status) == ("failed", "fetched")
    assert "gave a web page, and not the file. Nothing of it was kept." in january.message
    assert found.waiting() == ["2025-02-dorset-street.csv"]


def test_a_server_that_is_down_is_asked_for_one_month(publisher: Publisher, world) -> None:
    found = world(police_street=monthly(publisher))
    publisher.replies["/2025-01-dorset-street.csv"] = [status(500)]
    assert found.statuses() == [("2025-01", "failed")]
    assert len(publisher.asked) == HURRIED.tries


def test_a_publisher_who_asks_for_patience_gets_it(
    publisher: Publisher, world, street, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = world(police_street=monthly(publisher))
    publisher.replies["/2025-01-dorset-street.csv"] = [status(503, Retry_After="7200"), file(street())]
    assert found.statuses() == [("2025-01", "postponed")]
    (row,) = found.fetch()
    assert (row.status, row.period) == ("postponed", "")
    assert len(publisher.asked) == 1
    later = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(hours=3)
    monkeypatch.setattr(running, "utc_now", lambda: later)
    assert found.statuses()[0] == ("2025-01", "fetched")


def test_months_that_are_long_absent_are_not_asked_for_one_after_another(publisher: Publisher, world) -> None:
    found = world(police_street=monthly(publisher, **{"from": "2024-06"}))
    rows = found.fetch()
    assert [(row.period, row.status) for row in rows] == [(f"2024-{month:02}", "not_yet") for month in (6, 7, 8)]
    assert "source.from" in rows[-1].message


def test_old_months_are_asked_for_again_as_far_back_as_the_contract_says(publisher: Publisher, world, street) -> None:
    found = world(police_street=monthly(publisher, look_back=1, **{"from": "2024-11"}))
    for month in ("2024-11", "2024-12", "2025-01"):
        publisher.replies[f"/{month}-dorset-street.csv"] = [file(street(month), etag='"one"')]
    assert [told for _, told in found.statuses()] == ["fetched", "fetched", "fetched", "not_yet"]
    publisher.asked.clear()
    found_names = found.waiting()
    for name in found_names:
        (Path(found.place.folder(STREET)) / name).unlink()
    assert found.statuses() == [("2025-01", "unchanged"), ("2025-02", "not_yet")]
    again = found.statuses(again=True)
    assert [told for _, told in again] == ["fetched", "fetched", "fetched", "not_yet"]
    assert found.waiting() == found_names


def test_a_file_the_publisher_took_away_stays_fetched(publisher: Publisher, world, street) -> None:
    found = world(police_street=monthly(publisher))
    publisher.replies["/2025-01-dorset-street.csv"] = [file(street()), status(404)]
    found.fetch()
    (Path(found.place.folder(STREET)) / "2025-01-dorset-street.csv").unlink()
    assert found.statuses()[0] == ("2025-01", "gone")


def test_feeds_of_one_source_are_fetched_by_one_request(publisher: Publisher, world, street) -> None:
    source = {"address": f"{publisher.url}/{{month}}.zip", "from": "2025-02", "files": "-dorset-"}
    found = world(police_street=source, police_outcomes=source)
    publisher.replies["/2025-02.zip"] = [file(archive(**{"2025-02-dorset-street.csv": street("2025-02")}))]
    (row,) = found.fetch("police_outcomes")
    assert row.feeds == ("police_outcomes", "police_street")
    assert found.waiting("police_outcomes") == found.waiting(STREET) == ["2025-02.zip"]
    assert len(publisher.asked) == 1


def test_a_file_that_is_always_there_must_be_there(publisher: Publisher, world) -> None:
    found = world(police_street={"address": f"{publisher.url}/latest.csv", "name": "2025-01-dorset-street.csv"})
    (row,) = found.fetch()
    assert row.status == "failed"
    assert "No file is at the source of police_street. Check source.address" in row.message


def test_a_folder_of_files_is_a_source_too(tmp_path: Path, world, street) -> None:
    share = tmp_path / "share"
    share.mkdir()
    found = world(lake=True, police_street={"address": f"file://{share}/*-street.csv"})
    found.settings = replace(found.settings, settle_seconds=0)
    assert found.fetch() == []
    file = share / "2025-01-dorset-street.csv"
    file.write_bytes(street())
    (share / "notes.txt").write_text("no file of the feed")
    changed = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC).replace(tzinfo=None)
    (row,) = found.fetch()
    assert (row.status, row.published_at) == ("fetched", changed)
    found.land()
    assert found.deliveries() == [(file.name, "accepted", changed, None, f"file://{file}", changed)]
    assert [row.status for row in found.fetch()] == ["unchanged"]
    file.write_bytes(street(vintage=3))
    assert [row.status for row in found.fetch()] == ["fetched"]


def test_the_page_for_the_partner_names_the_address_and_no_secret(publisher: Publisher, world, street) -> None:
    """A key in the query is for the publisher alone; no table, page or folder of the inbox holds it."""
    source = {"address": f"{publisher.url}/street.csv?key=hush", "name": "2025-01-dorset-street.csv"}
    found = world(lake=True, police_street=source)
    publisher.replies["/street.csv"] = [file(street(), modified=MODIFIED)]
    assert found.statuses() == [("", "fetched")]
    (arrival,) = arrivals(found.place, STREET)
    handled = handle(found.settings, found.place, arrival)
    assert handled is not None
    page = (Path(handled.folder) / "receipt.md").read_text()
    assert f"| Fetched from | `{publisher.url}/street.csv`; the publisher's date is 2025-03-04 09:30 UTC |" in page
    assert "hush" not in page + repr(found.deliveries()) + repr(handled)


def test_a_refused_file_is_landed_under_a_mended_contract(publisher: Publisher, world, street) -> None:
    found = world(lake=True, police_street=monthly(publisher))
    header, _, body = street().partition(b"\n")
    content = header.rstrip(b"\r") + b",Ward\n" + b"".join(line.rstrip(b"\r") + b",\n" for line in body.splitlines())
    publisher.replies["/2025-01-dorset-street.csv"] = [file(content, modified=MODIFIED)]
    for expected in (["refused"], ["refused"]):  # the second time nothing is fetched, and nothing is written
        found.fetch()
        found.land()
        assert [status for _, status, *_ in found.deliveries()] == expected

    mended = found.settings.project.with_name("mended")
    shutil.copytree(found.settings.project, mended)
    contract = mended / "contracts" / "feeds" / "police_street.py"
    text = re.sub(r'"version": "[\d.]+"', '"version": "9.0.0"', contract.read_text(encoding="utf-8"))
    contract.write_text(text.replace('    "key":', '    "ignored_headers": ["Ward"],\n    "key":'), encoding="utf-8")
    found.settings = replace(found.settings, project=mended)
    assert found.statuses()[0] == ("2025-01", "unchanged")
    assert found.statuses(again=True)[0] == ("2025-01", "fetched")
    found.land()
    at = MODIFIED.replace(tzinfo=None)
    assert [row[1:3] for row in found.deliveries()] == [("refused", at), ("accepted", at)]


def test_a_place_that_cannot_be_listed_is_named(tmp_path: Path, world) -> None:
    found = world(police_street={"address": f"file://{tmp_path}/*-street.csv"})

    def opener(url: str) -> Place:
        if url.startswith("file://"):
            raise RuntimeError("key hunter2 is wrong")
        return open_place(url)

    with pytest.raises(SourceUnreachable) as problem:
        found.fetch(opener=opener)
    assert str(problem.value).startswith("The source on file:// cannot be read (RuntimeError).")
    assert "hunter2" not in str(problem.value)


def test_a_link_in_a_shared_folder_is_not_followed(tmp_path: Path, world) -> None:
    share = tmp_path / "share"
    (share / "2025-02-dorset-street").mkdir(parents=True)
    (tmp_path / "secret").write_text("not for the inbox")
    (share / "2025-01-dorset-street.csv").symlink_to(tmp_path / "secret")
    found = world(police_street={"address": f"file://{share}/*-street*"})
    (row,) = found.fetch()
    assert (row.status, "is a link, and links are not followed" in row.message) == ("failed", True)
    assert found.waiting() == []


def test_a_file_that_is_still_written_is_left(tmp_path: Path, world, street) -> None:
    share = tmp_path / "share"
    share.mkdir()
    found = world(police_street={"address": f"file://{share}/*-street.csv"})
    found.settings = replace(found.settings, settle_seconds=60)
    (share / "2025-01-dorset-street.csv").write_bytes(street())
    assert [row.status for row in found.fetch()] == ["changing"]
    assert found.waiting() == []


def test_a_feed_without_a_source_is_told_which_have_one(publisher: Publisher, world) -> None:
    with pytest.raises(UsageError, match=r"has no source: its partner sends files\. Feeds that are fetched: police_st"):
        world(police_street=monthly(publisher)).fetch("treatment")


def test_one_fetch_runs_at_a_time(publisher: Publisher, world, street) -> None:
    found = world(police_street=monthly(publisher))
    publisher.replies["/2025-01-dorset-street.csv"] = [file(street())]
    within = itertools.count()

    def second(_: str) -> None:
        if next(within) == 0:
            with pytest.raises(FetchFailed, match="Another fetch of this lake runs"):
                found.fetch()

    found.fetch(progress=second)
    assert next(within) == 2


def test_the_command_fetches_and_lands(publisher: Publisher, world, street, monkeypatch: pytest.MonkeyPatch) -> None:
    found = world(lake=True, police_street=monthly(publisher), police_stop_search=None)
    publisher.replies["/2025-01-dorset-street.csv"] = [file(street(), modified=MODIFIED)]
    monkeypatch.setenv("SAFER_KPI_PROJECT", str(found.settings.project))

    def command(*arguments: str):
        return CliRunner().invoke(app, ["fetch", *arguments, "--home", str(found.settings.home)])

    done = command("--land", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [(row["period"], row["status"], row["feeds"]) for row in told["rows"]] == [
        ("2025-01", "fetched", [STREET]),
        ("2025-02", "not_yet", [STREET]),
    ]
    assert told["rows"][0]["published_at"] == "2025-03-04T09:30:00Z"
    assert [receipt["status"] for receipt in told["receipts"]] == ["accepted"]
    again = command(STREET)
    assert (again.exit_code, "Nothing new." in again.stdout) == (0, True)

    publisher.replies["/2025-01-dorset-street.csv"] = [file(b"<html>", kind="text/html")]
    failed = command(STREET)
    assert (failed.exit_code, "gave a web page, and not the file" in failed.stderr) == (1, True)
    assert command("treatment").exit_code == 2
