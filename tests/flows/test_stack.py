"""The local Airflow for one person, whole: from nothing to ready, killed piece by piece, and gone again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from safer_kpi import stack
from safer_kpi.errors import UsageError
from safer_kpi.settings import Settings
from safer_kpi.stack import Stack, processes
from tests.flows.airflow_api import Airflow

pytestmark = pytest.mark.soak
AIRFLOW = ("scheduler", "triggerer", "dag-processor", "api-server")


def command(*words: str) -> subprocess.CompletedProcess[str]:
    code = "from safer_kpi.cli.main import main; main()"
    return subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    folder = Path(tempfile.mkdtemp(prefix="stack-"))
    settings = Settings.load(folder / "a lake")
    yield settings
    stack.stop(settings)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def up(settings: Settings) -> Stack:
    words = ["up", "--detach", "--json", "--port", "0", "--user", "A. Sample:user", "--home", str(settings.home)]
    done = command(*words)
    assert done.returncode == 0, done.stderr
    running = stack.status(settings)
    assert running is not None
    row = json.loads(done.stdout)["rows"][0]
    assert row["address"] == running.address
    assert row["users"] == {"admin": "admin", "A. Sample": "user"}
    assert not any(password in done.stdout for password in running.passwords.values())
    return running


def members(running: Stack) -> set[int]:
    return {process.pid for process in processes.marked(running.layout.folder)}


def until(found: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.2)


def listening(pids: set[int]) -> set[str]:
    """The addresses, in hexadecimal as the kernel writes them, on which these processes listen."""
    mine = set()
    for pid in pids:
        handles: list[Path] = []
        with suppress(FileNotFoundError):  # it has ended since it was listed: Postgres's workers come and go
            handles = list(Path(f"/proc/{pid}/fd").iterdir())
        for handle in handles:
            with suppress(FileNotFoundError):  # closed since
                mine.add(str(handle.readlink()).removeprefix("socket:[").removesuffix("]"))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in mine:
                found.add(fields[1])
    return found


def test_everything_is_healthy_and_the_named_can_log_in(up):
    assert up.unready() == []
    assert set(up.pids()) == {"postgres", *AIRFLOW}
    for name in ("lake_build", "source_fetch"):
        pool = Airflow(up).get(f"/pools/{name}")
        assert (pool["slots"], pool["include_deferred"]) == (1, False)
    assert "dags" in Airflow(up, "A. Sample").get("/dags")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        Airflow(up, "A. Sample").get("/connections")


def test_it_listens_on_loopback_alone(up):
    port = int(up.address.rpartition(":")[2])
    assert listening(members(up)) == {f"0100007F:{port:04X}"}  # 127.0.0.1, the API server; Postgres has a socket


def test_what_is_secret_is_the_owners_alone(up):
    kept = (up.layout.config, up.layout.secrets, up.layout.passwords)
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    secrets = [*json.loads(up.layout.secrets.read_text()).values(), *up.passwords.values()]
    for log in up.layout.logs.glob("*.log"):
        assert not any(secret in log.read_text() for secret in secrets), log


def test_a_second_one_is_refused(up, settings):
    with pytest.raises(UsageError, match="already runs") as refused:
        stack.start(settings)
    assert up.address in str(refused.value)


# Postgres takes those with it that cannot do without; the four of Airflow can be killed all at once.
@pytest.mark.parametrize("names", [("postgres",), AIRFLOW], ids=["postgres", "airflow"])
def test_what_is_killed_comes_back(up, names):
    before = {name: up.pids()[name] for name in names}
    children = [pid for name in names for pid in up.children(name)]
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    until(lambda: all(up.pids()[name] not in {0, pid} for name, pid in before.items()), 20)
    assert [pid for pid in children if processes.look(pid)] == []
    up.wait(60)


def test_down_leaves_nothing(up, settings):
    pids = members(up)
    done = command("down", "--home", str(settings.home))
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in ("postgres", *AIRFLOW))
    assert [pid for pid in pids if processes.look(pid)] == []
    assert stack.status(settings) is None
    again = command("down", "--home", str(settings.home))
    assert (again.returncode, again.stdout) == (0, "Nothing was running.\n")
