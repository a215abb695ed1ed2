"""Five hundred kills on both storages, two hundred of them inside a commit: nothing is lost, halved, doubled, orphaned.

Each kill falls on a copy of a warm lake; the act is then done once more. A kill is inside a commit if the catalogue was
told to commit and had not yet answered.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.flows.servers import both

ROOT = Path(__file__).resolve().parents[2]
#: On each storage: how many kills at random moments and inside a commit, beside one at each point that is passed (or at
#: each ``every``-th, where the same names come again and again).
PLANS = {
    "local": {
        "land": {"moments": 40, "commits": 40}, "archive": {"moments": 25, "commits": 25},
        "together": {"moments": 15, "commits": 15},
        "inbox": {"moments": 25, "commits": 25}, "sweep": {"moments": 10, "commits": 0},
        "compaction": {"moments": 15, "commits": 15}, "publish": {"moments": 10, "commits": 0},
        "build": {"moments": 4, "commits": 4}, "init": {"moments": 6, "commits": 6, "every": 5},
    },
    "production": {
        "land": {"moments": 20, "commits": 50}, "archive": {"moments": 10, "commits": 25},
        "together": {"moments": 5, "commits": 10},
        "inbox": {"moments": 10, "commits": 25}, "sweep": {"moments": 5, "commits": 0},
        "compaction": {"moments": 10, "commits": 10}, "publish": {"moments": 5, "commits": 0},
        "build": {"moments": 3, "commits": 4}, "init": {"moments": 3, "commits": 4, "every": 5},
    },
}  # fmt: skip
#: A few kills of a landing, before and after the points of its first delivery; of files that are landed together, one.
SHORT = {"land": {"every": 12, "moments": 1, "commits": 1}, "together": {"every": 100, "moments": 0, "commits": 1}}
KILLS, INSIDE = 500, 200
Hits = dict[tuple[str, str], Counter[str]]


@contextmanager
def named(storage: str, folder: Path) -> Iterator[str]:
    """Start the servers of a storage, if it has any; yield the word by which the harness knows it."""
    if storage == "local":
        yield storage
        return
    with both() as (store, dsn):
        terms = conninfo_to_dict(dsn)
        terms.pop("dbname", None)
        told = folder / "servers.json"
        told.write_text(json.dumps({"dsn": make_conninfo(**terms), "environment": store.environment()}))
        yield str(told)


def killed(storage: str, plans: dict[str, dict[str, int]], folder: Path, seed: int) -> tuple[Hits, list[str]]:
    """Kill acts as planned, in two processes side by side; answer the hits by act, and the violations."""

    def command(*words: object) -> list[str]:
        return [sys.executable, "-m", "tests.kills.harness", *map(str, words)]

    folder.mkdir()
    with named(storage, folder) as where:
        subprocess.run(command("warm", where, folder, " ".join(plans)), cwd=ROOT, check=True)
        both = [
            subprocess.Popen(
                command("run", where, folder, json.dumps(plans), part, 2, seed),
                cwd=ROOT, stdout=subprocess.PIPE, text=True,
            )
            for part in range(2)
        ]  # fmt: skip
        hits: Hits = {}
        problems: list[str] = []
        for process in both:
            out, _ = process.communicate()
            assert process.returncode == 0
            for each in map(json.loads, out.splitlines()):
                counts = hits.setdefault((storage, each["act"]), Counter())
                counts.update({each["kind"]: 1, "milliseconds": round(1000 * each["seconds"])})
                problems += [f"{storage} {each['act']} {each['kill']}: {problem}" for problem in each["problems"]]
    return hits, problems


def total(counts: Counter[str]) -> int:
    return counts["point"] + counts["moment"] + counts["commit"]


def table(hits: Hits) -> str:
    """One line for each act: how often it was killed at a point, at a random moment, and inside a commit."""
    lines = [f"{'storage':10} {'act':10} {'points':>6} {'moments':>7} {'commits':>7} {'kills':>5} {'seconds':>7}"]
    for (storage, act), counts in hits.items():
        numbers = f"{counts['point']:6} {counts['moment']:7} {counts['commit']:7} {total(counts):5}"
        lines.append(f"{storage:10} {act:10} {numbers} {counts['milliseconds'] // 1000:7}")
    inside = sum(counts["commit"] for counts in hits.values())
    lines.append(f"{sum(map(total, hits.values()))} kills, {inside} of them inside a commit")
    return "\n".join(lines)


def judged(storages: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Hits:
    """Kill on each storage, print the table, and hold that nothing is wrong and no named point was missed."""
    seed = time.time_ns() % 10**6
    hits: Hits = {}
    problems: list[str] = []
    for storage, plans in storages.items():
        found, wrong = killed(storage, plans, tmp_path / storage, seed)
        hits |= found
        problems += wrong
    with capsys.disabled():
        print(f"\n{table(hits)}; {len(problems)} problems (seed {seed})", *problems, sep="\n")
    assert problems == []
    # Each named point of an act is passed again in the trial that it is killed in.
    assert all(counts["point missed"] == 0 for counts in hits.values())
    return hits


@pytest.mark.e2e
@pytest.mark.long(100)
def test_a_landing_that_is_killed_is_done_once_when_it_is_done_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder, at some named points, at a random moment and inside a commit."""
    hits = judged({"local": SHORT}, tmp_path, capsys)
    assert all(counts["commit"] for counts in hits.values())


@pytest.mark.soak
def test_whatever_is_killed_is_done_once_when_it_is_done_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every act on both storages."""
    hits = judged(PLANS, tmp_path, capsys)
    assert sum(map(total, hits.values())) >= KILLS
    assert sum(counts["commit"] for counts in hits.values()) >= INSIDE
