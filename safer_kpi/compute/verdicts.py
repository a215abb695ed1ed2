"""``kpi.verdict``: did it get better? Every number that can be judged, against an earlier period and its own series.

What cannot be judged has no row: its reason is derived when asked (``safer_kpi/judging``). What each verdict means,
which test is used when, and why: ``docs/explanation/verdicts.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.compute.filling import insert_in_order
from safer_kpi.domain.judging import ALPHA, MOST_POINTS
from safer_kpi.judging.columns import COLUMNS, TYPES, typed
from safer_kpi.judging.comparisons import OBSERVED, observed, pairs, series

if TYPE_CHECKING:
    import duckdb

#: The order of the rows.
ORDER = "metric_id, area_code, period_type, period_start, breakdown, against"
#: About how many numbers are judged at a time.
_BATCH = 200_000

_JUDGED = f"""
  SELECT
    *,
    if(p_value < {ALPHA}, sign(contrast), 0) AS direction,
    CASE
      WHEN p_value >= {ALPHA} THEN 'no more than chance, p '
      WHEN test = 'score' OR exposure <> 'none' THEN if(contrast > 0, 'higher, p ', 'lower, p ')
      ELSE if(contrast > 0, 'more, p ', 'fewer, p ')
    END || if(p_value < 0.001, 'below 0.001', printf('%.3g', p_value)) AS reason
  FROM (
    SELECT v.* EXCLUDE (reason), nullif(f.statistic, 'nan'::DOUBLE) AS statistic, f.p_value,
      n * r_e - r_n * e AS contrast
    FROM verdict_pair AS v JOIN verdict_found AS f ON v.pair = f.pair
  )
"""
#: The numbers of the metrics and areas that are judged now.
_NOW = "(SELECT * FROM kpi.observation SEMI JOIN judged_now USING (metric_id, area_code))"
#: The columns that tell one number from another.
KEY = "metric_id, area_code, breakdown, period_type, period_start"
#: Of the series of settled numbers, what these are judged against: the points that set limits, with two more for what
#: is near one, the year before, and the periods of the baseline.
_AROUND = f"""(
  SELECT o.*
  FROM kpi.observation AS o
  JOIN judged_now AS s USING (metric_id, area_code, breakdown, period_type)
  JOIN kpi.metric AS m USING (metric_id)
  WHERE o.period_start BETWEEN m.baseline_start AND m.baseline_start + INTERVAL '11' MONTH
    OR o.period_start >= s.first_start - {MOST_POINTS + 2} * CASE o.period_type
      WHEN 'quarter' THEN INTERVAL '3' MONTH
      WHEN 'calendar_quarter' THEN INTERVAL '3' MONTH
      WHEN 'rolling36' THEN INTERVAL '36' MONTH
      ELSE INTERVAL '1' MONTH
    END
)"""


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """Create and fill ``kpi.verdict`` beside ``kpi.observation`` and ``kpi.metric`` of the current database."""
    create(connection)
    connection.execute("CREATE TEMP TABLE judged_pair AS SELECT DISTINCT metric_id, area_code FROM kpi.observation")
    insert(connection, "judged_pair")
    connection.execute("DROP TABLE judged_pair")


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create ``kpi.verdict``, empty, in the current database."""
    columns = ", ".join(f"{name} {TYPES.get(name, 'VARCHAR')}" for name in COLUMNS)
    connection.execute(f"CREATE TABLE kpi.verdict ({columns})")


def insert(connection: duckdb.DuckDBPyConnection, pairs_table: str) -> None:
    """Insert the verdicts on those numbers of some metrics and areas that can be judged, in the table's order.

    ``pairs_table`` names a table of ``metric_id`` and ``area_code``. It is done in batches that fit into memory.
    """
    _in_batches(connection, _batches(pairs_table), _NOW)


