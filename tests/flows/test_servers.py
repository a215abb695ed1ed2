"""The lake as a team runs it: catalogue in Postgres, data and raw bytes on S3, read from a local copy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from safer_kpi.files import sha256_of
from safer_kpi.lake import raw
from safer_kpi.settings import Settings
from tests.flows.servers import postgres, seaweedfs
from tests.properties.histories import Delivery, Row

ROOT = Path(__file__).resolve().parents[2]
VIOLENCE = "Violence and sexual offences"
FIRST = Delivery("2024-01", 1, tuple(Row(n, "E01015272", VIOLENCE, "Under investigation") for n in range(1, 11)))
SECOND = Delivery(
    "2024-01",
    2,
    (
        Row(1, "E01015272", VIOLENCE, "Local resolution"),
        *(Row(n, "E01015272", VIOLENCE, "Under investigation") for n in range(2, 13)),
    ),
)
WRITE = """
import sys
from safer_kpi.lake import lease
from safer_kpi.settings import Settings
try:
    with lease(Settings.load(), wait_seconds=1.0):
        print("got it")
except Exception as held:
    print(type(held).__name__)
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("servers")
    folder.chmod(0o755)
    with seaweedfs(folder) as store, postgres(folder) as dsn:
        yield {
            **os.environ,
            **store.environment(),
            "PYTHONPATH": str(ROOT),
            "SAFER_KPI_HOME": str(folder / "home"),
            "SAFER_KPI_CATALOGUE": f"postgres:{dsn}",
            "SAFER_KPI_DATA": "s3://lake/data/",
            "SAFER_KPI_RAW": "s3://lake/raw/",
            "SAFER_KPI_CACHE": str(folder / "cache"),
        }


def run(environment: dict[str, str], *words: str) -> list[dict]:
    command = [sys.executable, "-c", "from safer_kpi.cli.main import main; main()", *words, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["rows"]


@pytest.mark.e2e
@pytest.mark.long(100)
def test_land_build_and_read_with_postgres_and_s3(environment, tmp_path):
    for number, delivery in enumerate((FIRST, SECOND)):
        path = delivery.write(tmp_path, number)
        published = delivery.published.date().isoformat()
        receipt = run(environment, "land", "police_street", str(path), "--published", published)[0]
        assert receipt["status"] == "accepted"
    assert receipt["changes"] == {"late": 2, "progressed": 1}
    run(environment, "build")
    rows = run(environment, "show", f"1a.{VIOLENCE.lower().replace(' ', '_')}", "--area", "E06000058", "--by", "month")
    assert [(row["period"], row["value"]) for row in rows] == [("2024-01", 12)]
    assert run(environment, "replay", str(receipt["delivery_id"]))[0]["changes"] == {}
    assert run(environment, "revert", str(receipt["delivery_id"]), "--by", "A", "--reason", "b")[0]["changes"] == {
        "reverted": 3
    }
    assert run(environment, "sweep")[0]["removed"] == 0
    compacted = run(environment, "compact")[0]
    assert compacted["files_after"] < compacted["files_before"]
    assert compacted["snapshots_after"] < compacted["snapshots_before"]
    assert run(environment, "sweep")[0]["removed"] == 0
    run(environment, "build")
    rows = run(environment, "show", f"1a.{VIOLENCE.lower().replace(' ', '_')}", "--area", "E06000058", "--by", "month")
    assert rows[0]["value"] == 10


@pytest.mark.e2e
@pytest.mark.long(30)
def test_bytes_that_another_process_removed_are_stored_again(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether bytes are there is asked of the store, not of a listing that this process remembers."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings, file = Settings.load(), tmp_path / "file"
    file.write_bytes(b"bytes of no delivery")
    raw.keep(settings, file, sha256_of(file))
    assert sha256_of(file) in raw._names(settings)
    assert run(environment, "sweep")[0]["removed"] == 1
    raw.keep(settings, file, sha256_of(file))
    assert raw.fetch(settings, sha256_of(file)).read_bytes() == b"bytes of no delivery"
    assert raw.forget(settings, sha256_of(file))


@pytest.mark.e2e
@pytest.mark.long(100)
def test_the_lease_is_one_for_all_machines(environment):
    import psycopg

    from safer_kpi.lake.catalogues import LEASE_KEY

    def try_it() -> str:
        command = [sys.executable, "-c", WRITE]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    dsn = environment["SAFER_KPI_CATALOGUE"].removeprefix("postgres:")
    with psycopg.connect(dsn, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (LEASE_KEY,))
        assert try_it() == "LeaseHeld\n"
    assert try_it() == "got it\n"
