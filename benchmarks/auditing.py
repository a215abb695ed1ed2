"""Auditing: a comparison of two releases of a million observations, in one file and as two release folders."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import duckdb

import safer_kpi
from benchmarks.facts import FACTS, demo, multiply
from benchmarks.figure import Figure, alternate
from benchmarks.statement_by_hand import STATEMENT_BY_HAND
from safer_kpi.reading.place import MANIFEST, RELEASE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workplace import Workplace
    from safer_kpi import Lake

ROUNDS = 5


def figures(place: Workplace) -> Iterator[Figure]:
    """Per case: until every statement is known to add up, the rows of what moved, and all rows."""
    story = demo(place)
    first, second = story.first_release, story.second_release
    home = place.folder / "audited"
    facts = multiply(story.home / "safer_kpi.duckdb", home / "safer_kpi.duckdb", facts=place.rows(FACTS))
    with safer_kpi.open(home) as lake, duckdb.connect(str(home / "safer_kpi.duckdb"), read_only=True) as connection:
        by_hand = STATEMENT_BY_HAND.format(first=first, second=second, a="safer_kpi", b="safer_kpi")
        yield from _compared(lake, connection, (first, second), by_hand, f"in one file, {facts:,} observations")
    for release in (first, second):
        source, target = story.home / "releases" / release, home / "releases" / release
        like = story.home / "releases" / second / RELEASE_FILE
        multiply(source / RELEASE_FILE, target / RELEASE_FILE, facts=place.rows(FACTS), like=like)
        shutil.copyfile(source / MANIFEST, target / MANIFEST)
    with safer_kpi.open(home) as lake, duckdb.connect() as connection:
        for alias, release in (("a", first), ("b", second)):
            file = home / "releases" / release / RELEASE_FILE
            connection.execute(f"ATTACH '{file}' AS {alias} (READ_ONLY)")
        by_hand = STATEMENT_BY_HAND.format(first=first, second=second, a="a", b="b")
        yield from _compared(lake, connection, (first, second), by_hand, f"as two folders, {facts:,} observations")


def _compared(
    lake: Lake, connection: duckdb.DuckDBPyConnection, sides: tuple[str, str], by_hand: str, case: str
) -> Iterator[Figure]:
    lines: list[int] = []

    def rows_of_what_moved() -> None:
        lake.compare(*sides).moved.arrow()

    checked, moved, every, hand = alternate(
        lambda: lake.compare(*sides),
        rows_of_what_moved,
        lambda: lines.append(lake.compare(*sides).arrow().num_rows),
        lambda: lines.append(connection.sql(by_hand).to_arrow_table().num_rows),
        rounds=ROUNDS,
    )
    # The counterpart's last decimals are floats, its lines are the same.
    assert lines[0] == lines[1], lines
    what = "the same lines by hand, in floats, unchecked"
    note = f"{case}, {lines[0]:,} lines"
    yield Figure(name=f"compare, every residual checked / {what}", ours=checked, theirs=hand, note=note)
    yield Figure(name=f"compare and the rows of what moved / {what}", ours=moved, theirs=hand, note=note)
    yield Figure(name=f"compare and all rows / {what}", ours=every, theirs=hand, note=note)
