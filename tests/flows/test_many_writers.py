"""Many landers and readers of one lake at once, as a team has them: catalogue in Postgres, files in a bucket."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from safer_kpi.lake import connect
from safer_kpi.landing import init, sweep
from safer_kpi.settings import Settings
from tests.flows.servers import both
from tests.flows.together import months, wrong

ROOT = Path(__file__).resolve().parents[2]
LANDERS, DELIVERIES, READERS = 8, 50, 16


def together(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.flows.together", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.soak
def test_eight_landers_and_sixteen_readers_of_one_lake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every reader sees whole deliveries alone; at the end each of 400 has its entry, and the last file of each month
    its rows."""
    with both() as (store, dsn):
        places = {"DATA": "s3://lake/data/", "RAW": "s3://lake/raw/", "CATALOGUE": f"postgres:{dsn}"}
        variables = {f"SAFER_KPI_{name}": value for name, value in places.items()} | store.environment()
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SAFER_KPI_HOME", str(tmp_path / "home"))
        settings = Settings.load()
        init(settings)
        begun, stop = time.monotonic(), tmp_path / "stop"
        readers = [together("read", stop) for _ in range(READERS)]
        landers = [together("land", number, DELIVERIES, tmp_path / str(number)) for number in range(LANDERS)]
        statuses = [json.loads(lander.communicate()[0]) for lander in landers]
        seconds = time.monotonic() - begun
        stop.touch()
        read: list[dict[str, Any]] = [json.loads(reader.communicate()[0]) for reader in readers]
        removed = sweep(settings)
        with connect(settings, read_only=True) as lake:
            entries, last = lake.execute("SELECT count(*), max(entry) FROM journal.entry").fetchall()[0]
        found = months()
    with capsys.disabled():
        reads = sorted(each["reads"] for each in read)
        print(
            f"\n{LANDERS * DELIVERIES} deliveries in {seconds:.0f} s; reads of each of {READERS} readers {reads}; "
            f"problems {[problem for each in read for problem in each['problems']]}; {removed} orphans swept"
        )
    assert statuses == [["accepted"] * DELIVERIES] * LANDERS
    assert [each["problems"] for each in read] == [[]] * READERS
    assert all(each["reads"] > 1 for each in read)
    assert removed == 0
    assert entries == last
    # Each lander's twelve months: two of them have five files, the others four.
    assert sorted(files for _, files, _ in found) == [4] * 10 * LANDERS + [5] * 2 * LANDERS
    assert wrong(found) == []
