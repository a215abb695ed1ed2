"""Reading: one series, the first number of a cold process, and a comparison of everything."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import duckdb
from rich.console import Console

import safer_kpi
from benchmarks.facts import FACTS, multiply
from benchmarks.figure import Figure, alternate, process
from safer_kpi.demo.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workplace import Workplace

METRIC = "1a.violence_and_sexual_offences"
SERIES_ROUNDS = 200
COLD_ROUNDS = 11
COMPARE_ROUNDS = 3
COLD_OURS = (
    "import sys, safer_kpi;"
    "print(safer_kpi.open(sys.argv[1]).metric(sys.argv[2], area=sys.argv[3], release=sys.argv[4]).rows()[-1]['value'])"
)
COLD_BY_HAND = (
    "import sys, duckdb;"
    "connection = duckdb.connect(sys.argv[1], read_only=True);"
    "connection.execute('USE kpi.kpi');"
    "print(connection.execute(sys.argv[2]).fetchall()[-1][12])"
)
# The same lines as one would write them down without checking that they add up, and without splitting rates by cause.
COMPARE_BY_HAND = """
WITH numbers AS (
  SELECT
    metric_id, area_code, breakdown, period_start, period_end, period, period_type, before.numerator AS opening,
    after.numerator AS closing
  FROM (FROM certified WHERE release_id = '{first}') AS before
  FULL JOIN (FROM certified WHERE release_id = '{second}') AS after
    USING (metric_id, area_code, breakdown, period_type, period, period_start, period_end)
),
posted AS (
  SELECT
    metric_id, unnest(list_distinct([area_code, la_code, force_code])) AS area_code, breakdown, period_type, month,
    cause, feed, delivery_id, amount
  FROM ledger
  WHERE measure = 'amount' AND entry > (SELECT last_entry FROM release WHERE release_id = '{first}')
    AND entry <= (SELECT last_entry FROM release WHERE release_id = '{second}')
),
posting AS (SELECT * EXCLUDE (amount), sum(amount) AS amount FROM posted GROUP BY ALL),
moved AS (
  SELECT
    numbers.metric_id, numbers.area_code, numbers.breakdown, numbers.period, posting.cause, posting.feed,
    posting.delivery_id, sum(posting.amount) AS amount
  FROM numbers
  JOIN metric USING (metric_id)
  JOIN posting
    ON posting.metric_id = metric.numerator AND posting.area_code = numbers.area_code
    AND posting.breakdown = numbers.breakdown AND posting.month BETWEEN numbers.period_start AND numbers.period_end
    AND (posting.period_type = 'month' OR posting.period_type = numbers.period_type)
  GROUP BY ALL
)
SELECT metric_id, area_code, period, 'opening' AS step, NULL AS cause, NULL AS feed, NULL AS delivery_id, opening
FROM numbers
UNION ALL SELECT metric_id, area_code, period, 'movement', cause, feed, delivery_id, amount FROM moved
UNION ALL SELECT metric_id, area_code, period, 'closing', NULL, NULL, NULL, closing FROM numbers
"""


def figures(place: Workplace) -> Iterator[Figure]:
    """Three figures over one file of a million observations."""
    story = run(place.folder / "demo", Console(quiet=True))
    file = place.folder / "million" / "kpi.duckdb"
    facts = multiply(story.home / "kpi.duckdb", file, facts=place.rows(FACTS))
    area, release = story.area_code, story.second_release
    by_hand = (
        f"SELECT * FROM certified WHERE release_id = '{release}' AND metric_id = '{METRIC}'"
        f" AND area_code = '{area}' AND breakdown = 'all' AND period_type = 'month' ORDER BY area_code, period_start"
    )
    with safer_kpi.open(file) as lake, duckdb.connect(str(file), read_only=True) as connection:
        connection.execute("USE kpi.kpi")
        names = {"first": story.first_release, "second": release}
        lines: list[int] = []
        ours, theirs = alternate(
            lambda: lake.metric(METRIC, area=area, release=release).rows(),
            lambda: _dicts(connection, by_hand),
            rounds=SERIES_ROUNDS,
        )
        note = f"{facts:,} observations; {ours * 1000:.1f} ms"
        yield Figure(name="one series / the same query by hand", ours=ours, theirs=theirs, goal=1.2, note=note)
        ours, theirs = alternate(
            lambda: lines.append(lake.compare(story.first_release, release).arrow().num_rows),
            lambda: lines.append(connection.sql(COMPARE_BY_HAND.format(**names)).to_arrow_table().num_rows),
            rounds=COMPARE_ROUNDS,
        )
        yield Figure(
            name="compare, all metrics, areas and periods / the same lines by hand, unchecked",
            ours=ours,
            theirs=theirs,
            note=f"{facts:,} observations, {lines[0]:,} lines ({lines[1]:,} by hand), every residual checked",
        )
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
