"""Kill -9 at every named write, rename and commit, and at random moments: nothing lost, halved, doubled or orphaned."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).with_name("crash_harness.py")
ROOT = HARNESS.parent.parent.parent


def run(folder: Path, trials: int, capsys: pytest.CaptureFixture[str], *, commits: int) -> None:
    """A harness for kills before each named point, and one beside it for kills after it; none may find a wrong."""
    both = []
    for number in range(2):
        own = folder / str(number)
        own.mkdir()
        command = [
            sys.executable,
            str(HARNESS),
            str(own),
            str(trials // 2),
            str(number),
            "01"[number],
            str(commits // 2),
        ]
        both.append(
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)})
        )
    hits: dict[str, int] = {}
    for process in both:
        out, _ = process.communicate()
        assert process.returncode == 0
        found = json.loads(out)
        assert found["problems"] == []
        for point, count in found["hits"].items():
            hits[point] = hits.get(point, 0) + count
    with capsys.disabled():
        print("\nkills per point:", ", ".join(f"{point} {count}" for point, count in sorted(hits.items())))
    named = {point: count for point, count in hits.items() if "." in point}
    assert len(named) == 12
    assert all(count == 1 for count in named.values())
    assert hits["random moment"] >= trials * 0.8
    assert hits["inside a commit"] >= commits


@pytest.mark.soak
def test_the_lander_survives_many_kills(tmp_path, capsys):
    """Every named point five hundred random moments, and two hundred inside a commit."""
    run(tmp_path, 500, capsys, commits=200)
