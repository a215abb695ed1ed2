"""The how-to about a web server, typed by a reader: its Python and its SQL, against a file server of this machine."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from safer_kpi.lake import extension_directory
from safer_kpi.settings import Settings
from tests.doors.conftest import RELEASE

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "read-over-the-web.md").read_text(encoding="utf-8")
ADDRESS = "https://data.example.gov.uk/releases/"


class Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(told_releases: Path) -> Iterator[str]:
    """The folder of releases on a web server that is no more than that."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=told_releases / "releases")) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        serving.join()


def typed(kind: str, address: str) -> list[str]:
    """The page's blocks of a kind, about the small lake's release on this machine."""
    assert ADDRESS in PAGE
    page = PAGE.replace(ADDRESS, address).replace("E06000058", "L1")
    page = page.replace("2024-25-Q4/", f"{RELEASE}/").replace("2024-25-Q4", "2024-25-Q1")
    return re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)


def test_the_sql_of_the_page_reads_a_release_where_it_lies(address: str, folder: Path, tmp_path: Path) -> None:
    # The extension comes from a wheel; to whoever is online, INSTALL brings it.
    extensions = extension_directory(Settings.load(tmp_path))
    with duckdb.connect(config={"extension_directory": str(extensions)}) as connection:
        attached, parquet = [
            connection.execute(statement).fetchall()
            for block in typed("sql", address)
            for statement in block.split(";")
            if statement.strip().startswith(("INSTALL", "LOAD", "ATTACH", "USE", "SELECT"))
        ][-2:]
        # Violence of the quarter: 31 + 12 + 15
        assert [(period, value) for period, value, *_ in attached] == [("2024-25-Q1", 58)]
        with safer_kpi.open(folder) as lake:
            numbers = lake.metric("1a.violence_and_sexual_offences", period="2024-25-Q1").rows()
        wards = {row["area_name"]: row["value"] for row in numbers if row["area_type"] == "ward"}
        assert dict(parquet) == wards
        assert sum(wards.values()) == 58
        with pytest.raises(duckdb.Error, match="read-only"):
            connection.execute("DELETE FROM kpi.certified")


@pytest.mark.e2e
@pytest.mark.usefixtures("cache")
def test_the_python_of_the_page_copies_and_verifies_it(address: str, tmp_path: Path) -> None:
    [text] = typed("python", address)
    asked = "release.metric('1a.violence_and_sexual_offences', area='L1', period='2024-25-Q1')"
    shown = f"{text}print({asked}.rows()[0]['value'])\n"
    done = subprocess.run([sys.executable, "-c", shown], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.stdout.split() == ["58.0"], done.stderr
