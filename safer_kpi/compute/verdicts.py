"""``kpi.verdict``: did it get better? Every final number against an earlier period and against its own series.

What each verdict means, which test is used when, and why: ``docs/explanation/verdicts.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.compute.comparisons import OBSERVED, observed, pairs, series
from safer_kpi.domain.judging import ALPHA

if TYPE_CHECKING:
    import duckdb

DESCRIPTION = "One answer to whether a number got better: one metric, area, period and breakdown against one thing."
COLUMNS = {
    "metric_id": "Metric",
    "area_code": "ONS code, or unplaced",
    "period": "2024-05, 2024-25-Q1, 2024-25, 2024-Q1, 2024, 2025-03-R12 or 2020-12-R36",
    "period_type": "month, quarter or year (financial), calendar_quarter, calendar_year, rolling12 or rolling36",
    "period_start": "First day",
    "period_end": "Last day",
    "breakdown": "all, or the part of a breakdown",
    "against": "year_before (for rolling36 the 36 months before), baseline, or series (the periods up to this one)",
    "reference_period": "Period it is compared with; none for series",
    "is_baseline": "Whether that period is the baseline; a year before that is the baseline too has one row",
    "value": "The number that is judged, in the metric's unit",
    "reference_value": "The number it is compared with; for series the mean of the points up to it",
    "numerator": "Its balance of postings",
    "denominator": "What it is divided by; none for a count",
    "reference_numerator": "The numerator it is compared with; none for series",
    "reference_denominator": "The denominator it is compared with; none for a count and for series",
    "verdict": "improving, worsening, no clear change or not judged",
    "reason": "What the test found, or why it is not judged",
    "test": "exact conditional Poisson, score or XmR; none where it is not judged",
    "statistic": "Poisson: rate ratio, none over 0. Score: z. XmR: sigmas from the mean, none where nothing varied",
    "p_value": "Two-sided p; none for XmR",
    "change": "Value less the reference value, or less the mean of the series, in the metric's unit",
}
_TYPES = (
    dict.fromkeys(("period_start", "period_end"), "DATE")
    | {"is_baseline": "BOOLEAN"}
    | dict.fromkeys(("value", "reference_value", "statistic", "p_value", "change"), "DOUBLE")
    | dict.fromkeys(("numerator", "denominator", "reference_numerator", "reference_denominator"), "BIGINT")
)

#: The order of the rows.
ORDER = "metric_id, area_code, period_type, period_start, breakdown, against"
#: About how many numbers are judged at a time.
_BATCH = 200_000

_JUDGED = f"""
  SELECT
    * EXCLUDE (reason),
    if(reason IS NULL AND p_value < {ALPHA}, sign(contrast), 0) AS direction,
    coalesce(
      reason,
      CASE
        WHEN p_value >= {ALPHA} THEN 'no more than chance, p '
        WHEN test = 'score' OR exposure <> 'none' THEN if(contrast > 0, 'higher, p ', 'lower, p ')
        ELSE if(contrast > 0, 'more, p ', 'fewer, p ')
      END || if(p_value < 0.001, 'below 0.001', printf('%.3g', p_value))
    ) AS reason
  FROM (
    SELECT v.*, nullif(f.statistic, 'nan'::DOUBLE) AS statistic, f.p_value, n * r_e - r_n * e AS contrast
    FROM verdict_pair AS v LEFT JOIN verdict_found AS f ON v.pair = f.pair
  )
"""


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """Create and fill ``kpi.verdict`` beside ``kpi.observation`` and ``kpi.metric`` of the current database."""
    create(connection)
    connection.execute("CREATE TEMP TABLE judged_pair AS SELECT DISTINCT metric_id, area_code FROM kpi.observation")
    insert(connection, "judged_pair")
    connection.execute("DROP TABLE judged_pair")


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create ``kpi.verdict``, empty, in the current database."""
    columns = ", ".join(f"{name} {_TYPES.get(name, 'VARCHAR')}" for name in COLUMNS)
    connection.execute(f"CREATE TABLE kpi.verdict ({columns})")


def insert(connection: duckdb.DuckDBPyConnection, pairs_table: str) -> None:
    """Insert the verdicts on the numbers of some metrics and areas, in the table's order.

    ``pairs_table`` names a table of ``metric_id`` and ``area_code``. It is done in batches that fit into memory.
    """
    connection.execute(f"CREATE TEMP TABLE judged_batch AS {_batches(pairs_table)}")
    for (number,) in connection.execute("SELECT DISTINCT batch FROM judged_batch ORDER BY batch").fetchall():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE judged_now AS FROM judged_batch WHERE batch = {number}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {OBSERVED} AS {observed('judged_now')}")
        _insert(connection)
        connection.execute(f"DROP TABLE judged_now; DROP TABLE {OBSERVED}")
    connection.execute("DROP TABLE judged_batch")


def _batches(pairs_table: str) -> str:
    """Return the query of the pairs and their batches, each of about ``_BATCH`` numbers."""
    return f"""
        SELECT metric_id, area_code, sum(count(*)) OVER (ORDER BY metric_id, area_code) // {_BATCH} AS batch
        FROM kpi.observation SEMI JOIN {pairs_table} USING (metric_id, area_code) GROUP BY metric_id, area_code
    """


def _insert(connection: duckdb.DuckDBPyConnection) -> None:
    """Insert the verdicts on what is observed now."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE verdict_pair AS {pairs()}")
    connection.register("verdict_found", _found(connection))
    casts = ", ".join(f"{name}::{_TYPES.get(name, 'VARCHAR')} AS {name}" for name in COLUMNS)
    connection.execute(
        f"""
        INSERT INTO kpi.verdict
        WITH judged AS ({_JUDGED}), every AS (
          FROM judged SELECT {_SHARED} UNION ALL BY NAME FROM ({series()}) SELECT {_SHARED}
        ), worded AS (
          SELECT *,
            CASE
              WHEN test IS NULL THEN 'not judged'
              WHEN direction = 0 THEN 'no clear change'
              WHEN (direction > 0) = (polarity = 'higher_is_better') THEN 'improving'
              ELSE 'worsening'
            END AS verdict
          FROM every
        )
        SELECT {casts} FROM worded
        ORDER BY {ORDER}
        """
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
