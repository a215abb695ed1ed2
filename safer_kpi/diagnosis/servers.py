"""Check the servers that the settings name. No message repeats what a driver says: it may hold a password."""

from __future__ import annotations

import socket
import uuid
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from safer_kpi.diagnosis.finding import ok, warning, wrong
from safer_kpi.diagnosis.packages import uses_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.diagnosis.finding import Finding
    from safer_kpi.settings import Settings

_SECONDS = 5
_RIGHTS = "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights of that key."


def check_object_storage(settings: Settings) -> Iterator[Finding]:
    """Write, read and delete a small object in each store of the lake that lies in a bucket."""
    places = {"data": settings.data, "received bytes": settings.raw}
    used = {name: url for name, url in places.items() if url.startswith("s3://")}
    if not used or find_spec("s3fs") is None:
        return
    if settings.s3.endpoint and not _answers(settings.s3.endpoint):
        yield wrong(
            "object storage",
            f"{_host(settings.s3.endpoint)} of AWS_ENDPOINT_URL does not answer.",
            "Start the server, or correct AWS_ENDPOINT_URL; `up --production` writes new ports to airflow/lake.env.",
        )
        return
    for name, url in used.items():
        yield _written(settings, name, url)


def _host(url: str) -> str:
    """Return host and port of a URL, without user and password."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    try:
        address = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        socket.create_connection(address, timeout=_SECONDS).close()
    except (OSError, ValueError):
        return False
    return True


def _written(settings: Settings, name: str, url: str) -> Finding:
    from botocore.exceptions import BotoCoreError, ClientError

    root = url.removeprefix("s3://").rpartition("@")[2].rstrip("/")
    bucket, key = root.partition("/")[0], f"{root}/doctor-{uuid.uuid4().hex}"
    content = uuid.uuid4().bytes
    try:
        store = _store(settings)
        store.pipe_file(key, content)
        try:
            same = store.cat_file(key) == content
        finally:
            store.rm_file(key)
    except FileNotFoundError:
        return wrong("object storage", f"There is no bucket {bucket} for the {name}.", "Make it, or correct the URL.")
    except PermissionError:
        return wrong("object storage", f"The key may not read, write and delete the {name} in {bucket}.", _RIGHTS)
    except (OSError, BotoCoreError, ClientError) as problem:
        said = type(problem).__name__
        return wrong("object storage", f"The {name} in bucket {bucket} cannot be written and read ({said}).", _RIGHTS)
    if not same:
        return wrong("object storage", f"Bucket {bucket} returned other bytes than were written.", "Check the server.")
    return ok("object storage", f"The {name} in bucket {bucket} can be written, read and deleted.")


def _store(settings: Settings) -> Any:
    import s3fs

    class Once(s3fs.S3FileSystem):  # type: ignore[misc]  # s3fs has no types
        """A store that is asked once: a person waits."""

        retries = 1
        cachable = False

    return Once(
        key=settings.s3.key_id or None,
        secret=settings.s3.secret or None,
        client_kwargs={"endpoint_url": settings.s3.endpoint or None, "region_name": settings.s3.region},
        config_kwargs={"connect_timeout": _SECONDS, "read_timeout": 2 * _SECONDS, "retries": {"max_attempts": 1}},
    )


def check_postgres(settings: Settings) -> Iterator[Finding]:
    """Connect to the catalogue's database, and see whether a writer holds the lease."""
    if not uses_postgres(settings) or find_spec("psycopg") is None:
        return
    import psycopg

    try:
        with psycopg.connect(settings.catalogue.removeprefix("postgres:"), connect_timeout=_SECONDS) as connection:
            known = connection.execute(
                "SELECT pg_is_in_recovery(), has_database_privilege(current_database(), 'CREATE')"
            )
            is_copy, may_write = known.fetchone() or (False, False)
    except psycopg.ProgrammingError:
        yield wrong("Postgres", "SAFER_KPI_CATALOGUE is not a connection string of Postgres.", "Correct it.")
    except psycopg.Error:
        yield wrong(
            "Postgres",
            "The catalogue's database does not let this user in, or does not answer.",
            "Start the server; check host, port, dbname, user and password in SAFER_KPI_CATALOGUE or libpq's files.",
        )
    else:
        if is_copy:
            yield wrong("Postgres", "The catalogue's server is a standby: it cannot be written.", "Name the primary.")
        elif not may_write:
            yield warning(
                "Postgres",
                "This user may make no schema in the catalogue's database, which a new lake needs.",
                "GRANT CREATE ON DATABASE to the user if the lake is still to be made.",
            )
        else:
            yield ok("Postgres", "The catalogue's database answers, and this user may write to it.")
