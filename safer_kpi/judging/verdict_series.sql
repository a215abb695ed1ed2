/* One point of a monthly or quarterly series, judged by the XmR chart of the points up to it. Means are those of decimal
numbers, whose sum does not depend on the order of adding.
Slots: limit, rounding_share, run, fewest_points, fewest_a_period, and how many points or steps before the latest one a
window holds: points_before, steps_before, run_before, run_steps_before. */
WITH series_point AS (
  SELECT
    *
  FROM verdict_observed
  WHERE
    period_type IN ('month', 'quarter', 'calendar_quarter')
), numbered AS (
  SELECT
    *,
    (
      12 * YEAR(period_start) + MONTH(period_start)
    ) // CASE WHEN period_type = 'month' THEN 1 ELSE 3 END - ROW_NUMBER() OVER (PARTITION BY metric_id, area_code, breakdown, period_type, series ORDER BY period_start) AS stretch
  FROM series_point
  WHERE
    status = 'final' AND NOT value IS NULL AND polarity <> 'context'
), stepped AS (
  SELECT
    *,
    ROW_NUMBER() OVER stretches AS place,
    value::DECIMAL(38, 12) AS exact,
    value::DECIMAL(38, 12) - LAG(value::DECIMAL(38, 12)) OVER stretches AS step,
    LAG(value) OVER stretches AS one_before,
    LAG(value, 2) OVER stretches AS two_before
  FROM numbered
  WINDOW stretches AS (PARTITION BY metric_id, area_code, breakdown, period_type, series, stretch ORDER BY period_start)
), charted AS (
  SELECT
    *,
    AVG(exact) OVER (stretches ROWS BETWEEN $points_before PRECEDING AND CURRENT ROW) AS mean,
    $limit * AVG(ABS(step)) OVER (stretches ROWS BETWEEN $steps_before PRECEDING AND CURRENT ROW) AS reach,
    AVG(CASE interval_method WHEN 'wilson' THEN LEAST(n, d - n) WHEN 'byar' THEN n END) OVER (stretches ROWS BETWEEN $points_before PRECEDING AND CURRENT ROW) AS events,
    MIN(value) OVER (stretches ROWS BETWEEN $run_before PRECEDING AND CURRENT ROW) AS lowest,
    MAX(value) OVER (stretches ROWS BETWEEN $run_before PRECEDING AND CURRENT ROW) AS highest,
    MIN(SIGN(step)) OVER (stretches ROWS BETWEEN $run_steps_before PRECEDING AND CURRENT ROW) AS least_step,
    MAX(SIGN(step)) OVER (stretches ROWS BETWEEN $run_steps_before PRECEDING AND CURRENT ROW) AS greatest_step
  FROM stepped
  WINDOW stretches AS (PARTITION BY metric_id, area_code, breakdown, period_type, series, stretch ORDER BY period_start)
), measured AS (
  SELECT
    *,
    value - mean AS away,
    (
      value - mean
    ) * SIGN(value - mean) AS distance,
    (
      one_before - mean
    ) * SIGN(value - mean) AS distance_one_before,
    (
      two_before - mean
    ) * SIGN(value - mean) AS distance_two_before,
    $rounding_share * ABS(mean) AS rounding
  FROM charted
), zoned AS (
  /* Near a limit: in the outer third of the way to it and not beyond it, on the side of the latest point */
  SELECT
    *,
    distance > reach * 2 / 3 + rounding AND distance <= reach + rounding AS is_near,
    distance_one_before > reach * 2 / 3 + rounding AND distance_one_before <= reach + rounding AS was_near_one_before,
    distance_two_before > reach * 2 / 3 + rounding AND distance_two_before <= reach + rounding AS was_near_two_before
  FROM measured
), signalled AS (
  SELECT
    *,
    CASE
      WHEN ABS(away) > reach + rounding
      THEN 'outside'
      WHEN least_step = 1 OR greatest_step = -1
      THEN 'trend'
      WHEN is_near
      AND (
        was_near_one_before OR was_near_two_before
      )
      AND LEAST(distance_one_before, distance_two_before) > rounding
      THEN 'two_in_three'
      WHEN lowest - mean > rounding OR highest - mean < -rounding
      THEN 'shift'
    END AS rule
  FROM zoned
), reasoned AS (
  SELECT
    p.metric_id,
    p.area_code,
    p.period,
    p.period_type,
    p.period_start,
    p.period_end,
    p.breakdown,
    p.polarity,
    COALESCE(
      p.own_reason,
      CASE
        WHEN s.place < $fewest_points
        THEN 'under $fewest_points periods in a row'
        WHEN s.events < $fewest_a_period
        THEN 'too few: under $fewest_a_period a period on average'
      END
    ) AS reason,
    p.value,
    p.numerator,
    p.denominator,
    s.mean,
    s.rule,
    s.away,
    s.reach,
    CASE s.rule WHEN 'trend' THEN s.least_step ELSE SIGN(s.away) END AS direction
  FROM series_point AS p
  LEFT JOIN signalled AS s
    ON p.metric_id = s.metric_id
    AND p.area_code = s.area_code
    AND p.breakdown = s.breakdown
    AND p.period_type = s.period_type
    AND p.period_start = s.period_start
)
SELECT
  metric_id,
  area_code,
  period,
  period_type,
  period_start,
  period_end,
  breakdown,
  'series' AS against,
  NULL AS reference_period,
  FALSE AS is_baseline,
  value,
  CASE WHEN reason IS NULL THEN mean ELSE NULL END AS reference_value,
  numerator,
  denominator,
  NULL AS reference_numerator,
  NULL AS reference_denominator,
  polarity,
  CASE WHEN reason IS NULL AND NOT rule IS NULL THEN direction ELSE 0 END AS direction,
  COALESCE(
    reason,
    CASE rule
      WHEN 'outside'
      THEN CASE WHEN direction > 0 THEN 'above the upper process limit' ELSE 'below the lower process limit' END
      WHEN 'trend'
      THEN '$run or more in a row ' || CASE WHEN direction > 0 THEN 'rising' ELSE 'falling' END
      WHEN 'two_in_three'
      THEN 'two of three near the ' || CASE WHEN direction > 0 THEN 'upper' ELSE 'lower' END || ' process limit'
      WHEN 'shift'
      THEN '$run or more in a row ' || CASE WHEN direction > 0 THEN 'above' ELSE 'below' END || ' the mean'
      ELSE 'within its usual range'
    END
  ) AS reason,
  CASE WHEN reason IS NULL THEN 'XmR' ELSE NULL END AS test,
  CASE WHEN reason IS NULL AND reach > 0 THEN away * 3 / reach ELSE NULL END AS statistic,
  NULL AS p_value,
  CASE WHEN reason IS NULL THEN away ELSE NULL END AS change
FROM reasoned
