/* The periods that numbers are given for: one row for each month of each period. */
WITH definition AS (
  SELECT
    metric_id,
    definition_version,
    unit,
    numerator,
    denominator,
    rate_base,
    interval_method,
    settles_after_months,
    feeds,
    cadence,
    areas,
    periods,
    denominator_kind,
    COALESCE(looks_back_months, 0) AS looks_back_months,
    CASE WHEN denominator_kind = 'constant' THEN denominator::BIGINT END AS divisor
  FROM kpi.metric
  WHERE
    metric_id IN (
      SELECT
        metric_id
      FROM asked
    )
), metric_period AS (
  SELECT
    metric_id,
    UNNEST(periods) AS period_type
  FROM definition
), counted_ledger AS (
  /* What is counted by period; estimates of residents are not. */
  SELECT
    numerator AS metric_id
  FROM definition
  UNION
  SELECT
    denominator AS metric_id
  FROM definition
  WHERE
    denominator_kind = 'count'
), wanted AS (
  SELECT
    wanted.metric_id,
    wanted.feed,
    GREATEST(ARRAY_LENGTH(feed.parts), 1) AS parts,
    feed.parts AS named_parts
  FROM (
    SELECT
      metric_id,
      UNNEST(feeds) AS feed
    FROM definition
  ) AS wanted
  JOIN kpi.feed
    ON wanted.feed = feed.feed
), dated AS (
  /* What could be covered or posted at any moment: a little more does no harm. */
  SELECT
    MIN(starts_on) AS first_day,
    MAX((
      starts_on + GREATEST(months, 2)::INT * INTERVAL '1' MONTH
    )::DATE) AS last_day
  FROM kpi.coverage
  WHERE
    feed IN (
      SELECT
        feed
      FROM wanted
    )
  UNION ALL
  /* A whole table covers up to eleven months before those it posted. */
  SELECT
    (
      MIN(month) - INTERVAL '11' MONTH
    )::DATE AS first_day,
    MAX(month) AS last_day
  FROM kpi.ledger
  WHERE
    metric_id IN (
      SELECT
        metric_id
      FROM counted_ledger
    )
    OR (
      metric_id IN (
        SELECT
          denominator
        FROM definition
      ) AND feed IN (
        SELECT
          feed
        FROM wanted
      )
    )
), month AS (
  SELECT
    (
      first_month + step * INTERVAL '1' MONTH
    )::DATE AS month
  FROM (
    SELECT
      first_month,
      UNNEST(GENERATE_SERIES(0, months)) AS step
    FROM (
      SELECT
        (
          DATE_TRUNC('MONTH', MIN(first_day)) - INTERVAL '35' MONTH
        )::DATE AS first_month,
        DATE_DIFF('MONTH', MIN(first_day), MAX(last_day)) + 46 AS months
      FROM dated
    ) AS bounds
  ) AS stepped
), period AS (
  SELECT DISTINCT
    period_type,
    CASE period_type
      WHEN 'month'
      THEN month
      WHEN 'quarter'
      THEN DATE_TRUNC('QUARTER', month)
      WHEN 'calendar_quarter'
      THEN DATE_TRUNC('QUARTER', month)
      WHEN 'calendar_year'
      THEN DATE_TRUNC('YEAR', month)
      WHEN 'year'
      THEN DATE_TRUNC('YEAR', month - INTERVAL '3' MONTH) + INTERVAL '3' MONTH
      WHEN 'rolling12'
      THEN month - INTERVAL '11' MONTH
      ELSE month - INTERVAL '35' MONTH
    END::DATE AS period_start,
    CASE period_type
      WHEN 'month'
      THEN 1
      WHEN 'quarter'
      THEN 3
      WHEN 'calendar_quarter'
      THEN 3
      WHEN 'rolling36'
      THEN 36
      ELSE 12
    END::INT AS months
  FROM month
  CROSS JOIN (
    SELECT
      UNNEST(['month', 'quarter', 'calendar_quarter', 'year', 'calendar_year', 'rolling12', 'rolling36']) AS period_type
  ) AS period_type
  WHERE
    period_type IN (
      SELECT
        period_type
      FROM metric_period
    )
), dated_period AS (
  SELECT
    period_type,
    period_start,
    months,
    (
      (
        period_start + months * INTERVAL '1' MONTH
      )::DATE - INTERVAL '1' DAY
    )::DATE AS period_end,
    (
      period_start + months * INTERVAL '1' MONTH - INTERVAL '1' MONTH
    )::DATE AS last_month,
    (
      period_start - INTERVAL '3' MONTH
    )::DATE AS financial_start
  FROM period
), named_period AS (
  SELECT
    period_type,
    period_start,
    period_end,
    CASE period_type
      WHEN 'month'
      THEN STRFTIME(period_start, '%Y-%m')
      WHEN 'calendar_quarter'
      THEN STRFTIME(period_start, '%Y') || '-Q' || EXTRACT(QUARTER FROM period_start)
      WHEN 'calendar_year'
      THEN STRFTIME(period_start, '%Y')
      WHEN 'rolling12'
      THEN STRFTIME(last_month, '%Y-%m') || '-R12'
      WHEN 'rolling36'
      THEN STRFTIME(last_month, '%Y-%m') || '-R36'
      ELSE STRFTIME(financial_start, '%Y') || '-' || STRFTIME(financial_start + INTERVAL '12' MONTH, '%y') || CASE period_type WHEN 'quarter' THEN '-Q' || EXTRACT(QUARTER FROM financial_start) ELSE '' END
    END AS period,
    months,
    last_month
  FROM dated_period
)
SELECT
  period_type,
  period_start,
  period_end,
  period,
  months,
  last_month,
  (
    period_start + step * INTERVAL '1' MONTH
  )::DATE AS month,
  months - step AS months_left
FROM (
  SELECT
    period_type,
    period_start,
    period_end,
    period,
    months,
    last_month,
    UNNEST(GENERATE_SERIES(0, months - 1)) AS step
  FROM named_period
) AS stepped
