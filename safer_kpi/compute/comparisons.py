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

CONTEXT = "read it with its guards: up is not good or bad by itself"
UNSETTLED = "provisional until it settles"
BREAK = "the question or the way of counting changed: break in series"
NO_TEST = "no test fits this measure"


def _stated(own: str) -> str:
    """Return the reasons that lie in a period itself, of the relation ``own``; the CASE stays open for more."""
    return f"""CASE
      WHEN {own}.polarity = 'context' THEN '{CONTEXT}'
      WHEN {own}.status = 'provisional' THEN '{UNSETTLED}'
      WHEN {own}.status <> 'final' THEN 'this period is ' || {own}.status
      WHEN {own}.value IS NULL THEN 'this period has no value'"""


#: One observation and what its metric says of comparing it; a metric with no direction is one of context. What has no
#: place is left out: fewer of it is better recording, whatever the metric counts.
OBSERVED = """
  SELECT
    o.metric_id, o.area_code, o.breakdown, o.period, o.period_type, o.period_start, o.period_end, o.status, o.series,
    o.value, o.numerator::DOUBLE AS n, o.denominator::DOUBLE AS d,
    (o.period_end - o.period_start + 1)::DOUBLE AS days,
    if(m.polarity IN ('lower_is_better', 'higher_is_better'), m.polarity, 'context') AS polarity,
    m.interval_method,
    coalesce(m.comparison, 'none') AS comparison,
    m.baseline_type = 'year' AS is_year,
    if(m.baseline_type = 'calendar_year', 'year', m.baseline_type) AS baseline_type,
    m.baseline_start,
    CASE m.denominator_kind WHEN 'residents' THEN 'residents' WHEN 'count' THEN 'events' ELSE 'none' END AS exposure
  FROM {schema}.observation AS o
  JOIN {schema}.metric AS m ON o.metric_id = m.metric_id
  WHERE o.area_code <> 'unplaced'"""

#: What each observation is compared with. A financial year as baseline serves every length of period, any other
#: baseline its own length only.
_ASKED = """
  SELECT
    *, 'year_before' AS against,
    (period_start - to_months(if(period_type = 'rolling36', 36, 12)))::DATE AS reference_start
  FROM observed
  WHERE comparison = 'year_before'
  UNION ALL
  SELECT
    observed.*, 'baseline' AS against,
    CASE
      WHEN NOT is_year OR period_type IN ('year', 'rolling12') THEN baseline_start
      ELSE baseline_start + to_months((month(period_start) + 8) % 12)
    END::DATE AS reference_start
  FROM observed
  WHERE (period_type = baseline_type OR is_year AND period_type IN ('month', 'quarter', 'rolling12'))
    AND period_start > baseline_start
    AND NOT (is_year AND period_type IN ('month', 'quarter') AND period_start < baseline_start + INTERVAL 12 MONTH)"""

