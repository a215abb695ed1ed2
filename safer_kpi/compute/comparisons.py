"""The queries behind ``kpi.verdict``: what is compared with what, and the XmR chart of every series."""

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
from safer_kpi.sql import statement

_ROOM = "safer_kpi.compute"
#: The relation that ``pairs`` and ``series`` read, whose query is ``observed``.
OBSERVED = "verdict_observed"


def observed(chosen: str) -> str:
    """Return the query of ``verdict_observed``: one observation, and what its metric says of comparing it.

    ``chosen`` names the table of the metrics and areas that are judged (``metric_id``, ``area_code``).
    """
    return statement(_ROOM, OBSERVED, chosen=chosen)


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
