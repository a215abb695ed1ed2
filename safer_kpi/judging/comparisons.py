"""The queries of verdicts: what is compared with what, the XmR chart of every series, and what is not judged."""

from __future__ import annotations

from safer_kpi.domain.judging import (
    FEWEST_A_PERIOD,
    FEWEST_EVENTS,
    FEWEST_EXPECTED,
    FEWEST_POINTS,
    LIMIT,
    MOST_POINTS,
    ROUNDING,
    RUN,
)
from safer_kpi.judging.columns import typed
from safer_kpi.sql import statement

_ROOM = "safer_kpi.judging"
#: The relation that ``pairs`` and ``series`` read, whose query is ``observed``.
OBSERVED = "verdict_observed"


def observed(numbers: str, metrics: str) -> str:
    """Return the query of ``verdict_observed``: one observation, and what its metric says of comparing it.

    ``numbers`` are the rows of ``kpi.observation`` that are judged, ``metrics`` those of ``kpi.metric``: each a table
    or a query in brackets.
    """
    return statement(_ROOM, OBSERVED, numbers=numbers, metrics=metrics)


def pairs() -> str:
    """Return the query of every comparison with an earlier period."""
    return statement(_ROOM, "verdict_pairs", fewest_expected=FEWEST_EXPECTED, fewest_events=FEWEST_EVENTS)


def series() -> str:
    """Return the query of every point of a monthly or quarterly series, judged by its XmR chart."""
    return statement(
        _ROOM,
        "verdict_series",
        limit=LIMIT,
        rounding_share=ROUNDING,
        run=RUN,
        fewest_points=FEWEST_POINTS,
        fewest_a_period=FEWEST_A_PERIOD,
        points_before=MOST_POINTS - 1,
        steps_before=MOST_POINTS - 2,
        run_before=RUN - 1,
        run_steps_before=RUN - 2,
    )


def not_judged(numbers: str, metrics: str) -> str:
    """Return the query of the verdicts that no row is stored of: what is not judged, and why.

    The arguments are those of ``observed``. ``numbers`` holds whole series, and the periods they are compared with.
    """
    return f"""
        WITH {OBSERVED} AS MATERIALIZED ({observed(numbers, metrics)}), compared AS (
          SELECT *, NULL AS statistic, NULL AS p_value FROM ({pairs()}) WHERE test IS NULL
          UNION ALL BY NAME
          SELECT * FROM ({series()}) WHERE test IS NULL
        ), worded AS (
          SELECT *, 'not judged' AS verdict FROM compared
        )
        SELECT {typed()} FROM worded
    """
