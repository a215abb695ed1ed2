"""What a redelivery with 1 % of its rows changed costs in lakes of one, four and sixteen times the size."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import duckdb

from benchmarks.figure import Figure, timed
from benchmarks.workplace import FEED
from safer_kpi.build import build
from safer_kpi.domain.periods import add_months, parse_period
from safer_kpi.landing import land

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workplace import Workplace
    from safer_kpi.settings import Settings

FIRST_MONTH = "2015-01"
MONTHS = 4
ROWS_PER_MONTH = 25_000
SIZES = (1, 4, 16)
ROUNDS = 5
CHANGED_EVERY = 100


def figures(place: Workplace) -> Iterator[Figure]:
    """Landing and build apart, each at four and sixteen times the lake over itself at one."""
    settings = place.lake("redelivery")
    rows = place.rows(ROWS_PER_MONTH)
    first = parse_period(FIRST_MONTH).start
    months = [f"{add_months(first, index):%Y-%m}" for index in range(MONTHS * SIZES[-1])]
    landed: dict[int, float] = {}
    built: dict[int, float] = {}
    held = 0
    redeliveries = 0
    for size in SIZES:
        due = months[held : MONTHS * size]
        land(settings, FEED, [str(place.street("lake", month, rows)) for month in due])
        build(settings)
        held = MONTHS * size
        spent: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            changed = _changed(place, months[0], rows, redeliveries)
            redeliveries += 1
            spent.append((timed(lambda: _land(settings, changed)), timed(lambda: build(settings))))  # noqa: B023
        landed[size], built[size] = (statistics.median(side) for side in zip(*spent, strict=True))
    for what, seconds in (("landing", landed), ("build", built)):
        for size in SIZES[1:]:
            note = (
                f"{rows:,} rows redelivered, 1 % changed; lakes of {MONTHS * rows:,} and {MONTHS * rows * size:,} rows"
            )
            yield Figure(
                name=f"1 % redelivery, {what}: lake of {size}x / lake of 1x",
                ours=seconds[size],
                theirs=seconds[1],
                goal=1.3 if size == SIZES[-1] else None,
                note=note,
            )


def _land(settings: Settings, path: Path) -> None:
    (receipt,) = land(settings, FEED, [str(path)])
    assert set(receipt.changes) == {"progressed"}, receipt.changes


def _changed(place: Workplace, month: str, rows: int, redelivery: int) -> Path:
    """The month's file with another outcome in every hundredth crime, other crimes at every redelivery."""
    source = place.street("lake", month, rows)
    target = place.folder / "files" / f"redelivery-{redelivery}" / source.name
    target.parent.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"SET VARIABLE turn = {redelivery}")
        connection.execute("CREATE TEMP TABLE crimes AS FROM read_csv(?, all_varchar = true)", [str(source)])
        connection.sql(
            f"""SELECT * REPLACE (
              CASE WHEN "Crime ID" IS NOT NULL AND rowid % {CHANGED_EVERY} = getvariable('turn')
              THEN 'Formal action is not in the public interest' ELSE "Last outcome category" END
              AS "Last outcome category")
            FROM crimes ORDER BY rowid"""
        ).write_csv(str(target))
    return target
