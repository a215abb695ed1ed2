"""A lake on real servers behind proxies, and what each trial does to it."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typer.testing import CliRunner

from safer_kpi.cli.main import app
from safer_kpi.lake import connect, raw
from safer_kpi.settings import Settings
from tests.faults.proxy import S3, Postgres, Proxy
from tests.flows.servers import SECRET, postgres, seaweedfs
from tests.properties.histories import Delivery, Row

VIOLENCE = "Violence and sexual offences"
#: What the live rows of a feed are, whatever numbers entries and deliveries have.
_ROWS = """SELECT month, crime_id, lsoa_code, crime_type, last_outcome_category, sum(weight) AS rows
    FROM landing.police_street GROUP BY ALL HAVING sum(weight) <> 0 ORDER BY ALL"""


@dataclass
class Lake:
    """A lake, by the environment that names it, and the proxies before its servers."""

    home: Path
    proxies: dict[str, Proxy]

    @property
    def settings(self) -> Settings:
        """The settings that name it."""
        return Settings.load(self.home)

    def command(self, *words: str) -> tuple[int, str]:
        """Exit code and output of a command; anything but one of our own endings is a violation."""
        done = CliRunner().invoke(app, [*words, "--home", str(self.home)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            return -1, f"{type(done.exception).__name__}"
        if "Traceback" in done.output or SECRET in done.output:
            return -2, "a traceback or a secret was printed"
        return done.exit_code, done.output

    def rows(self) -> str:
        """SHA-256 of the live rows."""
        with connect(self.settings, read_only=True) as connection:
            return hashlib.sha256(repr(connection.execute(_ROWS).fetchall()).encode()).hexdigest()

    def left_over(self) -> list[str]:
        """What a sweep leaves that no receipt and no snapshot knows, what is lost, and what is there twice."""
        code, output = self.command("sweep")
        found = [] if code == 0 else [f"sweep: {output}"]
        settings = self.settings
        with connect(settings) as connection:
            known = {row[0] for row in connection.execute("SELECT DISTINCT sha256 FROM journal.delivery").fetchall()}
            orphans = connection.execute(
                "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true, dry_run => true)"
            ).fetchall()
            accepted, different, entries, last = connection.execute(
                """SELECT count(*) FILTER (status = 'accepted'), count(DISTINCT sha256) FILTER (status = 'accepted'),
                (SELECT count(*) FROM journal.entry), (SELECT max(entry) FROM journal.entry)
                FROM journal.delivery WHERE feed = 'police_street'"""
            ).fetchall()[0]
        found += [f"{len(orphans)} orphans"] if orphans else []
        found += ["bytes and receipts differ"] if set(raw._names(settings)) ^ known else []
        found += ["a delivery is there twice"] if accepted != different else []
        found += ["the journal has a gap"] if entries != last else []
        return found


@contextmanager
def production(folder: Path) -> Iterator[Lake]:
    """A lake with catalogue in Postgres and everything else in SeaweedFS, each behind a proxy.

    The user that Postgres runs as when root starts it must pass through every folder above its own, and pytest closes
    the one above all its folders to others: the servers have a folder elsewhere.
    """
    with tempfile.TemporaryDirectory(prefix="safer-kpi-faults-") as elsewhere, _served(folder, Path(elsewhere)) as lake:
        yield lake


@contextmanager
def _served(folder: Path, elsewhere: Path) -> Iterator[Lake]:
    elsewhere.chmod(0o755)
    with seaweedfs(elsewhere) as store, postgres(elsewhere) as dsn:
        terms = conninfo_to_dict(dsn)
        host, port = str(terms["host"]), int(terms.get("port") or 5432)
        upstream = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
        server = store.endpoint.removeprefix("http://").split(":")
        proxies = {"S3": Proxy(S3, (server[0], int(server[1]))), "Postgres": Proxy(Postgres, upstream)}
        own = {"host": "127.0.0.1", "port": proxies["Postgres"].port, "sslmode": "disable", "gssencmode": "disable"}
        variables = {
            **store.environment(),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxies['S3'].port}",
            "SAFER_KPI_CATALOGUE": f"postgres:{make_conninfo(**(terms | own))}",
            "SAFER_KPI_DATA": "s3://lake/data/",
            "SAFER_KPI_RAW": "s3://lake/raw/",
            "SAFER_KPI_INBOX": "s3://lake/inbox",
            "AWS_MAX_ATTEMPTS": "2",
        }
        with environment(variables):
            yield Lake(folder / "home", proxies)
        for proxy in proxies.values():
            proxy.close()


@contextmanager
def environment(variables: dict[str, str], *, alone: bool = False) -> Iterator[None]:
    """Set variables of the environment, or with ``alone`` all of it."""
    before = dict(os.environ)
    if alone:
        os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def delivery(number: int) -> Delivery:
    """A file of a month of its own; every second one corrects the month before it."""
    month = f"20{10 + number // 24}-{number // 2 % 12 + 1:02d}"
    outcome = "Local resolution" if number % 2 else "Under investigation"
    return Delivery(month, 1 + number % 2, tuple(Row(n, "E01015272", VIOLENCE, outcome) for n in range(1, 9)))


def land(lake: Lake, folder: Path, number: int) -> tuple[int, str]:
    """Land the file of that number, as a person does: with the date of its publication."""
    made = delivery(number)
    path = made.write(folder, number)
    return lake.command("land", "police_street", str(path), "--published", made.published.date().isoformat())
