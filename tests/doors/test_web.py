"""A release on a web server of this machine: copied once, checked, private; and servers that lie in every way."""

from __future__ import annotations

import datetime as dt
import json
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from itertools import repeat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import safer_kpi
from safer_kpi.errors import CheckFailed, NotFound, SaferKpiError, Unavailable, UsageError
from safer_kpi.reading.web import Limits, Web
from tests.inbox.publisher import Publisher, chunked, cut_short, file, publishing, status

VIOLENCE = "1a.violence_and_sexual_offences"
pytestmark = pytest.mark.usefixtures("cache")
PAGE = b"<!doctype html><title>Welcome</title>"


def serve(server: Publisher, folder: Path, at: str) -> str:
    """Put a release on a server; return its address."""
    for path in folder.rglob("*"):
        if path.is_file():
            server.replies[f"{at}/{path.relative_to(folder).as_posix()}"] = [file(path.read_bytes())]
    return f"{server.url}{at}/"


def violence(where: str | Path) -> float:
    with safer_kpi.open(where) as lake:
        [row] = lake.metric(VIOLENCE, area="L1", period="2024-25-Q1").rows()
        value: float = row["value"]
        return value


def test_a_release_is_copied_once_and_read_as_the_folder_itself(server: Publisher, folder: Path) -> None:
    url = serve(server, folder, "/open-data/2024-25-Q1.2")
    assert violence(url) == violence(folder) == 58
    asked = server.paths()
    assert asked[0] == "/open-data/2024-25-Q1.2/manifest.json"
    named = json.loads((folder / "manifest.json").read_bytes())["files"]
    assert sorted(asked[1:]) == sorted(f"/open-data/2024-25-Q1.2/{name}" for name in named)
    assert violence(url) == 58
    assert server.paths() == asked  # a release never changes
    with safer_kpi.open(url) as lake:
        assert not [row for row in lake.verify().rows() if row["status"] == "failed"]


def test_a_release_under_another_address_is_known_by_its_manifest(server: Publisher, folder: Path, cache: Path) -> None:
    violence(serve(server, folder, "/a/2024-25-Q1.2"))
    before = len(server.asked)
    # The last part of the address is no release id: the manifest states it.
    assert violence(serve(server, folder, "/latest")) == 58
    assert server.paths()[before:] == ["/latest/manifest.json"]
    assert len(list((cache / "releases").iterdir())) == 1


def test_a_copy_is_its_owners_alone(server: Publisher, folder: Path, cache: Path) -> None:
    violence(serve(server, folder, "/2024-25-Q1.2"))
    rights = {stat.S_IMODE(path.stat().st_mode) for path in [cache, *cache.rglob("*")] if path.is_dir()}
    assert rights == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in cache.rglob("*") if path.is_file()} == {0}


def test_a_copied_release_is_read_when_the_server_is_gone(folder: Path) -> None:
    with publishing() as server:
        url = serve(server, folder, "/2024-25-Q1.2")
        violence(url)
    assert violence(url) == 58
    with pytest.raises(Unavailable, match=r"2024-25-Q1/manifest\.json cannot be reached"):
        violence(url.replace("Q1.2", "Q1"))


def test_a_lake_on_a_web_server_is_read_and_so_are_its_releases(server: Publisher, told_releases: Path) -> None:
    read_file = told_releases / "safer_kpi.duckdb"
    modified = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    server.replies["/lake/safer_kpi.duckdb"] = [file(read_file.read_bytes(), modified=modified)]
    for release in (told_releases / "releases").iterdir():
        serve(server, release, f"/lake/releases/{release.name}")
    with safer_kpi.open(f"{server.url}/lake") as lake:
        assert lake.metric(VIOLENCE, area="L1", period="2024-25-Q1", release="2024-25-Q1").rows()[0]["value"] == 56
    server.replies["/lake/safer_kpi.duckdb"] = [status(503)]
    with safer_kpi.open(f"{server.url}/lake") as lake:  # the copy
        assert lake.metric(VIOLENCE, area="L1", period="2024-25-Q1").rows()[0]["value"] == 58
    server.replies["/undated/safer_kpi.duckdb"] = [file(read_file.read_bytes())]
    with pytest.raises(CheckFailed, match="neither a tag nor a date"):
        safer_kpi.open(f"{server.url}/undated")


