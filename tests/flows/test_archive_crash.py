"""Kill -9 at every point of landing an archive: no file of it is lost or doubled, and the archive is kept once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("archive_crash_harness.py")
ROOT = HARNESS.parent.parent.parent


@pytest.mark.soak
def test_an_archive_survives_a_kill_at_every_point(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = []
    for number in range(2):
        own = tmp_path / str(number)
        own.mkdir()
        command = [sys.executable, str(HARNESS), str(own), str(number), "2"]
        both.append(
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)})
        )
    hits: dict[str, int] = {}
    points = 0
    for process in both:
        out, _ = process.communicate()
        assert process.returncode == 0
        found = json.loads(out)
        assert found["problems"] == []
        points = found["points"]
        for name, count in found["hits"].items():
            hits[name] = hits.get(name, 0) + count
    with capsys.disabled():
        print("\nkills per point:", ", ".join(f"{name} {count}" for name, count in sorted(hits.items())))
    # Each of two files is written, appended and committed; the archive, two files and two references are renamed to
    # their places, and two files are removed.
    assert sum(hits.values()) == points
    assert {name.rpartition(".")[0] for name in hits} == {
        "raw.write", "raw.rename", "raw.forget", "lake.append", "lake.commit",
    }  # fmt: skip
    assert (hits["raw.rename.before"], hits["raw.forget.after"]) == (5, 2)
