"""The audit of public editions: 15 counts by 33 wards and *elsewhere*, eight quarters, four releases that revise."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figure import Figure
from safer_kpi.disclosure.audit.chain.audit import audit_chain
from safer_kpi.disclosure.audit.chain.files import Chain, Count, Edition, Key, Metric, Published, Release

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workplace import Workplace

METRICS, WARDS, QUARTERS, RELEASES = 15, 33, 8, 4
#: Seconds and MiB that the whole audit may take.
SECONDS, PEAK = 30.0, 1024
#: Of a ward's quarter, how likely each release is to revise it.
REVISED = 0.01
AUTHORITY = "E06000901"
STARTS = [f"{2030 + (at + 1) // 4}-{(3, 6, 9, 0)[at % 4] + 1:02}-01" for at in range(QUARTERS)]


def figures(place: Workplace) -> Iterator[Figure]:
    """Run the audit of two releases and of four, each in a process of its own."""
    metrics = max(2, round(METRICS * min(1.0, place.scale)))
    half, whole = (_run(metrics, releases) for releases in (RELEASES // 2, RELEASES))
    note = f"{whole['cells']:,} counts, {whole['audited']:,} of 1 to 4, peak {whole['peak']:,.0f} of {PEAK:,} MiB"
    yield Figure(
        name=f"audit of {RELEASES} public editions / {SECONDS:g} s",
        ours=whole["seconds"], theirs=SECONDS, goal=1, note=note,
    )  # fmt: skip
    note = f"peak {half['peak']:,.0f} and {whole['peak']:,.0f} MiB"
    yield Figure(
        name=f"audit of {RELEASES} public editions / of {RELEASES // 2}",
        ours=whole["seconds"], theirs=half["seconds"], note=note,
    )  # fmt: skip


def _run(metrics: int, releases: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.public_audit", str(metrics), str(releases)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result: dict[str, float] = json.loads(answer)
    return result


def _audit(metrics: int, releases: int) -> None:
    chain = _chain(metrics, releases)
    started = time.perf_counter()
    result = audit_chain(chain)
    seconds = time.perf_counter() - started
    assert result.passed, result.findings
    # Not ru_maxrss: that of a process that another one started counts that one's memory too.
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    peak = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    print(json.dumps({"seconds": seconds, "peak": peak, "cells": result.cells, "audited": result.audited}))


def _chain(metrics: int, releases: int) -> Chain:
    """Return made-up counts, revised from release to release, and the figures of each quarter's first release."""
    chance = random.Random(14)  # noqa: S311 (made-up numbers)
    names = [f"9a.count_{at}" for at in range(metrics)]
    wards = [f"E0500{at:04}" for at in range(WARDS)]
    mean = {name: chance.choice([1, 2, 3, 5, 8, 15]) for name in names}
    counts = {
        Key(name, ward, "quarter", start, "all"): int(chance.expovariate(1 / mean[name]))
        for name in names
        for ward in wards
        for start in STARTS
    }
    known: list[Release] = []
    editions: list[Edition] = []
    published: list[Published] = []
    for at in range(releases):
        if at:
            revised = {key: number for key, number in counts.items() if chance.random() < REVISED}
            counts |= {key: max(0, number + chance.choice([-2, -1, 1, 2])) for key, number in revised.items()}
        release = _with_wholes(f"release {at + 1}", counts)
        new = STARTS[QUARTERS * at // releases : QUARTERS * (at + 1) // releases]
        published = [*published, *_figures(release, names, new, f"edition {at + 1}", chance)]
        known.append(release)
        editions.append(Edition(f"edition {at + 1}", published, ()))
    rules = {name: _metric(name) for name in names}
    return Chain(rules, known, editions, AUTHORITY, frozenset(wards), "E23000901")


def _with_wholes(name: str, counts: dict[Key, int]) -> Release:
    every = dict(counts)
    for key, number in counts.items():
        whole = key._replace(area=AUTHORITY)
        every[whole] = every.get(whole, 0) + number
    return Release(name, {key: Count(number, 1) for key, number in every.items()})


def _figures(
    release: Release, names: list[str], starts: list[str], edition: str, chance: random.Random
) -> Iterator[Published]:
    for key, (number, _) in release.counts.items():
        if key.start not in starts:
            continue
        if key.area == AUTHORITY:
            yield Published(key, 1, 1, number, "exact", release.name, edition, "local_authority")
        else:
            yield Published(
                key, 1, 1, (number + chance.randrange(5)) // 5 * 5, "rounded", release.name, edition, "ward"
            )
    for name in names:
        for start in starts:
            outer = Key(name, f"{AUTHORITY}:elsewhere", "quarter", start, "all")
            yield Published(outer, 1, 1, 0, "rounded", release.name, edition, "elsewhere")


def _metric(name: str) -> Metric:
    return Metric(
        name=name, numerator=name, denominator=None, rate_base=1, is_share=False, is_additive=True, method="protected",
        grain="ward", lengths=("quarter", "year"), breakdowns=(), contains=(), sums_to=None, external=(),
    )  # fmt: skip


if __name__ == "__main__":
    _audit(int(sys.argv[1]), int(sys.argv[2]))
