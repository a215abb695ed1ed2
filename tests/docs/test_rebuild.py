"""The demo's releases come out of their raw bytes again, as they came and in another order."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from safer_kpi.demo.run import RELEASES
from tests.docs.conftest import COMMAND, NEWEST_FIRST, Demo, environment

pytestmark = [pytest.mark.e2e, pytest.mark.long(150)]


COMMANDS = {
    "as they came": [str(COMMAND), "verify", "--rebuild", "--home", "lake", "--json"],
    "newest first": [str(NEWEST_FIRST), "lake"],
}


# In another order in soak: tests/flows/test_rebuild.py tries two others on a small lake that holds every kind of entry.
@pytest.mark.parametrize("order", ["as they came", pytest.param("newest first", marks=pytest.mark.soak)])
def test_the_releases_are_recomputed_from_the_raw_bytes(demo: Demo, order: str, tmp_path: Path) -> None:
    command = [sys.executable, *COMMANDS[order]]
    folder = demo.copied_to(tmp_path)
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    assert [(row["check"], row["subject"], row["status"]) for row in rows] == [
        ("rebuild", release, "ok") for release, _ in RELEASES
    ]
    # two of the files are refused and one is a duplicate; four more than those that came are the seeds
    files = len(list((demo.folder / "lake" / "partner-files").rglob("*.*")))
    assert rows[-1]["detail"] == f"the same row hash from {files - 3 + 4} deliveries"
