"""What a redelivery with 1 % of its rows changed, or nothing new, costs in lakes of up to sixteen times the size."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import duckdb

from benchmarks.figure import Figure, alternate, process
from benchmarks.workplace import FEED, SCRIPT
from safer_kpi.compute import build
from safer_kpi.domain.periods import add_months, parse_period
from safer_kpi.landing import land

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
    """Landing and build apart; the lakes stand side by side and take the same redeliveries in turn."""
    rows = place.rows(ROWS_PER_MONTH)
    first = parse_period(FIRST_MONTH).start
    months = [f"{add_months(first, index):%Y-%m}" for index in range(MONTHS * SIZES[-1])]
    lakes = [_filled(place, size, months, rows) for size in SIZES]
    changed = [_changed(place, months[0], rows, redelivery) for redelivery in range(ROUNDS)]
    sides: list[Callable[[], object]] = []
    for settings in lakes:
        sides += [partial(_land, settings, iter(changed)), partial(build, settings)]
    seconds = alternate(*sides, rounds=ROUNDS)
    for what, spent in (("landing", seconds[0::2]), ("build", seconds[1::2])):
        for size, ours in zip(SIZES[1:], spent[1:], strict=True):
            yield Figure(
                name=f"1 % redelivery, {what}: lake of {size}x / lake of 1x",
                ours=ours,
                theirs=spent[0],
                goal=1.3 if size == SIZES[-1] else None,
                note=f"{rows:,} rows, 1 % changed, into {MONTHS * rows * size:,} and {MONTHS * rows:,} rows",
            )
    yield Figure(
        name=f"1 % redelivery, build: carried over / every number made again, lake of {SIZES[-1]}x",
        ours=seconds[-1],
        theirs=alternate(lambda: build(lakes[-1], full=True), rounds=2)[0],
        note="the same lake; the second has nothing new",
    )
    yield from _nothing_new(lakes)


def _nothing_new(lakes: list[Settings]) -> Iterator[Figure]:
    """The command build, cold, where nothing was landed since the last."""
    sides = [partial(process, SCRIPT, "build", "--home", os.fspath(settings.home)) for settings in lakes]
    seconds = alternate(*sides, rounds=ROUNDS)
    for size, ours in zip(SIZES[1:], seconds[1:], strict=True):
        yield Figure(
            name=f"a build with nothing new, cold: lake of {size}x / lake of 1x",
            ours=ours,
            theirs=seconds[0],
            note=f"goal 2 s; {ours:.1f} s",
        )


def _filled(place: Workplace, size: int, months: list[str], rows: int) -> Settings:
    """Return a built lake of ``size`` times the smallest one's months."""
    settings = place.lake(f"redelivery-{size}")
    land(settings, FEED, [str(place.street("lake", month, rows)) for month in months[: MONTHS * size]])
    build(settings)
    return settings


def _land(settings: Settings, waiting: Iterator[Path]) -> None:
    (receipt,) = land(settings, FEED, [str(next(waiting))])
    assert set(receipt.changes) == {"progressed"}, receipt.changes


def _changed(place: Workplace, month: str, rows: int, redelivery: int) -> Path:
    """Return the month's file with another outcome in every hundredth crime, other crimes at every redelivery."""
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
