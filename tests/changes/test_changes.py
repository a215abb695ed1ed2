"""``verify`` finds every change of a lake, its read file and its releases, and names what was changed.

A change is found if a failed check names it; by the plain form, or by ``--deep`` alone. It is harmless if ``verify``
passes and every row of every table, every file of a release and who is trusted are as before.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CHANGES = 2000
FOUND, DEEP, HARMLESS = "found", "found with --deep", "harmless"
Outcomes = dict[tuple[str, str], Counter[str]]


def tried(
    folder: Path, new_lake: Callable[..., Settings], seed: int, share: float, *, halves: int
) -> tuple[Outcomes, list[str]]:
    """Try a share of the changes of a seed; return the outcomes by kind and place, and what was not as it must be."""
    built = new_lake(folder / "built", built=True).home
    command = [sys.executable, "-m", "tests.changes.trial", str(folder), str(built), str(seed)]
    processes = [
        subprocess.Popen([*command, str(half), str(halves), str(share)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for half in range(halves)
    ]
    outcomes: Outcomes = {}
    wrong: list[str] = []
    for process in processes:
        out, _ = process.communicate()
        assert process.returncode == 0
        for line in out.splitlines():
            kind, place, outcome, what, *more = json.loads(line)
            outcomes.setdefault((kind, place), Counter())[outcome] += 1
            if outcome not in (FOUND, DEEP, HARMLESS):
                wrong.append(f"{kind} of {place}, {what}: {outcome}: {more}")
    return outcomes, wrong


def table(outcomes: Outcomes) -> str:
    """One line for each kind and place: what was tried, found, found with --deep alone, harmless, and missed."""
    heading = f"{'kind':8} {'place':24} {'tried':>6} {'found':>6} {'--deep':>6} {'harmless':>8} {'missed':>6}"
    lines, total = [heading], Counter[str]()
    for (kind, place), counts in sorted(outcomes.items()):
        lines.append(f"{kind:8} {place:24} {_numbers(counts)}")
        total += counts
    return "\n".join([*lines, f"{'all':8} {'':24} {_numbers(total)}"])


def _numbers(counts: Counter[str]) -> str:
    missed = sum(number for outcome, number in counts.items() if outcome not in (FOUND, DEEP, HARMLESS))
    return f"{counts.total():6} {counts[FOUND]:6} {counts[DEEP]:6} {counts[HARMLESS]:8} {missed:6}"


@pytest.mark.soak
def test_two_thousand_are_found_and_named(
    tmp_path: Path, new_lake: Callable[..., Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    """Other ones in every run, unless ``CHANGES_SEED`` names the seed of an earlier one."""
    seed = int(os.environ.get("CHANGES_SEED", "0")) or time.time_ns() % 10**6
    outcomes, wrong = tried(tmp_path, new_lake, seed, 1.0, halves=2)
    with capsys.disabled():
        print(f"\nCHANGES_SEED={seed}\n{table(outcomes)}", *wrong, sep="\n")
    assert wrong == []
    assert {kind for kind, _ in outcomes} == {"bits", "files", "rows", "columns", "keys", "chain", "nothing"}
    assert sum(counts[FOUND] + counts[DEEP] for counts in outcomes.values()) >= CHANGES