#: One comparison with an earlier period; ``reason`` is stated where it cannot be judged, ``test`` where it can.
PAIRS = f"""
WITH observed AS ({OBSERVED}), asked AS ({_ASKED}), paired AS (
  SELECT
    asked.*,
    coalesce(r.period, CASE
      WHEN asked.period_type = 'month' THEN strftime(reference_start, '%Y-%m')
      WHEN asked.period_type = 'rolling12' THEN strftime(reference_start + INTERVAL 11 MONTH, '%Y-%m-R12')
      WHEN asked.period_type = 'rolling36' THEN strftime(reference_start + INTERVAL 35 MONTH, '%Y-%m-R36')
      WHEN month(reference_start) = 1 AND asked.period_type = 'year' THEN strftime(reference_start, '%Y')
      ELSE strftime(reference_start - INTERVAL 3 MONTH, '%Y')
        || strftime(reference_start + INTERVAL 9 MONTH, '-%y')
        || if(asked.period_type = 'quarter', '-Q' || quarter(reference_start - INTERVAL 3 MONTH), '')
    END) AS reference_period,
    r.period_end AS r_end, r.status AS r_status, r.series AS r_series, r.value AS r_value, r.n AS r_n, r.d AS r_d,
    r.days AS r_days
  FROM asked
  LEFT JOIN observed AS r
    ON asked.metric_id = r.metric_id
    AND asked.area_code = r.area_code
    AND asked.breakdown = r.breakdown
    AND asked.period_type = r.period_type
    AND asked.reference_start = r.period_start
), exposed AS (
  SELECT
    *,
    CASE
      WHEN interval_method = 'wilson' THEN 'score'
      WHEN interval_method = 'byar' THEN 'exact conditional Poisson'
    END AS fitting,
    CASE
      WHEN interval_method = 'wilson' OR exposure = 'events' THEN d
      WHEN exposure = 'residents' THEN d * days
      ELSE days
    END AS e,
    CASE
      WHEN interval_method = 'wilson' OR exposure = 'events' THEN r_d
      WHEN exposure = 'residents' THEN r_d * r_days
      ELSE r_days
    END AS r_e
  FROM paired
), reasoned AS (
  SELECT
    *,
    {_stated("exposed")}
      WHEN r_status IS NULL THEN 'there is no number of ' || reference_period
      WHEN r_status <> 'final' THEN reference_period || ' is ' || r_status
      WHEN r_value IS NULL THEN reference_period || ' has no value'
      WHEN series IS DISTINCT FROM r_series THEN '{BREAK}'
      WHEN r_end >= period_start THEN 'it shares months with ' || reference_period
      WHEN fitting IS NULL OR n IS NULL OR r_n IS NULL THEN '{NO_TEST}'
      WHEN coalesce(e, 0) <= 0 OR coalesce(r_e, 0) <= 0 THEN '{NO_TEST}'
      WHEN least(n, r_n) < 0 OR fitting = 'score' AND (n > e OR r_n > r_e) THEN '{NO_TEST}'
      WHEN fitting = 'score' AND least(e, r_e) * least(n + r_n, e + r_e - n - r_n) / (e + r_e) < {FEWEST_EXPECTED}
        THEN 'too few: under {FEWEST_EXPECTED} expected in a cell'
      WHEN fitting <> 'score' AND n + r_n < {FEWEST_EVENTS}
        THEN 'too few: under {FEWEST_EVENTS} in both periods together'
    END AS reason
  FROM exposed
)
SELECT
  row_number() OVER () AS pair, metric_id, area_code, period, period_type, period_start, period_end, breakdown, against,
  reference_period, polarity, exposure, reason, if(reason IS NULL, fitting, NULL) AS test, n, e, r_n, r_e,
  if(status = 'final' AND r_status = 'final' AND series IS NOT DISTINCT FROM r_series, value - r_value, NULL) AS change
FROM reasoned
"""

_STRETCH = "PARTITION BY metric_id, area_code, breakdown, period_type, series, stretch ORDER BY period_start"


def _last(points: int) -> str:
    return f"(stretches ROWS BETWEEN {points - 1} PRECEDING AND CURRENT ROW)"


def _near(value: str) -> str:
    """Whether a value lies in the outer third of the way to a limit, not beyond it, on the side of the latest one."""
    away = f"({value} - mean) * sign(away)"
    return f"({away} > reach * 2 / 3 + rounding AND {away} <= reach + rounding)"


