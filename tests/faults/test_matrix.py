"""Each operation of storage x fault x side, on both storages: after at most one retry all stands as undisturbed.

``local`` is a folder with SQLite, whose system calls fail; ``production`` has its catalogue in Postgres and everything
else in SeaweedFS, each behind a proxy. What an act asks of its storage is seen in an undisturbed run, so that a fault
of a cell has something to hit.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.kills.test_kills import named

ROOT = Path(__file__).resolve().parents[2]
ACTS = ("land", "inbox", "archive", "sweep", "compaction", "build", "publish")
#: Processes side by side: most of a cut connection is waiting for the next try.
LANES = 4
SHORT = {
    "local": [
        ("land", "disk unlink journal", "EIO after"), ("land", "disk write data", "ENOSPC before"),
        ("land", "disk rename raw", "EIO after"),
    ],
    "production": [
        ("land", "S3 PUT raw", "cut after"), ("land", "S3 GET data", "truncate after"),
        ("land", "Postgres COMMIT", "cut after"),
    ],
}  # fmt: skip
#: An act, what it asks of its storage, and what goes wrong with it.
Cell = tuple[str, str, str]
Found = dict[str, Any]


def harness(module: str, *words: object) -> list[str]:
    return [sys.executable, "-m", f"tests.{module}", *map(str, words)]


def tried(storage: str, cells: list[Cell] | None, folder: Path, capsys: pytest.CaptureFixture[str]) -> list[Found]:
    """Try some cells of a storage, or all, and print each as it is done."""
    folder.mkdir()
    acts = " ".join(dict.fromkeys(cell[0] for cell in cells) if cells else ACTS)
    found: list[Found] = []
    with named(storage, folder) as where:
        subprocess.run(harness("kills.harness", "warm", where, folder, acts), cwd=ROOT, check=True)
        if cells is None:
            command = harness("faults.lanes", "cells", where, folder, acts)
            cells = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
        listed = folder / "cells.json"
        listed.write_text(json.dumps(cells))
        lanes = [
            subprocess.Popen(
                harness("faults.lanes", "try", where, folder, listed, part, LANES),
                cwd=ROOT, stdout=subprocess.PIPE, text=True,
            )
            for part in range(min(LANES, len(cells)))
        ]  # fmt: skip
        for lane in lanes:
            out, _ = lane.communicate()
            assert lane.returncode == 0
            found += map(json.loads, out.splitlines())
    with capsys.disabled():
        print("", *(line(storage, each) for each in sorted(found, key=cell_of)), sep="\n", flush=True)
    assert len(found) == len(cells)
    return found


def cell_of(each: Found) -> Cell:
    return each["act"], each["operation"], each["fault"]


def line(storage: str, each: Found) -> str:
    """One cell of the matrix."""
    ending = "; ".join(each["problems"]) or "converged"
    return (
        f"{storage:10} {each['act']:10} {each['operation']:30} {each['fault']:14} hits {each['hits']:4}  "
        f"retries {int(each['first'] != 0)}  {each['seconds']:5.1f} s  {ending}"
    )


def judged(cells: dict[str, list[Cell] | None], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Try cells of each storage; every fault must hit, and everything converge to what stands on both undisturbed."""
    found = {storage: tried(storage, some, tmp_path / storage, capsys) for storage, some in cells.items()}
    every = [(storage, each) for storage, tried in found.items() for each in tried]
    counts = Counter((storage, not each["problems"]) for storage, each in every)
    with capsys.disabled():
        for storage in cells:
            number = counts[storage, True] + counts[storage, False]
            print(f"{storage}: {counts[storage, True]} of {number} cells converged after at most one retry")
    assert [(storage, each) for storage, each in every if each["problems"]] == []
    assert [(storage, *cell_of(each)) for storage, each in every if not each["hits"]] == []
    for act in {each["act"] for _, each in every}:
        standing = [json.loads((tmp_path / storage / act / "undisturbed.json").read_text()) for storage in cells]
        assert standing[0]["standing"] == standing[1]["standing"], act


@pytest.mark.e2e
@pytest.mark.long(60)
def test_a_few_faults_of_each_storage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Dropped acknowledgements, and commits that stand though they were reported as failed."""
    judged(SHORT, tmp_path, capsys)


@pytest.mark.soak
def test_every_operation_fault_and_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Around a landing, an inbox, an archive, a sweep, a compaction, a build and a publication."""
    judged({"local": None, "production": None}, tmp_path, capsys)
