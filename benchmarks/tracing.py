"""Tracing: one number to the rows it was made of, and every value a period had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

import safer_kpi
from benchmarks.facts import FACTS, demo, multiply
from benchmarks.figure import Figure, alternate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workplace import Workplace

METRIC = "1a.violence_and_sexual_offences"
MONTH = "2024-05"
TRACE_ROUNDS = 60
VINTAGE_ROUNDS = 5
# The rows of one number as one would write them down, knowing where the area's postings stand.
TRACE_BY_HAND = """
SELECT posting.*, delivery.file_name, delivery.sha256, delivery.published_at, delivery.contract_version
FROM (
  SELECT metric_id, entry, posted_at, cause, amount, feed, delivery_id, unnest(evidence) AS origin
  FROM ledger
  WHERE metric_id = '{metric}' AND la_code = '{area}' AND month = DATE '{month}-01' AND breakdown = 'all'
    AND entry <= (SELECT last_entry FROM release WHERE release_id = '{release}')
) AS posting
LEFT JOIN delivery ON delivery.delivery_id = posting.origin.delivery_id
ORDER BY posting.entry, posting.cause, posting.origin.delivery_id, posting.origin.source_row
"""
# The same by asking again for every entry that posted to the metric.
AS_OF_BY_HAND = (
    "SELECT * FROM kpi.as_of(TIMESTAMP '{moment}') WHERE metric_id = '{metric}' AND area_code = '{area}' "
    "AND breakdown = 'all' AND period_type = 'month'"
)


def figures(place: Workplace) -> Iterator[Figure]:
    """Two figures over one file of a million observations."""
    story = demo(place)
    file = place.folder / "million-traced" / "safer_kpi.duckdb"
    facts = multiply(story.home / "safer_kpi.duckdb", file, facts=place.rows(FACTS))
    area, release = story.area_code, story.second_release
    by_hand = TRACE_BY_HAND.format(metric=METRIC, area=area, month=MONTH, release=release)
    with safer_kpi.open(file) as lake, duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS book (READ_ONLY)")
        connection.execute("USE book.kpi")
        rows: list[int] = []
        ours, theirs = alternate(
            lambda: rows.append(len(lake.trace(METRIC, area=area, period=MONTH, release=release).rows())),
            lambda: rows.append(len(_dicts(connection, by_hand))),
            rounds=TRACE_ROUNDS,
        )
        yield Figure(
            name="trace of one number / the same rows by hand",
            ours=ours,
            theirs=theirs,
            note=f"{facts:,} observations, {rows[0]:,} rows ({rows[1]:,} by hand); {ours * 1000:.0f} ms, goal 100 ms",
        )
        moments = connection.execute(
            f"SELECT DISTINCT posted_at FROM ledger WHERE metric_id = '{METRIC}' ORDER BY posted_at"
        ).fetchall()
        connection.execute("USE book")
        ours, theirs = alternate(
            lambda: lake.vintages(METRIC, area=area, by="month").rows(),
            lambda: [
                _dicts(connection, AS_OF_BY_HAND.format(moment=moment, metric=METRIC, area=area))
                for (moment,) in moments
            ],
            rounds=VINTAGE_ROUNDS,
        )
        note = f"{facts:,} observations, {len(moments)} entries; {ours:.2f} s"
        yield Figure(name="every value a series had / as_of at each entry by hand", ours=ours, theirs=theirs, note=note)


def _dicts(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, object]]:
    """Rows as both sides give them."""
    found = connection.execute(sql)
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