#: One point of a monthly or quarterly series, judged by the XmR chart of the points up to it.
SERIES = f"""
WITH observed AS ({OBSERVED}), series_point AS (
  SELECT * FROM observed WHERE period_type IN ('month', 'quarter')
), numbered AS (
  SELECT
    *,
    (12 * year(period_start) + month(period_start)) // if(period_type = 'month', 1, 3) - row_number() OVER (
      PARTITION BY metric_id, area_code, breakdown, period_type, series ORDER BY period_start
    ) AS stretch
  FROM series_point
  WHERE status = 'final' AND NOT value IS NULL AND polarity <> 'context'
), stepped AS (
  SELECT
    *,
    row_number() OVER stretches AS place,
    value - lag(value) OVER stretches AS step,
    lag(value) OVER stretches AS one_before,
    lag(value, 2) OVER stretches AS two_before
  FROM numbered
  WINDOW stretches AS ({_STRETCH})
), charted AS (
  SELECT
    *,
    avg(value) OVER {_last(MOST_POINTS)} AS mean,
    {LIMIT} * avg(abs(step)) OVER {_last(MOST_POINTS - 1)} AS reach,
    avg(CASE interval_method WHEN 'wilson' THEN least(n, d - n) WHEN 'byar' THEN n END) OVER {_last(MOST_POINTS)}
      AS events,
    min(value) OVER {_last(RUN)} AS lowest,
    max(value) OVER {_last(RUN)} AS highest,
    min(sign(step)) OVER {_last(RUN - 1)} AS least_step,
    max(sign(step)) OVER {_last(RUN - 1)} AS greatest_step
  FROM stepped
  WINDOW stretches AS ({_STRETCH})
), measured AS (
  SELECT *, value - mean AS away, {ROUNDING} * abs(mean) AS rounding
  FROM charted
), signalled AS (
  SELECT
    *,
    CASE
      WHEN abs(away) > reach + rounding THEN 'outside'
      WHEN least_step = 1 OR greatest_step = -1 THEN 'trend'
      WHEN {_near("value")} AND ({_near("one_before")} OR {_near("two_before")})
        AND least((one_before - mean) * sign(away), (two_before - mean) * sign(away)) > rounding THEN 'two_in_three'
      WHEN lowest - mean > rounding OR highest - mean < -rounding THEN 'shift'
    END AS rule
  FROM measured
), reasoned AS (
  SELECT
    p.metric_id, p.area_code, p.period, p.period_type, p.period_start, p.period_end, p.breakdown, p.polarity,
    {_stated("p")}
      WHEN s.place < {FEWEST_POINTS} THEN 'under {FEWEST_POINTS} periods in a row'
      WHEN s.events < {FEWEST_A_PERIOD} THEN 'too few: under {FEWEST_A_PERIOD} a period on average'
    END AS reason,
    s.rule, s.away, s.reach,
    CASE s.rule WHEN 'trend' THEN s.least_step ELSE sign(s.away) END AS direction
  FROM series_point AS p
  LEFT JOIN signalled AS s
    ON p.metric_id = s.metric_id
    AND p.area_code = s.area_code
    AND p.breakdown = s.breakdown
    AND p.period_type = s.period_type
    AND p.period_start = s.period_start
)
SELECT
  metric_id, area_code, period, period_type, period_start, period_end, breakdown, 'series' AS against,
  NULL AS reference_period, polarity, if(reason IS NULL AND NOT rule IS NULL, direction, 0) AS direction,
  coalesce(reason, CASE rule
    WHEN 'outside' THEN if(direction > 0, 'above the upper process limit', 'below the lower process limit')
    WHEN 'trend' THEN '{RUN} or more in a row ' || if(direction > 0, 'rising', 'falling')
    WHEN 'two_in_three' THEN 'two of three near the ' || if(direction > 0, 'upper', 'lower') || ' process limit'
    WHEN 'shift' THEN '{RUN} or more in a row ' || if(direction > 0, 'above', 'below') || ' the mean'
    ELSE 'within its usual range'
  END) AS reason,
  if(reason IS NULL, 'XmR', NULL) AS test,
  if(reason IS NULL AND reach > 0, away * 3 / reach, NULL) AS statistic,
  NULL AS p_value,
  if(reason IS NULL, away, NULL) AS change
FROM reasoned
"""
