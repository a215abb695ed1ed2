"""The demo's releases come out of their raw bytes again, as they came and in another order."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

import safer_kpi
from safer_kpi.demo.run import RELEASES
from tests.docs.conftest import COMMAND, NEWEST_FIRST, Demo, environment

pytestmark = [pytest.mark.e2e, pytest.mark.long(150)]


COMMANDS = {
    "both": [str(COMMAND), "verify", "--rebuild", "--home", "lake", "--json"],
    "both, newest first": [str(NEWEST_FIRST), "lake"],
}


# tests/flows/test_rebuild.py rebuilds a small lake that holds every kind of entry.
@pytest.mark.soak
@pytest.mark.parametrize("which", COMMANDS)
def test_the_releases_are_recomputed_from_the_raw_bytes(demo: Demo, which: str, tmp_path: Path) -> None:
    """Both releases of the demo, as their files came and newest first."""
    command = [sys.executable, *COMMANDS[which]]
    folder = demo.copied_to(tmp_path)
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [(row["check"], row["subject"], row["status"]) for row in rows] == [
        ("rebuild", release, "ok") for release, _ in RELEASES
    ]
    assert [row["detail"] for row in rows] == [
        f"the same row hash from {posted(folder / 'lake', until)} deliveries" for _, until in RELEASES
    ]


def posted(home: Path, until: dt.datetime) -> int:
    """How many files had come by then: neither the refused ones nor the duplicate, and the seeds besides."""
    with safer_kpi.open(home) as lake:
        receipts = lake.deliveries().rows()
    return sum(row["received_at"] <= until and row["status"] not in {"refused", "duplicate"} for row in receipts)


def test_all_that_came_is_posted(demo: Demo) -> None:
    # two of the files are refused and one is a duplicate; four more than those that came are the seeds
    files = len(list((demo.folder / "lake" / "partner-files").rglob("*.*")))
    assert posted(demo.folder / "lake", dt.datetime.max) == files - 3 + 4
