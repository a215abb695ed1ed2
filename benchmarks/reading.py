"""Reading: one series, and the first number of a cold process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import duckdb

import safer_kpi
from benchmarks.facts import FACTS, demo, multiply
from benchmarks.figure import Figure, alternate, process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workplace import Workplace

METRIC = "1a.violence_and_sexual_offences"
SERIES_ROUNDS = 200
COLD_ROUNDS = 11
COLD_OURS = (
    "import sys, safer_kpi;"
    "print(safer_kpi.open(sys.argv[1]).metric(sys.argv[2], area=sys.argv[3], release=sys.argv[4]).rows()[-1]['value'])"
)
COLD_BY_HAND = (
    "import sys, duckdb;"
    "connection = duckdb.connect(sys.argv[1], read_only=True);"
    "connection.execute('USE kpi');"
    "print(connection.execute(sys.argv[2]).fetchall()[-1][12])"
)


def figures(place: Workplace) -> Iterator[Figure]:
    """Two figures over one file of a million observations."""
    story = demo(place)
    file = place.folder / "million" / "safer_kpi.duckdb"
    facts = multiply(story.home / "safer_kpi.duckdb", file, facts=place.rows(FACTS))
    area, release = story.area_code, story.second_release
    by_hand = (
        f"SELECT * FROM certified WHERE release_id = '{release}' AND metric_id = '{METRIC}'"
        f" AND area_code = '{area}' AND breakdown = 'all' AND period_type = 'month' ORDER BY area_code, period_start"
    )
    with safer_kpi.open(file) as lake, duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("USE kpi")
        ours, theirs = alternate(
            lambda: lake.metric(METRIC, area=area, release=release).rows(),
            lambda: _dicts(connection, by_hand),
            rounds=SERIES_ROUNDS,
        )
        note = f"{facts:,} observations; {ours * 1000:.1f} ms"
        yield Figure(name="one series / the same query by hand", ours=ours, theirs=theirs, goal=1.2, note=note)
    ours, theirs = alternate(
        lambda: process(sys.executable, "-c", COLD_OURS, str(file), METRIC, area, release),
        lambda: process(sys.executable, "-c", COLD_BY_HAND, str(file), by_hand),
        rounds=COLD_ROUNDS,
    )
    note = f"{ours * 1000:.0f} ms from a new process"
    yield Figure(name="cold process to first number / the same by hand", ours=ours, theirs=theirs, note=note)


def _dicts(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, object]]:
    """Rows as both sides give them."""
    found = connection.execute(sql)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