def insert_settled(connection: duckdb.DuckDBPyConnection, settled: str) -> None:
    """Insert the verdicts on numbers that have just become final; those on the numbers before them stay as they are.

    ``settled`` names a table of the columns ``KEY``. A number is judged against earlier ones alone, and those of its
    series that settle at all did so before it.
    """
    one = "metric_id, area_code, breakdown, period_type"
    series = f"""
        SELECT {one}, min(period_start) AS first_start,
          sum({MOST_POINTS} * count(*)) OVER (ORDER BY {one}) // {_BATCH} AS batch
        FROM {settled} GROUP BY {one}
    """
    _in_batches(connection, series, _AROUND, only=f"SEMI JOIN {settled} USING ({KEY})")


def _in_batches(connection: duckdb.DuckDBPyConnection, batches: str, numbers: str, *, only: str = "") -> None:
    """Judge ``numbers``, which read ``judged_now``, for one batch after the other; ``only`` says which get a row."""
    connection.execute(f"CREATE TEMP TABLE judged_batch AS {batches}")
    for (number,) in connection.execute("SELECT DISTINCT batch FROM judged_batch ORDER BY batch").fetchall():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE judged_now AS FROM judged_batch WHERE batch = {number}")
        # What has a reason of its own is not judged, and nothing is judged against it.
        judgeable = f"SELECT * FROM ({observed(numbers, 'kpi.metric')}) WHERE own_reason IS NULL"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {OBSERVED} AS {judgeable}")
        _insert(connection, only)
        connection.execute(f"DROP TABLE judged_now; DROP TABLE {OBSERVED}")
    connection.execute("DROP TABLE judged_batch")


def _batches(pairs_table: str) -> str:
    """Return the query of the pairs and their batches, each of about ``_BATCH`` final numbers."""
    return f"""
        SELECT metric_id, area_code, sum(count(*)) OVER (ORDER BY metric_id, area_code) // {_BATCH} AS batch
        FROM kpi.observation SEMI JOIN {pairs_table} USING (metric_id, area_code)
        WHERE status = 'final' GROUP BY metric_id, area_code
    """


def _insert(connection: duckdb.DuckDBPyConnection, only: str) -> None:
    """Insert the verdicts on what is observed now."""
    judged = f"SELECT * FROM ({pairs()}) {only} WHERE test IS NOT NULL"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE verdict_pair AS {judged}")
    connection.register("verdict_found", _found(connection))
    insert_in_order(
        connection,
        "kpi.verdict",
        f"""
        WITH judged AS ({_JUDGED}), every AS (
          FROM judged SELECT {_SHARED}
          UNION ALL BY NAME
          FROM ({series()}) {only} SELECT {_SHARED} WHERE test IS NOT NULL
        ), worded AS (
          SELECT *,
            CASE
              WHEN direction = 0 THEN 'no clear change'
              WHEN (direction > 0) = (polarity = 'higher_is_better') THEN 'improving'
              ELSE 'worsening'
            END AS verdict
          FROM every
        )
        SELECT {typed()} FROM worded
        """,
        ORDER,
    )
    connection.unregister("verdict_found")
    connection.execute("DROP TABLE verdict_pair")


_SHARED = ", ".join([*(name for name in COLUMNS if name != "verdict"), "polarity", "direction"])


def _found(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Return the results of the tests of all pairs: ``pair``, ``statistic``, ``p_value`` as columns."""
    import numpy as np

    from safer_kpi.compute import significance

    parts = [(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))]
    for test, function in (
        ("exact conditional Poisson", significance.conditional_poisson),
        ("score", significance.score_test),
    ):
        rows = connection.execute(
            f"SELECT pair, n, e, r_n, r_e FROM verdict_pair WHERE test = '{test}' ORDER BY pair"
        ).fetchnumpy()
        columns = {name: np.asarray(rows[name]) for name in rows}
        if columns["pair"].size:  # scipy is not even imported where nothing is tested
            parts.append((columns["pair"], *function(columns["n"], columns["e"], columns["r_n"], columns["r_e"])))
    pair, statistic, p_value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return {"pair": pair, "statistic": statistic, "p_value": p_value}
