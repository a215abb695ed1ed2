"""Landing under a contract, against DuckDB without one, the same contract in pandas-pandera, and without the search."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from typing import TYPE_CHECKING
from unittest import mock

import duckdb

from benchmarks.figure import Figure, alternate
from benchmarks.pandas_contract import land_with_pandas
from benchmarks.workplace import FEED
from safer_kpi.landing import land

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.workplace import Workplace

ROWS = 4_300_000  # one in twenty is recorded late: more than four million are in the file
SEARCHED_ROWS = 1_000_000
RECORDED_ROWS = 20_000
ROUNDS = 3


def figures(place: Workplace) -> Iterator[Figure]:
    """Two figures from one run over one file."""
    path = place.street("large", "2024-01", place.rows(ROWS))
    parquet = place.folder / "raw.parquet"
    lakes = iter([place.lake(f"landing-{number}") for number in range(ROUNDS)])

    def ours() -> None:
        settings = next(lakes)
        (receipt,) = land(settings, FEED, [str(path)])
        assert receipt.status == "accepted", receipt.error
        counts.append(receipt.rows_accepted)

    def raw() -> None:
        with duckdb.connect() as connection:
            connection.read_csv(str(path), all_varchar=True).write_parquet(str(parquet))

    counts: list[int] = []
    landed, copied, pandas = alternate(ours, raw, lambda: land_with_pandas(path, parquet), rounds=ROUNDS)
    note = f"{counts[0]:,} rows, {path.stat().st_size / 2**20:,.0f} MiB"
    yield Figure(name="land with contract / raw DuckDB CSV to Parquet", ours=landed, theirs=copied, goal=1.8, note=note)
    yield Figure(name="land with contract / the same contract in pandas-pandera", ours=landed, theirs=pandas, note=note)
    path.unlink()
    shutil.rmtree(place.folder / "lakes")
    yield _searching(place)
    yield _recorded(place)


def _searching(place: Workplace) -> Figure:
    """Landing as it is, against landing without the search for identifiers of people."""
    path = place.street("searched", "2024-01", place.rows(SEARCHED_ROWS))
    lakes = iter([place.lake(f"searched-{number}") for number in range(2 * ROUNDS)])

    def landed() -> None:
        (receipt,) = land(next(lakes), FEED, [str(path)])
        assert receipt.status == "accepted", receipt.error

    def unsearched() -> None:
        with mock.patch("safer_kpi.landing.readings.require_depersonalised"):
            landed()

    searched, without = alternate(landed, unsearched, rounds=ROUNDS)
    shutil.rmtree(place.folder / "lakes")
    return Figure(
        name="land / land without the search for identifiers of people",
        ours=searched,
        theirs=without,
        goal=1.15,
        note=f"{place.rows(SEARCHED_ROWS):,} rows",
    )


def _no_digests(_: object, entries: Iterable[int]) -> dict[int, dict[str, tuple[int, str]]]:
    return {entry: {} for entry in entries}


def _recorded(place: Workplace) -> Figure:
    """A small landing as it is, against one that keeps no digests of its rows and records no state of the lake."""
    path = place.street("recorded", "2024-01", place.rows(RECORDED_ROWS))
    lakes = iter([place.lake(f"recorded-{number}") for number in range(2 * ROUNDS)])

    def landed() -> None:
        (receipt,) = land(next(lakes), FEED, [str(path)])
        assert receipt.status == "accepted", receipt.error

    def unrecorded() -> None:
        with (
            mock.patch("safer_kpi.landing.readings._is_hashed", return_value=False),
            mock.patch("safer_kpi.landing.page.written_by", _no_digests),
            mock.patch("safer_kpi.lake.lease.recording", return_value=nullcontext()),
        ):
            landed()

    recorded, bare = alternate(landed, unrecorded, rounds=ROUNDS)
    shutil.rmtree(place.folder / "lakes")
    return Figure(
        name="land / land that keeps no digests and records no state",
        ours=recorded,
        theirs=bare,
        note=f"{place.rows(RECORDED_ROWS):,} rows",
    )
