"""A source and an inbox elsewhere: on S3 and on SFTP, each with the credential of an Airflow connection."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.catalogue.template import write_project
from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.settings import Settings
from safer_kpi.stack.storage import choose_ports
from tests.flows.servers import KEY, SECRET, seaweedfs
from tests.inbox.publisher import without_source

pytestmark = [pytest.mark.e2e, pytest.mark.long(60)]

PROJECT = Path(__file__).resolve().parents[2]
FEED, NAME = "police_street", "2024-01-dorset-street.csv"
#: What the tasks of a feed's two DAGs do, and what the watcher of its inbox sees, in a process of their own.
LAND = """
import asyncio, datetime as dt, json, types
from safer_kpi.orchestration.fetch import fetch_feed
from safer_kpi.orchestration.land import land_files
from safer_kpi.inbox import arrivals
from safer_kpi.orchestration.assets import delivered, periods
from safer_kpi.orchestration.places import open_inbox
from safer_kpi.orchestration.trigger import InboxTrigger
from safer_kpi.settings import Settings

class Event:
    extra, partitions = None, None
    def add_partitions(self, keys):
        self.partitions = keys

async def first():
    watching = InboxTrigger(place=Settings.load().watched, feed="police_street", settle_seconds=0.2, poll_seconds=0.1)
    async for event in watching.run():
        return event.payload

fetched = [fetch_feed("police_street"), fetch_feed("police_street")]
fired = asyncio.run(asyncio.wait_for(first(), 60))
events = {delivered("police_street"): Event(), periods("police_street"): Event()}
run = types.SimpleNamespace(start_date=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
refused = land_files("police_street", events, run=run, task=types.SimpleNamespace(try_number=1, max_tries=3))
told, covered = events.values()
left = arrivals(open_inbox(Settings.load().watched), "police_street")
print(json.dumps({"fired": fired, "refused": refused, "left": [each.name for each in left], "extra": told.extra,
                  "periods": covered.partitions, "fetched": fetched}))
"""


@pytest.fixture
def street(tmp_path: Path) -> bytes:
    path = tmp_path / NAME
    write_street(path, sample_partner(PROJECT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv"), "2024-01", rows=40)
    return path.read_bytes()


def fetch_and_land(settings: Settings, source: str, inbox: str, connection: str) -> dict:
    """Fetch what is at the source and land what waits, as the DAGs of the feed would."""
    project = settings.home.parent / "project"
    write_project(project, area="E06000058")
    contract = project / "contracts" / "feeds" / f"{FEED}.py"
    text = without_source(contract.read_text(encoding="utf-8"))
    stated = {"address": source}
    contract.write_text(text.replace('    "dialect":', f'    "source": {stated!r},\n    "dialect":'), encoding="utf-8")
    environment = os.environ | {
        "AIRFLOW_HOME": str(settings.home / "airflow"),
        "AIRFLOW_CONN_PARTNER": connection,
        "PYTHONPATH": str(PROJECT),
        "SAFER_KPI_HOME": str(settings.home),
        "SAFER_KPI_PROJECT": str(project),
        "SAFER_KPI_INBOX": inbox,
        "SAFER_KPI_SETTLE_SECONDS": "0.2",
    }
    done = subprocess.run(
        [sys.executable, "-c", LAND], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{")))


def check(answer: dict, sent: bytes) -> None:
    assert answer["fetched"] == [
        [f"{NAME}: fetched"],
        [f"{NAME}: waiting. A file of this name still waits in the inbox"],
    ]
    assert answer["fired"] == {"feed": FEED, "files": 1}
    assert (answer["refused"], answer["left"]) == ([], [])
    assert answer["extra"]["status"] == "accepted"
    assert answer["extra"]["rows_read"] == len(sent.splitlines()) - 1
    assert answer["periods"] == ["2024-01"]


def test_an_inbox_on_s3(tmp_path: Path, new_lake: Callable[..., Settings], street: bytes) -> None:
    import s3fs

    settings = new_lake(tmp_path / "lake")
    with seaweedfs(tmp_path) as store:
        bucket = s3fs.S3FileSystem(key=KEY, secret=SECRET, client_kwargs={"endpoint_url": store.endpoint})
        bucket.pipe_file(f"lake/exports/{NAME}", street)
        connection = {
            "conn_type": "aws", "login": KEY, "password": SECRET,
            "extra": {"endpoint_url": store.endpoint, "region_name": "eu-west-2"},
        }  # fmt: skip
        answer = fetch_and_land(
            settings, "s3://partner@lake/exports/*", "s3://partner@lake/inbox", json.dumps(connection)
        )
        check(answer, street)
        bucket.invalidate_cache()
        folder = f"lake/inbox/{FEED}/accepted/{answer['extra']['delivery_id']}"
        assert bucket.cat_file(f"{folder}/{NAME}") == street
        assert bucket.exists(f"{folder}/receipt.md")
        assert not bucket.exists(f"lake/inbox/{FEED}/{NAME}")


def test_an_inbox_on_sftp(tmp_path: Path, new_lake: Callable[..., Settings], street: bytes) -> None:
    settings = new_lake(tmp_path / "lake")
    box = tmp_path / "sftp" / "inbox" / FEED
    box.mkdir(parents=True)
    exports = tmp_path / "sftp" / "exports"
    exports.mkdir()
    (exports / NAME).write_bytes(street)
    with sftp(tmp_path / "sftp") as port:
        connection = {
            "conn_type": "sftp", "host": "127.0.0.1", "port": port, "login": "partner", "password": SECRET,
            "extra": {"no_host_key_check": "true"},
        }  # fmt: skip
        answer = fetch_and_land(settings, "sftp://partner@/exports/*", "sftp://partner@/inbox", json.dumps(connection))
    check(answer, street)
    folder = box / "accepted" / str(answer["extra"]["delivery_id"])
    assert (folder / NAME).read_bytes() == street
    assert (folder / "receipt.md").is_file()
    assert not (box / NAME).exists()


class sftp:  # noqa: N801 (a context manager, named as the functions beside it)
    """An SFTP server on loopback, of one folder and one user; gives its port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, choose_ports()["s3"]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(30)
        return self.port

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> None:
        import asyncssh

        class Server(asyncssh.SSHServer):
            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("partner", SECRET)

        self._server = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_factory=Server,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(self.folder).encode()),
        )

    async def _close(self) -> None:
        self._server.close()
        await self._server.wait_closed()
