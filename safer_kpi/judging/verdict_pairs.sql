/* One comparison with an earlier period; reason is stated if it cannot be judged, test if it can.
Slots: fewest_expected, fewest_events. */
WITH wanted AS (
  /* What each observation is compared with. A financial year as baseline serves every length of period, any other
  baseline its own length only. */
  SELECT
    *,
    'year_before' AS against,
    (
      period_start - CASE WHEN period_type = 'rolling36' THEN 36 ELSE 12 END * INTERVAL '1' MONTH
    )::DATE AS reference_start
  FROM verdict_observed AS observed
  WHERE
    comparison = 'year_before'
  UNION ALL
  SELECT
    observed.*,
    'baseline' AS against,
    CASE
      WHEN NOT is_year OR period_type IN ('year', 'rolling12')
      THEN baseline_start
      ELSE baseline_start + (
        (
          MONTH(period_start) + 8
        ) % 12
      ) * INTERVAL '1' MONTH
    END::DATE AS reference_start
  FROM verdict_observed AS observed
  WHERE
    (
      period_type = baseline_type OR is_year AND period_type IN ('month', 'quarter', 'rolling12')
    )
    AND period_start > baseline_start
    AND NOT (
      is_year AND period_type IN ('month', 'quarter') AND period_start < baseline_start + INTERVAL '12' MONTH
    )
), asked AS (
  /* Where the year before is the baseline too, the two are one comparison: the one with the year before. */
  SELECT
    *,
    against = 'baseline'
    OR COUNT(*) OVER (PARTITION BY metric_id, area_code, breakdown, period_type, period_start, reference_start) > 1 AS is_baseline
  FROM wanted
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY metric_id, area_code, breakdown, period_type, period_start, reference_start ORDER BY against DESC) = 1
), paired AS (
  SELECT
    asked.*,
    COALESCE(
      r.period,
      CASE
        WHEN asked.period_type = 'month'
        THEN STRFTIME(reference_start, '%Y-%m')
        WHEN asked.period_type = 'rolling12'
        THEN STRFTIME(reference_start + INTERVAL '11' MONTH, '%Y-%m-R12')
        WHEN asked.period_type = 'rolling36'
        THEN STRFTIME(reference_start + INTERVAL '35' MONTH, '%Y-%m-R36')
        WHEN asked.period_type = 'calendar_quarter'
        THEN STRFTIME(reference_start, '%Y') || '-Q' || QUARTER(reference_start)
        WHEN asked.period_type = 'calendar_year'
        THEN STRFTIME(reference_start, '%Y')
        ELSE STRFTIME(reference_start - INTERVAL '3' MONTH, '%Y') || STRFTIME(reference_start + INTERVAL '9' MONTH, '-%y') || CASE WHEN asked.period_type = 'quarter' THEN '-Q' || QUARTER(reference_start - INTERVAL '3' MONTH) ELSE '' END
      END
    ) AS reference_period,
    r.period_end AS r_end,
    r.status AS r_status,
    r.series AS r_series,
    r.value AS r_value,
    r.numerator AS reference_numerator,
    r.denominator AS reference_denominator,
    r.n AS r_n,
    r.d AS r_d,
    r.days AS r_days
  FROM asked
  LEFT JOIN verdict_observed AS r
    ON asked.metric_id = r.metric_id
    AND asked.area_code = r.area_code
    AND asked.breakdown = r.breakdown
    AND asked.period_type = r.period_type
    AND asked.reference_start = r.period_start
), exposed AS (
  SELECT
    *,
    CASE
      WHEN interval_method = 'wilson'
      THEN 'score'
      WHEN interval_method = 'byar'
      THEN 'exact conditional Poisson'
    END AS fitting,
    CASE
      WHEN interval_method = 'wilson' OR exposure = 'events'
      THEN d
      WHEN exposure = 'residents'
      THEN d * days
      ELSE days
    END AS e,
    CASE
      WHEN interval_method = 'wilson' OR exposure = 'events'
      THEN r_d
      WHEN exposure = 'residents'
      THEN r_d * r_days
      ELSE r_days
    END AS r_e
  FROM paired
), reasoned AS (
  SELECT
    *,
    COALESCE(
      own_reason,
      CASE
        WHEN r_status IS NULL
        THEN 'there is no number of ' || reference_period
        WHEN r_status <> 'final'
        THEN reference_period || ' is ' || r_status
        WHEN r_value IS NULL
        THEN reference_period || ' has no value'
        WHEN series IS DISTINCT FROM r_series
        THEN 'the question or the way of counting changed: break in series'
        WHEN r_end >= period_start
        THEN 'it shares months with ' || reference_period
        WHEN fitting IS NULL OR n IS NULL OR r_n IS NULL
        THEN 'no test fits this measure'
        WHEN COALESCE(e, 0) <= 0 OR COALESCE(r_e, 0) <= 0
        THEN 'no test fits this measure'
        WHEN LEAST(n, r_n) < 0 OR fitting = 'score' AND (
          n > e OR r_n > r_e
        )
        THEN 'no test fits this measure'
        WHEN fitting = 'score' AND LEAST(e, r_e) * LEAST(n + r_n, e + r_e - n - r_n) / (
          e + r_e
        ) < $fewest_expected
        THEN 'too few: under $fewest_expected expected in a cell'
        WHEN fitting <> 'score' AND n + r_n < $fewest_events
        THEN 'too few: under $fewest_events in both periods together'
      END
    ) AS reason
  FROM exposed
)
SELECT
  ROW_NUMBER() OVER () AS pair,
  metric_id,
  area_code,
  period,
  period_type,
  period_start,
  period_end,
  breakdown,
  against,
  reference_period,
  is_baseline,
  value,
  r_value AS reference_value,
  numerator,
  denominator,
  reference_numerator,
  reference_denominator,
  polarity,
  exposure,
  reason,
  CASE WHEN reason IS NULL THEN fitting ELSE NULL END AS test,
  n,
  e,
  r_n,
  r_e,
  CASE
    WHEN status = 'final' AND r_status = 'final' AND series IS NOT DISTINCT FROM r_series
    THEN value - r_value
    ELSE NULL
  END AS change
FROM reasoned
