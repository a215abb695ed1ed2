"""A publisher is asked politely, and what is not the whole file never stays."""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import itertools
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from safer_kpi.errors import FetchFailed, SourceUnreachable
from safer_kpi.inbox.sources.answers import Absent, Got, Later, Unchanged
from safer_kpi.inbox.sources.web import Manners, Web
from tests.inbox.publisher import Publisher, chunked, cut_short, file, publishing, rest, status

CONTENT = b"Bin,Knives\nnorth,3\n"
MODIFIED = dt.datetime(2025, 2, 3, 9, 30, tzinfo=dt.UTC)
PAGE = b"<!DOCTYPE html><title>Sorry</title>"


@pytest.fixture(scope="module")
def server() -> Iterator[Publisher]:
    with publishing() as publisher:
        yield publisher


@pytest.fixture
def publisher(server: Publisher) -> Publisher:
    server.replies.clear()
    server.asked.clear()
    return server


class Asking:
    """One file asked for as a run does; the seconds it would have waited."""

    def __init__(self, publisher: Publisher, to: Path) -> None:
        self.publisher, self.to, self.waited = publisher, to, []

    def __call__(self, path: str = "/bins.csv", *, validators=None, max_bytes: int = 1000, pause: float = 0.0, **more):
        name = path.partition("?")[0].rsplit("/", 1)[-1]
        manners = Manners(sleep=self.waited.append, **more)
        self.web = Web(agent="safer-kpi/0 (a test)", pause=pause, max_bytes=max_bytes, manners=manners)
        return self.web.ask(self.publisher.url + path, name, validators or {}, self.to)


@pytest.fixture
def ask(publisher: Publisher, tmp_path: Path) -> Asking:
    return Asking(publisher, tmp_path / "fetched")


