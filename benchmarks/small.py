"""One real-sized month landed by a cold command, against the same parse in a cold DuckDB process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.figure import Figure, alternate, process, words
from benchmarks.workplace import FEED, PROJECT, SCRIPT
from safer_kpi.landing import land

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workplace import Workplace

ROWS = 5_000
ROUNDS = 5
IMPORTS = (
    "import sys, pathlib, safer_kpi.cli.main, safer_kpi.landing;"
    "from safer_kpi.catalogue.feeds import load_feed; load_feed(pathlib.Path(sys.argv[1]), sys.argv[2])"
)
PARSE = "import duckdb, sys; duckdb.read_csv(sys.argv[1], all_varchar=True).write_parquet(sys.argv[2])"


def figures(place: Workplace) -> Iterator[Figure]:
    """Yield one figure, with where the seconds go: most deliveries are this small."""
    months = iter([f"{year}-{month:02}" for year in (2011, 2012) for month in range(1, 13)])
    settings = place.lake("small")
    home = str(settings.home)
    parquet = str(place.folder / "small.parquet")
    paths = [str(place.street("small", next(months), ROWS)) for _ in range(2 * ROUNDS + 1)]
    waiting = iter(paths)
    ours, theirs = alternate(
        lambda: process(SCRIPT, "land", FEED, next(waiting), "--home", home),
        lambda: process(sys.executable, "-c", PARSE, paths[0], parquet),
        rounds=ROUNDS,
    )
    land(settings, FEED, [next(waiting)])  # everything is imported before the warm rounds
    python, imported, warm = alternate(
        lambda: process(sys.executable, "-c", "pass"),
        lambda: process(sys.executable, "-c", IMPORTS, str(PROJECT), FEED),
        lambda: land(settings, FEED, [next(waiting)]),
        rounds=ROUNDS,
    )
    parts = (("interpreter", python), ("imports and the contract", imported - python), ("the landing itself", warm))
    rest = ("the rest", max(0.0, ours - imported - warm))
    yield Figure(
        name="land 5,000 rows, cold command / the same parse in a cold DuckDB process",
        ours=ours,
        theirs=theirs,
        note=words((*parts, rest)),
    )
