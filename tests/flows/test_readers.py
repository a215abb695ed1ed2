"""Readers in other processes while land and build run again and again: no error, no half build."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from safer_kpi.compute import build
from safer_kpi.landing import Confirmation, Terms, land
from tests.properties.histories import Delivery, Row

READER = Path(__file__).with_name("reader.py")
ROOT = READER.parents[2]


def delivery(number: int) -> Delivery:
    """A month whose robberies grow by one with each delivery."""
    rows = tuple(Row(n, "E01015272", "Robbery", "") for n in range(1, 10 + number))
    return Delivery("2024-01", number, (*rows, Row(0, "", "Anti-social behaviour", "")))


@pytest.mark.soak
def test_readers_see_whole_builds_while_others_write(tmp_path, capsys, new_lake):
    """Eight readers beside twenty builds see one whole build or another."""
    rebuilds, readers = 20, 8
    settings, stop = new_lake(tmp_path / "lake", built=True), tmp_path / "stop"

    def post(number: int) -> None:
        path = delivery(number).write(tmp_path / "files", number)
        terms = Terms(
            published=dt.datetime(2024, 6, 1) + dt.timedelta(days=number),
            confirmation=Confirmation(person="A. Tester", reason="generated"),
        )
        receipt = land(settings, "police_street", [str(path)], terms=terms)[0]
        assert receipt.status == "accepted"
        build(settings)

    post(0)
    reading = [
        subprocess.Popen(
            [sys.executable, str(READER), str(settings.home), str(stop)], cwd=ROOT, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)},
        )
        for _ in range(readers)
    ]  # fmt: skip
    try:
        for number in range(1, rebuilds + 1):
            post(number)
    finally:
        stop.touch()
        answers = [reader.communicate(timeout=120) for reader in reading]
    assert [errors for _, errors in answers if errors] == []
    found = [json.loads(out) for out, _ in answers]
    with capsys.disabled():
        print(f"\nreads {[one['reads'] for one in found]}, builds seen {[one['builds'] for one in found]}")
    assert all(one["problems"] == [] for one in found)
    assert all(one["reads"] >= rebuilds and one["builds"] > 2 for one in found)
