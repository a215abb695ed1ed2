/* One observation, and what its metric says of comparing it; a metric without a direction is one of context.
What has no place is left out: fewer of it is better recording, whatever the metric counts. own_reason says why the
period itself cannot be judged. Slots: numbers, the rows of kpi.observation; metrics, those of kpi.metric. */
SELECT
  o.metric_id,
  o.area_code,
  o.breakdown,
  o.period,
  o.period_type,
  o.period_start,
  o.period_end,
  o.status,
  o.series,
  o.value,
  o.numerator,
  o.denominator,
  o.numerator::DOUBLE AS n,
  o.denominator::DOUBLE AS d,
  (
    o.period_end - o.period_start + 1
  )::DOUBLE AS days,
  CASE WHEN m.polarity IN ('lower_is_better', 'higher_is_better') THEN m.polarity ELSE 'context' END AS polarity,
  m.interval_method,
  COALESCE(m.comparison, 'none') AS comparison,
  m.baseline_type = 'year' AS is_year,
  m.baseline_type,
  m.baseline_start,
  CASE m.denominator_kind WHEN 'residents' THEN 'residents' WHEN 'count' THEN 'events' ELSE 'none' END AS exposure,
  CASE
    WHEN NOT COALESCE(m.polarity, 'context') IN ('lower_is_better', 'higher_is_better')
    THEN 'read it with its guards: up is not good or bad by itself'
    WHEN o.status = 'provisional'
    THEN 'provisional until it settles'
    WHEN o.status <> 'final'
    THEN 'this period is ' || o.status
    WHEN o.value IS NULL
    THEN 'this period has no value'
  END AS own_reason
FROM $numbers AS o
JOIN $metrics AS m
  ON o.metric_id = m.metric_id
WHERE
  o.area_code <> 'unplaced'
