"""Months of a force in one command: seconds a file, the share of them under the lease, and two landers side by side."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest import mock

from benchmarks.figure import Figure, alternate
from benchmarks.pandas_contract import land_with_pandas
from benchmarks.workplace import FEED
from safer_kpi.domain.periods import add_months, parse_period
from safer_kpi.lake import lease
from safer_kpi.landing import land

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.workplace import Workplace
    from safer_kpi.lake.known_state import KnownState
    from safer_kpi.settings import Settings

FILES = 41
ROWS = 8_000
ROUNDS = 3
LANDER = "import sys; from safer_kpi.cli.main import app; app(sys.argv[1:])"


def figures(place: Workplace) -> Iterator[Figure]:
    """Two figures: one command against pandas-pandera, and two commands at once against one after the other."""
    first = parse_period("2015-01").start
    paths = [place.street("months", f"{add_months(first, number):%Y-%m}", place.rows(ROWS)) for number in range(FILES)]
    lakes = iter([place.lake(f"months-{number}") for number in range(ROUNDS)])
    under: list[float] = []

    def ours() -> None:
        with _timing_lease(under):
            receipts = land(next(lakes), FEED, [str(path) for path in paths])
        assert {receipt.status for receipt in receipts} == {"accepted"}

    def pandas() -> None:
        for path in paths:
            land_with_pandas(path, place.folder / "month.parquet")

    landed, by_pandas = alternate(ours, pandas, rounds=ROUNDS)
    share = sum(under) / ROUNDS / landed
    note = f"{FILES} files of {place.rows(ROWS):,} rows, {landed / FILES:.2f} s a file, {share:.0%} under the lease"
    yield Figure(
        name="land months / the same contract in pandas-pandera", ours=landed, theirs=by_pandas, goal=1.0, note=note
    )
    yield _beside(place, paths)


def _beside(place: Workplace, paths: Sequence[Path]) -> Figure:
    """Two landers at once in one lake, against the same two one after the other."""
    lakes = iter([place.lake(f"beside-{number}") for number in range(2 * ROUNDS)])
    halves = paths[: FILES // 2], paths[FILES // 2 :]
    busy: list[float] = []

    def beside() -> None:
        _finished([_lander(settings, half) for settings in (next(lakes),) for half in halves])

    def in_turn() -> None:
        settings, before, started = next(lakes), _processor(), time.perf_counter()
        for half in halves:
            _finished([_lander(settings, half)])
        busy.append((_processor() - before) / (time.perf_counter() - started))

    at_once, one_by_one = alternate(beside, in_turn, rounds=ROUNDS)
    return Figure(
        name="two landers at once / one after the other",
        ours=at_once,
        theirs=one_by_one,
        goal=1 / 1.6,
        note=f"{FILES} files of {place.rows(ROWS):,} rows in one lake, two commands; one alone keeps "
        f"{statistics.median(busy):.2f} of {len(os.sched_getaffinity(0))} cores busy",
    )


def _processor() -> float:
    """Return the seconds of processor of all commands that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _lander(settings: Settings, paths: Sequence[Path]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", LANDER, "land", FEED, *map(str, paths), "--home", str(settings.home)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def _finished(landers: Sequence[subprocess.Popen[bytes]]) -> None:
    for lander in landers:
        assert lander.wait() == 0


@contextmanager
def _timing_lease(under: list[float]) -> Iterator[None]:
    """Note the seconds for which each lease is held."""

    @contextmanager
    def timed(settings: Settings) -> Iterator[KnownState | None]:
        with lease(settings) as known:
            begun = time.perf_counter()
            yield known
        under.append(time.perf_counter() - begun)

    with mock.patch("safer_kpi.landing.deliveries.lease", timed):
        yield
