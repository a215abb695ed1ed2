"""Measure the coverage of a quarter: metrics below their threshold, and the months that each feed has delivered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.domain.periods import PERIOD_TYPES
from safer_kpi.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    import duckdb

    from safer_kpi.catalogue.definition import Definition
    from safer_kpi.domain.periods import Period

_LEVELS = ("local_authority", "force", "ward")
_LENGTH = {"month": 3, "quarter": 1, "calendar_quarter": 1}
# A figure that comes by month or quarter is judged over the quarter; one that comes by the year, over the last year
# that was due when the lake was read. The partnership's own area speaks where it has numbers, else the least covered.
_COVERED = """
WITH judged(metric_id, period_type, area_type, wanted, due_after) AS (VALUES {judged}), number AS (
  SELECT metric_id, wanted, due_after, area_code, period, period_start, period_end, coverage,
    bool_or(area_code = {area}) OVER (PARTITION BY metric_id) AS has_own
  FROM kpi.observation JOIN judged USING (metric_id, period_type, area_type)
  WHERE breakdown = 'all' AND period_end <= {end}
), own AS (
  SELECT *, max(period_end) FILTER (period_end + to_days(due_after) <= (SELECT as_of FROM kpi.build))
    OVER (PARTITION BY metric_id) AS last_due
  FROM number WHERE area_code = {area} OR NOT has_own
), area AS (
  SELECT metric_id, sum(coverage) / coalesce(wanted, 1) AS covered, max(period) AS period
  FROM own WHERE CASE WHEN wanted IS NULL THEN period_end = last_due ELSE period_start >= {start} END
  GROUP BY metric_id, area_code, wanted
)
SELECT metric_id, min(covered), max(period) FROM area GROUP BY metric_id
"""
# A month of a feed has come for a place when each of the feed's parts has delivered a cell with it.
_DELIVERED = """
WITH live AS (
  SELECT feed, cell, cover_code, part, starts_on, months FROM kpi.coverage
  GROUP BY feed, cell, cover_code, part, starts_on, months HAVING sum(weight) > 0 AND starts_on IS NOT NULL
), month AS (
  SELECT feed, cover_code, part,
    CAST(unnest(generate_series(CAST(starts_on AS TIMESTAMP),
      starts_on + to_months(CAST(months AS INTEGER)) - INTERVAL 1 DAY, INTERVAL 1 MONTH)) AS DATE) AS month
  FROM live WHERE months > 0
  UNION ALL
  SELECT feed, cover_code, part, month FROM (
    -- Weeks are a month once each of its days lies in one of them.
    SELECT feed, cover_code, part, day, CAST(date_trunc('month', day) AS DATE) AS month FROM (
      SELECT feed, cover_code, part, CAST(starts_on + to_days(CAST(unnest(range(7)) AS INTEGER)) AS DATE) AS day
      FROM live WHERE months = 0
    )
  )
  GROUP BY feed, cover_code, part, month HAVING count(DISTINCT day) = day(last_day(month))
)
SELECT feed, cover_code, month FROM month JOIN kpi.feed USING (feed)
WHERE len(coalesce(parts, [])) = 0 OR list_contains(parts, part)
GROUP BY feed, cover_code, month HAVING count(DISTINCT coalesce(part, '')) >= greatest(len(any_value(parts)), 1)
"""


_PLACES = 9


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """One metric whose coverage is below its threshold.

    Attributes:
        metric_id: the metric.
        covered: the coverage of the period, 0 to 1.
        wanted: its threshold.
        period: the quarter, or the label of the last year that was due.
    """

    metric_id: str
    covered: float
    wanted: float
    period: str

    @property
    def detail(self) -> str:
        """Return the shortfall in words."""
        return f"coverage {self.covered:.2f} of {self.wanted:.2f} wanted"


def held(connection: duckdb.DuckDBPyConnection, quarter: Period) -> set[str]:
    """Return the metrics with numbers up to the quarter's end, in the book in use; only these are certified."""
    query = f"SELECT DISTINCT metric_id FROM kpi.observation WHERE period_end <= {literal(quarter.end)}"
    return {row[0] for row in connection.execute(query).fetchall()}


def shortfalls(
    connection: duckdb.DuckDBPyConnection, definitions: Sequence[Definition], *, quarter: Period, area: str
) -> list[Shortfall]:
    """Return the metrics among ``definitions`` whose coverage of the quarter is below their threshold."""
    if not definitions:
        return []
    due = dict(connection.execute("SELECT feed, due_after_days FROM kpi.feed").fetchall())
    judged = ", ".join(_judged(each, due) for each in definitions)
    query = _COVERED.format(judged=judged, area=literal(area), start=literal(quarter.start), end=literal(quarter.end))
    rows = connection.execute(query).fetchall()
    # A mean of months that each have 0.95 is 0.9499999999999998 in binary fractions, and is not below 0.95.
    covered = {metric: (round(float(least), _PLACES), period) for metric, least, period in rows}
    found = []
    for each in definitions:
        by_year = _shortest(each) not in _LENGTH
        if by_year and each.metric_id not in covered:
            continue  # no year was due yet
        least, period = covered.get(each.metric_id, (0.0, quarter.label))
        if least < each.coverage_threshold:
            period = period if by_year else quarter.label
            found.append(
                Shortfall(metric_id=each.metric_id, covered=least, wanted=each.coverage_threshold, period=period)
            )
    return found


def _judged(definition: Definition, due: dict[str, int | None]) -> str:
    """Return the row of ``judged`` in SQL: over which lengths of period and level of area a metric is judged."""
    shortest = _shortest(definition)
    level = next((level for level in _LEVELS if level in definition.areas), "ward")
    days = max((due.get(feed) or 0 for feed in definition.feeds), default=0)
    wanted = _LENGTH.get(shortest)
    return f"({literal(definition.metric_id)}, {literal(shortest)}, {literal(level)}, {literal(wanted)}, {days})"


def _shortest(definition: Definition) -> str:
    return next(length for length in PERIOD_TYPES if length in definition.periods)


def delivered(connection: duckdb.DuckDBPyConnection, *, area: str) -> dict[str, set[dt.date]]:
    """Return the first days of the months that each feed has delivered, by feed, in the book in use.

    If a feed has cells of the partnership's own area, only those count.
    """
    places: dict[str, dict[str | None, set[dt.date]]] = {}
    for feed, place, month in connection.execute(_DELIVERED).fetchall():
        places.setdefault(feed, {}).setdefault(place, set()).add(month)
    own = _places_of(connection, area)
    return {feed: _union(found[place] for place in (own & found.keys() or found)) for feed, found in places.items()}


def _places_of(connection: duckdb.DuckDBPyConnection, area: str) -> set[str | None]:
    """Return the places of cells that cover an area: the area itself and its police force."""
    query = f"SELECT la_code, force_code FROM kpi.area WHERE area_code = {literal(area)}"
    return {area, *(code for row in connection.execute(query).fetchall() for code in row)} - {None}


def _union(sets: Iterable[set[dt.date]]) -> set[dt.date]:
    return set().union(*sets)
