"""Generated files of each format are refused or read right, in bounded memory and in words without values.

``make soak`` tries two thousand and prints one table by kind; the short form tries a few of each kind.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.hostile.archives import archive_files
from tests.hostile.asking import Asked
from tests.hostile.columns import parquet_files
from tests.hostile.delimited import csv_files, gzip_files, large_files
from tests.hostile.documents import document_files
from tests.hostile.framed import framed_files
from tests.hostile.lines import json_files
from tests.hostile.made import Made, problems
from tests.hostile.workbooks import workbook_files

#: How many different files of each kind the soak tries: two thousand in all.
KINDS: dict[str, tuple[st.SearchStrategy[Made], int]] = {
    "CSV": (csv_files(), 590),
    "CSV of 26 MiB": (large_files(), 10),
    "CSV in gzip": (gzip_files(), 150),
    "CSV with a frame": (framed_files(), 200),
    "Excel workbook": (workbook_files(), 450),
    "OpenDocument": (document_files(), 150),
    "JSON lines": (json_files(), 150),
    "Parquet": (parquet_files(), 150),
    "ZIP archive": (archive_files(), 150),
}
#: Of so many files of the soak one is landed whole.
LANDED_EACH = 25


@dataclass
class Kind:
    """What came of the files of one kind."""

    tried: int = 0
    right: int = 0
    landed: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    parent: int = 0
    child: int = 0
    longest: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def add(self, made: Made, answer: dict[str, Any], seconds: float, folder: Path) -> None:
        """Count one answer; the bytes of a file with which something is wrong are kept."""
        self.tried += 1
        self.landed += "landed" in answer
        self.longest = max(self.longest, seconds)
        self.parent = max(self.parent, answer.get("parent", 0))
        self.child = max(self.child, answer.get("child", 0))
        found = problems(made, answer)
        if found:
            kept = folder / hashlib.sha256(made.content).hexdigest()[:12]
            kept.write_bytes(made.content)
            self.wrong.append(f"{kept}: {'; '.join(found)}")
        elif "rule" in answer:
            self.rules[answer["rule"]] += 1
        else:
            self.right += 1


def drawn(strategy: st.SearchStrategy[Made], count: int, chance: int) -> Iterator[Made]:
    """Yield that many different files; the same for the same ``chance``."""
    seen: set[bytes] = set()
    while len(seen) < count:
        chance += 1
        for made in some(strategy, chance, min(100, 3 * count)):
            key = hashlib.sha256(made.content).digest()
            if key not in seen and len(seen) < count:
                seen.add(key)
                yield made


def some(strategy: st.SearchStrategy[Made], chance: int, number: int) -> list[Made]:
    """Return that many files, some of them alike."""
    found: list[Made] = []

    @seed(chance)
    @settings(
        max_examples=number,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(made: Made) -> None:
        found.append(made)

    take()
    return found


def tried(folder: Path, counts: dict[str, int], chance: int, *, landed_each: int, readers: int) -> dict[str, Kind]:
    """Read every file in one of some processes side by side; each has its own lake."""
    kinds = {name: Kind() for name in counts}
    free: Queue[Asked] = Queue()

    def read(name: str, number: int, made: Made) -> None:
        asked = free.get()
        begun = time.monotonic()
        answer = asked.read(made.feed, made.content, whole=number % landed_each == 0)
        free.put(asked)
        kinds[name].add(made, answer, time.monotonic() - begun, folder)

    with ExitStack() as stack, ThreadPoolExecutor(max_workers=readers) as pool:
        for number in range(readers):
            own = folder / f"reader-{number}"
            own.mkdir()
            free.put(stack.enter_context(Asked(own)))
        waiting: list[Future[None]] = []
        for name, count in counts.items():
            for number, made in enumerate(drawn(KINDS[name][0], count, chance)):
                waiting.append(pool.submit(read, name, number, made))
                # Not far ahead: a file may hold 26 MiB.
                while len(waiting) > 8:
                    waiting.pop(0).result()
        for each in waiting:
            each.result()
    return kinds


def table(kinds: dict[str, Kind]) -> str:
    """One line for each kind: what was tried, refused by which rule, read right, and the peaks of memory."""
    lines = [
        f"{'kind':17} {'tried':>5} {'read':>5} {'refused':>7} {'landed':>6} {'parent':>8} {'child':>8} {'longest':>8}"
    ]
    for name, kind in kinds.items():
        refused = sum(kind.rules.values())
        lines.append(
            f"{name:17} {kind.tried:5} {kind.right:5} {refused:7} {kind.landed:6} {kind.parent // 2**20:4} MiB "
            f"{kind.child // 2**20:4} MiB {kind.longest:6.1f} s  "
            + ", ".join(f"{rule} {number}" for rule, number in kind.rules.most_common())
        )
    every = kinds.values()
    lines.append(
        f"{'all':17} {sum(kind.tried for kind in every):5} {sum(kind.right for kind in every):5} "
        f"{sum(sum(kind.rules.values()) for kind in every):7} {sum(kind.landed for kind in every):6} "
        f"{max(kind.parent for kind in every) // 2**20:4} MiB {max(kind.child for kind in every) // 2**20:4} MiB; "
        f"neither refused nor right: {sum(len(kind.wrong) for kind in every)}"
    )
    return "\n".join(lines)


@pytest.mark.e2e
@pytest.mark.long(15)
def test_a_few_of_each_kind_are_refused_or_right(tmp_path: Path) -> None:
    """The same few in every run; the first of each kind is landed too."""
    small = [name for name in KINDS if name != "CSV of 26 MiB"]
    kinds = tried(tmp_path, dict.fromkeys(small, 4), 1, landed_each=4, readers=1)
    assert [wrong for kind in kinds.values() for wrong in kind.wrong] == []
    # Each kind has files of both: what refuses everything would be right by the words of this test.
    assert sum(kind.right for kind in kinds.values()) >= len(small)


@pytest.mark.soak
def test_two_thousand_are_refused_or_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other ones in every run, unless ``HOSTILE_SEED`` names the seed of an earlier one."""
    chance = int(os.environ.get("HOSTILE_SEED", "0")) or time.time_ns() % 10**6
    kinds = tried(
        tmp_path, {name: count for name, (_, count) in KINDS.items()}, chance, landed_each=LANDED_EACH, readers=2
    )
    wrong = [one for kind in kinds.values() for one in kind.wrong]
    with capsys.disabled():
        print(f"\nHOSTILE_SEED={chance}\n{table(kinds)}", *wrong, sep="\n")
    assert sum(kind.tried for kind in kinds.values()) == 2000
    assert wrong == []
    assert all(kind.right and kind.rules for kind in kinds.values())
