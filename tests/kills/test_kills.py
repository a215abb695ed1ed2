"""Five hundred kills, two hundred of them inside a commit: nothing is lost, halved, doubled or orphaned.

Each kill falls on a copy of a warm lake; the act is then done once more. A kill is inside a commit if the catalogue was
told to commit and had not yet answered.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
#: Beside one kill at each named point: how many at random moments, and how many inside a commit.
MOMENTS = {"land": 80, "archive": 50, "inbox": 50, "sweep": 24, "compaction": 30, "build": 12, "publish": 20}
COMMITS = {"land": 110, "archive": 50, "inbox": 50, "compaction": 20, "build": 6}
KILLS, INSIDE = 500, 200


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "tests.kills.harness", *map(str, words)]


@pytest.mark.soak
def test_whatever_is_killed_is_done_once_when_it_is_done_again(
    tmp_path: Path, new_lake: Callable[..., Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("seeded", "built"):
        new_lake(tmp_path / "lakes" / name, built=name == "built")
    folder = tmp_path / "warm"
    folder.mkdir()
    subprocess.run(command("warm", folder, tmp_path / "lakes"), cwd=ROOT, check=True)
    seed = time.time_ns() % 10**6
    both = [
        subprocess.Popen(
            command("run", folder, half, seed, json.dumps(MOMENTS), json.dumps(COMMITS)),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for half in range(2)
    ]
    hits: dict[str, Counter[str]] = {}
    problems: list[str] = []
    for process in both:
        out, _ = process.communicate()
        assert process.returncode == 0
        found = json.loads(out)
        problems += found["problems"]
        for act, counts in found["hits"].items():
            hits.setdefault(act, Counter()).update(counts)
    with capsys.disabled():
        print(f"\n{table(hits)}; {len(problems)} problems (seed {seed})")
    assert problems == []
    # Each named point of an act is passed again in the trial that it is killed in.
    assert all(counts["point missed"] == 0 for counts in hits.values())
    assert sum(killed(counts) for counts in hits.values()) >= KILLS
    assert sum(counts["commit"] for counts in hits.values()) >= INSIDE


def killed(counts: Counter[str]) -> int:
    return counts["point"] + counts["moment"] + counts["commit"]


def table(hits: dict[str, Counter[str]]) -> str:
    """One line for each act: how often it was killed at a point, at a random moment, and inside a commit."""
    lines = [f"{'act':10} {'points':>6} {'moments':>7} {'commits':>7} {'kills':>5}"]
    for act, counts in hits.items():
        lines.append(f"{act:10} {counts['point']:6} {counts['moment']:7} {counts['commit']:7} {killed(counts):5}")
    inside = sum(counts["commit"] for counts in hits.values())
    lines.append(f"{sum(map(killed, hits.values()))} kills, {inside} of them inside a commit")
    return "\n".join(lines)