def test_a_file_comes_with_its_hash_its_date_and_what_to_ask_with_next(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [file(CONTENT, modified=MODIFIED, etag='"one"')]
    got = ask()
    assert got == Got(
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        bytes=len(CONTENT),
        published_at=MODIFIED.replace(tzinfo=None),
        validators={"etag": '"one"', "last_modified": "Mon, 03 Feb 2025 09:30:00 GMT"},
    )
    assert ask.to.read_bytes() == CONTENT
    ask.to.unlink()
    assert ask(validators=got.validators) == Unchanged()
    assert not ask.to.exists()
    assert {headers["User-Agent"] for _, headers in publisher.asked} == {"safer-kpi/0 (a test)"}


def test_a_publisher_whose_clock_is_wrong_gives_no_date(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [file(CONTENT, modified=dt.datetime.now(dt.UTC) + dt.timedelta(days=2))]
    assert ask().published_at is None


def test_no_file_is_no_error(publisher: Publisher, ask: Asking) -> None:
    assert ask() == Absent()
    assert publisher.paths() == ["/bins.csv"]


def test_a_server_that_fails_is_asked_again_after_ever_longer_waits(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [status(500), status(502), file(CONTENT)]
    assert isinstance(ask(first_wait=5), Got)
    assert ask.waited == [5, 10]


def test_a_server_that_goes_on_failing_is_left_alone(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [status(500)]
    with pytest.raises(SourceUnreachable, match=r"/bins\.csv failed 3 times; at last the answer was 500\."):
        ask(tries=3)
    assert len(publisher.asked) == 3
    assert not ask.to.exists()


def test_the_wait_that_a_publisher_asks_for_is_kept(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [status(429, Retry_After="37"), file(CONTENT)]
    assert isinstance(ask(first_wait=5), Got)
    assert ask.waited == [37]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_longer_wait_is_for_a_later_run(publisher: Publisher, ask: Asking, form: str) -> None:
    until = dt.datetime.now(dt.UTC) + dt.timedelta(hours=2)
    told = "7200" if form == "seconds" else f"{until:%a, %d %b %Y %H:%M:%S} GMT"
    publisher.replies["/bins.csv"] = [status(503, Retry_After=told)]
    answer = ask()
    assert isinstance(answer, Later)
    assert abs(answer.until - until.replace(tzinfo=None)) < dt.timedelta(minutes=1)
    assert (len(publisher.asked), ask.waited) == (1, [])


def test_a_download_that_was_cut_short_is_asked_for_again(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [cut_short(CONTENT, 7), file(CONTENT)]
    assert isinstance(ask(), Got)
    assert ask.to.read_bytes() == CONTENT


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A download is cut between two pieces: what came of a third is lost with the connection."""
    monkeypatch.setattr("safer_kpi.inbox.sources.downloading._PIECE", 7)


@pytest.mark.usefixtures("small_pieces")
def test_a_download_goes_on_where_it_was_cut(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [cut_short(CONTENT, 7, etag='"one"'), rest(CONTENT, etag='"one"')]
    got = ask(validators={"etag": '"older"'})
    assert got.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert ask.to.read_bytes() == CONTENT
    first, second = (headers for _, headers in publisher.asked)
    assert (first["If-None-Match"], "Range" in first) == ('"older"', False)
    assert (second["Range"], second["If-Range"], "If-None-Match" in second) == ("bytes=7-", '"one"', False)


@pytest.mark.usefixtures("small_pieces")
def test_a_file_that_changed_meanwhile_comes_anew(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [cut_short(b"x" * 30, 7, etag='"one"'), rest(CONTENT, etag='"two"')]
    assert ask().sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert ask.to.read_bytes() == CONTENT


@pytest.mark.usefixtures("small_pieces")
def test_a_file_that_is_continued_at_another_place_comes_anew(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [
        cut_short(CONTENT, 7, etag='"one"'), rest(CONTENT, etag='"one"', shift=2), file(CONTENT),
    ]  # fmt: skip
    assert isinstance(ask(), Got)
    assert ask.to.read_bytes() == CONTENT


def test_a_part_that_nobody_asked_for_is_not_taken_for_the_file(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [status(206, CONTENT, Content_Range="bytes 0-18/900")]
    with pytest.raises(SourceUnreachable, match="continued at another place"):
        ask(tries=2)
    assert not ask.to.exists()


def test_half_a_file_does_not_stay(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [cut_short(CONTENT, 7)]
    with pytest.raises(SourceUnreachable, match="the connection ended before the file did"):
        ask(tries=2)
    assert not ask.to.exists()


def test_a_full_disk_is_named(publisher: Publisher, ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher.replies["/bins.csv"] = [file(CONTENT)]

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("safer_kpi.inbox.sources.writing.Hashed.write", full)
    with pytest.raises(SourceUnreachable, match=r"cannot be written \(No space left on device\)\. Make room"):
        ask()
    assert not ask.to.exists()


def zipped(content: bytes) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("2025-01-dorset-street.csv", content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("path", "reply", "told"),
    [
        ("/2025-01.zip", file(PAGE, kind="text/html; charset=utf-8"), "gave a web page, and not the file"),
        ("/2025-01.zip", file(PAGE, kind="application/zip"), "gave a web page or XML document, and not the file"),
        ("/bins.csv", file(b"\xef\xbb\xbf\n <html>", kind="text/csv"), "gave a web page or XML document"),
        ("/bins.csv", file(b"\x89PNG\r\n", kind="image/png"), "gave content of the type 'image/png'"),
        ("/2025-01.zip", file(b"%PDF-1.7", kind="application/pdf"), "gave a PDF document, although its name ends in"),
        ("/2025-01.zip", file(CONTENT, kind="application/zip"), "gave text, although its name ends in .zip"),
        ("/2025-01.zip", file(zipped(CONTENT)[:60], kind="application/zip"), "gave an archive without its end"),
        ("/bins.csv", file(b""), "gave an empty file"),
        ("/bins.csv", status(403), "answered 403"),
        ("/bins.csv", status(304), "answered 304"),
        ("/bins.csv", file(b"x" * 1001), "holds more than 1,000 bytes"),
        ("/bins.csv", chunked(iter([b"x" * 600, b"x" * 600])), "holds more than 1,000 bytes"),
        ("/bins.csv", status(302, Location="file:///etc/hostname"), "redirects from http to 'file', which is not"),
        ("/bins.csv", status(302, Location="ftp://127.0.0.1/bins.csv"), "redirects from http to 'ftp', which is not"),
        ("/bins.csv", status(302, Location="/bins.csv"), "redirects more than 5 times"),
    ],
)
def test_what_is_not_the_file_is_refused_at_once(publisher: Publisher, ask: Asking, path, reply, told) -> None:
    publisher.replies[path] = [reply]
    with pytest.raises(FetchFailed) as refused:
        ask(path)
    assert told in refused.value.what
    assert refused.value.next_action
    assert not ask.to.exists()
    assert ask.waited == []


def test_an_archive_comes_whole(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/2025-01.zip"] = [file(zipped(CONTENT), kind="binary/octet-stream")]
    assert ask("/2025-01.zip").bytes == len(zipped(CONTENT))


def test_a_download_that_does_not_end_is_ended(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/bins.csv"] = [chunked(itertools.repeat(b"x", 50))]
    with pytest.raises(FetchFailed, match="sends too slowly"):
        ask(whole_seconds=0)
    assert not ask.to.exists()


def test_a_secure_address_does_not_become_an_open_one() -> None:
    from safer_kpi.inbox.sources.web import _next

    with pytest.raises(FetchFailed, match="redirects from https to 'http'"):
        _next("https://council.example/bins.csv", "http://council.example/bins.csv")
    assert _next("http://council.example/a", "https://council.example/b") == "https://council.example/b"


def test_a_redirect_is_followed(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/latest.csv"] = [status(302, Location="/2025/bins.csv?signature=secret")]
    publisher.replies["/2025/bins.csv"] = [file(CONTENT)]
    assert isinstance(ask("/latest.csv"), Got)
    assert publisher.paths() == ["/latest.csv", "/2025/bins.csv?signature=secret"]


def test_two_requests_are_a_pause_apart(publisher: Publisher, ask: Asking) -> None:
    publisher.replies["/latest.csv"] = [status(302, Location="/bins.csv")]
    publisher.replies["/bins.csv"] = [file(CONTENT)]
    ask("/latest.csv", pause=2.0)
    (waited,) = ask.waited
    assert 1.0 < waited <= 2.0


@pytest.mark.parametrize("reply", [status(500), status(403), file(PAGE, kind="text/html"), cut_short(CONTENT, 3)])
def test_no_message_holds_what_may_be_a_key(publisher: Publisher, ask: Asking, reply) -> None:
    publisher.replies["/bins.csv"] = [reply]
    with pytest.raises(FetchFailed) as refused:
        ask("/bins.csv?key=hunter2", tries=2)
    assert "/bins.csv" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_server_that_is_away_is_named_without_its_key(tmp_path: Path) -> None:
    away = Asking(Publisher(url="http://127.0.0.1:9"), tmp_path / "fetched")  # the port of "discard": nothing listens
    with pytest.raises(SourceUnreachable) as refused:
        away("/bins.csv?key=hunter2", tries=2)
    assert refused.value.what.startswith("http://127.0.0.1:9/bins.csv failed 2 times; at last no connection (")
    assert "hunter2" not in str(refused.value)