def flipped(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


#: What the server does to a file, and the error and what it says.
LIES: dict[str, tuple[str, Callable[[bytes], object], type[SaferKpiError], str]] = {
    "a flipped bit": ("release.duckdb", lambda all_: file(flipped(all_)), CheckFailed, "release.duckdb does not have"),
    "half of it": ("release.duckdb", lambda all_: file(all_[:4096]), CheckFailed, "release.duckdb does not have"),
    "a page": ("seals.json", lambda _: file(PAGE, kind="text/html"), CheckFailed, "seals.json does not have"),
    "nothing": ("metric.parquet", lambda _: status(404), CheckFailed, "names metric.parquet, and no such file"),
    "a cut": ("release.duckdb", lambda all_: cut_short(all_, 4096), Unavailable, "before .*release.duckdb had come"),
    "trouble": ("seals.json", lambda _: status(503), Unavailable, "seals.json was answered with 503"),
    "a login": ("manifest.json", lambda _: status(401), Unavailable, "manifest.json asks for a login"),
    "a welcome": ("manifest.json", lambda _: file(PAGE, kind="text/html"), CheckFailed, "manifest.json .* a web page"),
    "a list": ("manifest.json", lambda _: file(b"[1]"), CheckFailed, "manifest.json is not the manifest of a release"),
    "no file": (
        "manifest.json",
        lambda _: file(b'{"files": {}}'),
        CheckFailed,
        "manifest.json names no release.duckdb",
    ),
    "a loop": ("seals.json", lambda _: status(302, Location="seals.json"), CheckFailed, "seals.json redirects too"),
    "a trick": ("seals.json", lambda _: status(302, Location="file:///etc/passwd"), CheckFailed, "from http to 'file'"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies_is_told_of_by_file_and_nothing_of_it_is_opened(
    server: Publisher, folder: Path, cache: Path, lie: str
) -> None:
    name, made, error, said = LIES[lie]
    url = serve(server, folder, "/2024-25-Q1.2").replace("://", "://reader:PASSWORD@")
    server.replies[f"/2024-25-Q1.2/{name}"] = [made((folder / name).read_bytes())]  # type: ignore[list-item]
    with pytest.raises(error, match=said) as raised:
        safer_kpi.open(url)
    assert raised.value.next_action
    assert "PASSWORD" not in str(raised.value)
    assert not list(cache.rglob("manifest.json"))
    assert not list(cache.rglob(f"*{name}*"))


def test_a_release_that_was_cut_off_is_fetched_whole_afterwards(server: Publisher, folder: Path, cache: Path) -> None:
    url = serve(server, folder, "/2024-25-Q1.2").replace("://", "://reader:PASSWORD@")
    honest = server.replies["/2024-25-Q1.2/release.duckdb"]
    server.replies["/2024-25-Q1.2/release.duckdb"] = [cut_short((folder / "release.duckdb").read_bytes(), 4096)]
    with pytest.raises(Unavailable):
        safer_kpi.open(url)
    asked = len(server.asked)
    server.replies["/2024-25-Q1.2/release.duckdb"] = honest
    assert violence(url) == 58
    assert len(server.asked) - asked < asked  # what had come whole was not asked for again
    assert not [path for path in cache.rglob("*.json") if "PASSWORD" in path.read_text(encoding="utf-8")]


def test_a_file_without_an_end_is_taken_up_to_a_limit(server: Publisher, tmp_path: Path) -> None:
    server.replies["/f"] = [chunked(repeat(b"x" * 65536))]
    web = Web(server.url, Limits(file_bytes=2**20, text_bytes=2**18))
    with pytest.raises(CheckFailed, match=r"/f has more than the 1,048,576 bytes"):
        web.get_file(f"{server.url}/f", str(tmp_path / "f"))
    with pytest.raises(CheckFailed, match=r"/f has more than the 262,144 bytes"):
        web.cat_file(f"{server.url}/f")


@pytest.mark.parametrize("limits", [Limits(read_seconds=0.2), Limits(whole_seconds=0.5)])
def test_a_file_that_comes_too_slowly_is_given_up(server: Publisher, tmp_path: Path, limits: Limits) -> None:
    over = threading.Event()

    def drop_by_drop() -> Iterator[bytes]:
        yield b"first"
        while not over.wait(3600 if limits.read_seconds < 1 else 0.05):
            yield b"."

    server.replies["/f"] = [chunked(drop_by_drop())]
    try:
        with pytest.raises(Unavailable, match="/f came too slowly"):
            Web(server.url, limits).get_file(f"{server.url}/f", str(tmp_path / "f"))
    finally:
        over.set()


def test_an_address_that_is_no_folder_is_refused(server: Publisher) -> None:
    with pytest.raises(UsageError, match=r"x is given with a query") as raised:
        safer_kpi.open(f"{server.url}/x?sig=SECRET")
    assert "SECRET" not in str(raised.value)
    with pytest.raises(NotFound, match=r"Neither .*/x/manifest\.json nor .*/x/safer_kpi\.duckdb can be read"):
        safer_kpi.open(f"{server.url}/x/")


@pytest.mark.parametrize("address", ["http://[half", "https://host:99999/x", "http:///x", "HTTP://u:PW@:1/"])
def test_what_is_no_address_is_said_to_be_none(address: str) -> None:
    with pytest.raises(UsageError, match="This is no address of a web server") as raised:
        safer_kpi.open(address)
    assert "PW" not in str(raised.value)


def test_a_redirect_on_the_web_is_followed(server: Publisher, folder: Path) -> None:
    serve(server, folder, "/new")
    for path in list(server.replies):
        server.replies[path.replace("/new", "/old")] = [status(301, Location=path)]
    assert violence(f"{server.url}/old") == 58


def certificate(folder: Path) -> Path:
    """A certificate of this machine that nobody signed, with its key, as one PEM file."""
    key, today = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(pem) + secret)
    return path


OPEN = "import sys, safer_kpi; safer_kpi.open(sys.argv[1])"


@pytest.mark.e2e
def test_https_is_not_left_for_http_and_a_certificate_must_be_trusted(
    server: Publisher, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = serve(server, folder, "/2024-25-Q1.2")
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with publishing(context) as safe:
        safe.replies["/2024-25-Q1.2/manifest.json"] = [status(302, Location=f"{plain}manifest.json")]
        url = f"{safe.url}/2024-25-Q1.2"
        with pytest.raises(Unavailable, match="no certificate that this machine trusts"):
            safer_kpi.open(url)
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))  # read when a process begins
        done = subprocess.run([sys.executable, "-c", OPEN, url], check=False, capture_output=True, text=True)
    assert "CheckFailed" in done.stderr
    assert "redirects from https to 'http', which is not followed" in done.stderr
    assert server.asked == []
