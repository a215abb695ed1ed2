MODEL (
  name kpi.observation,
  kind VIEW,
  owner analytics,
  grain (metric_id, area_code, period_type, period_start, breakdown),
  description 'One number: one metric in one area and period, as the balance of its postings. The query is also the text of kpi.as_of.',
  audits (observation_is_explained)
);

WITH known AS (
  SELECT MAX(posted_at) AS as_of FROM kpi.entry WHERE posted_at <= @known_at::TIMESTAMP
), definition AS (
  SELECT
    metric_id, definition_version, unit, numerator, denominator, rate_base, interval_method, settles_after_months, feeds
  FROM kpi.metric
), area_part AS (
  SELECT
    area_code, area_type, area_name, la_code, force_code, SUM(weight) AS weight, MAX(entry) AS entry
  FROM kpi.area_change
  WHERE posted_at <= @known_at::TIMESTAMP
  GROUP BY area_code, area_type, area_name, la_code, force_code
  HAVING SUM(weight) > 0
), area AS (
  SELECT
    area_code, area_type, ARG_MAX(area_name, entry) AS area_name, ARG_MAX(force_code, entry) AS force_code
  FROM area_part
  GROUP BY area_code, area_type
), posting AS (
  SELECT metric_id, area_code, la_code, force_code, month, breakdown, SUM(amount) AS amount
  FROM kpi.ledger
  WHERE posted_at <= @known_at::TIMESTAMP
  GROUP BY metric_id, area_code, la_code, force_code, month, breakdown
), part AS (
  SELECT metric_id, area_code, month, breakdown, amount FROM posting
  UNION ALL
  SELECT metric_id, la_code AS area_code, month, breakdown, amount FROM posting WHERE la_code <> 'unplaced'
  UNION ALL
  SELECT metric_id, force_code AS area_code, month, breakdown, amount FROM posting WHERE force_code <> 'unplaced'
), balance AS (
  SELECT metric_id, area_code, month, breakdown, SUM(amount) AS amount
  FROM part
  GROUP BY metric_id, area_code, month, breakdown
), cell AS (
  SELECT feed, force_code, month
  FROM kpi.coverage
  WHERE posted_at <= @known_at::TIMESTAMP AND NOT force_code IS NULL AND NOT month IS NULL
  GROUP BY feed, force_code, month
  HAVING SUM(weight) > 0
), metric_cell AS (
  SELECT definition.metric_id, LEN(definition.feeds) AS feeds, cell.force_code, cell.month, COUNT(*) AS received
  FROM definition
  JOIN cell ON LIST_CONTAINS(definition.feeds, cell.feed)
  GROUP BY definition.metric_id, definition.feeds, cell.force_code, cell.month
), force_span AS (
  SELECT metric_id, force_code, MIN(month) AS first_month, MAX(month) AS last_month
  FROM metric_cell
  GROUP BY metric_id, force_code
), month AS (
  SELECT UNNEST(GENERATE_SERIES(MIN(month) - INTERVAL 11 MONTH, MAX(month) + INTERVAL 11 MONTH, INTERVAL 1 MONTH))::DATE AS month
  FROM (SELECT month FROM cell UNION ALL SELECT month FROM balance WHERE metric_id <> 'population') AS spanned
), expected AS (
  /* Received and expected cells by month: of an area's own force; for what is unplaced, of every force in its span. */
  SELECT metric_id, force_code, month, received, feeds AS expected FROM metric_cell
  UNION ALL
  SELECT
    force_span.metric_id, 'unplaced' AS force_code, month.month,
    SUM(COALESCE(metric_cell.received, 0)) AS received,
    SUM(LEN(definition.feeds)) AS expected
  FROM force_span
  JOIN definition ON force_span.metric_id = definition.metric_id
  JOIN month ON month.month BETWEEN force_span.first_month AND force_span.last_month
  LEFT JOIN metric_cell
    ON force_span.metric_id = metric_cell.metric_id
    AND force_span.force_code = metric_cell.force_code
    AND month.month = metric_cell.month
  GROUP BY force_span.metric_id, month.month
), period AS (
  SELECT DISTINCT
    period_type,
    CASE period_type
      WHEN 'month' THEN month
      WHEN 'quarter' THEN DATE_TRUNC('quarter', month)
      WHEN 'year' THEN DATE_TRUNC('year', month - INTERVAL 3 MONTH) + INTERVAL 3 MONTH
      ELSE month - INTERVAL 11 MONTH
    END::DATE AS period_start,
    CASE period_type WHEN 'month' THEN 1 WHEN 'quarter' THEN 3 ELSE 12 END::INTEGER AS months
  FROM month
  CROSS JOIN (SELECT UNNEST(['month', 'quarter', 'year', 'rolling12']) AS period_type) AS period_type
), dated_period AS (
  SELECT
    period_type, period_start, months,
    (period_start + TO_MONTHS(months) - INTERVAL 1 DAY)::DATE AS period_end,
    (period_start + TO_MONTHS(months) - INTERVAL 1 MONTH)::DATE AS last_month,
    (period_start - INTERVAL 3 MONTH)::DATE AS financial_start
  FROM period
), named_period AS (
  SELECT
    period_type, period_start, months, period_end, last_month,
    CASE period_type
      WHEN 'month' THEN STRFTIME(period_start, '%Y-%m')
      WHEN 'rolling12' THEN STRFTIME(last_month, '%Y-%m') || '-R12'
      ELSE STRFTIME(financial_start, '%Y') || '-' || STRFTIME(financial_start + INTERVAL 12 MONTH, '%y')
        || CASE period_type WHEN 'quarter' THEN '-Q' || EXTRACT(QUARTER FROM financial_start) ELSE '' END
    END AS period
  FROM dated_period
), period_month AS (
  SELECT period_type, period_start, (period_start + TO_MONTHS(step))::DATE AS month
  FROM (SELECT period_type, period_start, UNNEST(RANGE(months))::INTEGER AS step FROM dated_period) AS stepped
), received AS (
  SELECT metric_id, force_code, period_type, period_start, SUM(received) AS received, SUM(expected) AS expected, COUNT(*) AS months
  FROM expected
  JOIN period_month ON expected.month = period_month.month
  GROUP BY metric_id, force_code, period_type, period_start
), total AS (
  SELECT metric_id, area_code, breakdown, period_type, period_start, SUM(amount) AS amount
  FROM balance
  JOIN period_month ON balance.month = period_month.month
  WHERE metric_id <> 'population'
  GROUP BY metric_id, area_code, breakdown, period_type, period_start
), area_month AS (
  /* The months an area is spoken of: those its own force covers, and those covered by a force that recorded in it. */
  SELECT force_span.metric_id, area.area_code, force_span.first_month, force_span.last_month
  FROM force_span
  JOIN area ON force_span.force_code = area.force_code OR area.area_code = 'unplaced'
  UNION ALL
  SELECT definition.metric_id, recorded.area_code, force_span.first_month, force_span.last_month
  FROM (
    SELECT metric_id, area_code, force_code FROM posting WHERE amount <> 0
    UNION
    SELECT metric_id, la_code AS area_code, force_code FROM posting WHERE amount <> 0
  ) AS recorded
  JOIN definition ON recorded.metric_id = definition.numerator
  JOIN force_span ON definition.metric_id = force_span.metric_id AND recorded.force_code = force_span.force_code
), area_span AS (
  SELECT metric_id, area_code, MIN(first_month) AS first_month, MAX(last_month) AS last_month
  FROM area_month
  GROUP BY metric_id, area_code
), part_of_total AS (
  SELECT DISTINCT metric_id, breakdown FROM balance
), spoken AS (
  SELECT
    definition.metric_id, definition.definition_version, definition.unit, definition.numerator, definition.denominator, definition.rate_base,
    definition.interval_method, definition.settles_after_months, LEN(definition.feeds) AS feeds,
    area.area_code, area.area_name, area.area_type, area.force_code,
    named_period.period, named_period.period_type, named_period.period_start, named_period.period_end,
    named_period.months, COALESCE(part_of_total.breakdown, 'all') AS breakdown
  FROM definition
  JOIN area_span ON definition.metric_id = area_span.metric_id
  JOIN area ON area_span.area_code = area.area_code
  JOIN named_period
    ON named_period.last_month >= area_span.first_month
    AND CASE named_period.period_type WHEN 'rolling12' THEN named_period.last_month ELSE named_period.period_start END
      <= area_span.last_month
  LEFT JOIN part_of_total ON definition.numerator = part_of_total.metric_id
), estimate AS (
  SELECT balance.area_code, EXTRACT(YEAR FROM balance.month) AS year, balance.amount
  FROM balance
  WHERE balance.metric_id = 'population' AND balance.amount > 0 AND balance.area_code <> 'unplaced'
), estimated_part AS (
  SELECT force_code, EXTRACT(YEAR FROM month) AS year, COUNT(DISTINCT la_code) AS local_authorities
  FROM posting
  WHERE metric_id = 'population' AND amount > 0
  GROUP BY force_code, EXTRACT(YEAR FROM month)
), whole_estimate AS (
  /* A force has an estimate where every local authority of it has one. */
  SELECT estimate.area_code, estimate.year, estimate.amount
  FROM estimate
  LEFT JOIN kpi.police_force ON estimate.area_code = police_force.force_code
  LEFT JOIN estimated_part ON estimate.area_code = estimated_part.force_code AND estimate.year = estimated_part.year
  WHERE police_force.force_code IS NULL OR estimated_part.local_authorities = police_force.local_authorities
), period_year AS (
  SELECT DISTINCT EXTRACT(YEAR FROM period_end) AS period_year FROM dated_period
), resident AS (
  /* The latest estimate not after the period's year, else the earliest. */
  SELECT
    area_code, period_year,
    ARG_MAX(amount, CASE WHEN year <= period_year THEN 10000 + year ELSE 10000 - year END) AS amount,
    ARG_MAX(year, CASE WHEN year <= period_year THEN 10000 + year ELSE 10000 - year END) AS year
  FROM whole_estimate
  CROSS JOIN period_year
  GROUP BY area_code, period_year
), counted AS (
  SELECT
    spoken.metric_id, spoken.definition_version, spoken.area_code, spoken.area_name, spoken.area_type,
    spoken.period, spoken.period_type, spoken.period_start, spoken.period_end, spoken.breakdown,
    spoken.denominator AS divides_by, spoken.rate_base, spoken.interval_method,
    spoken.unit || COALESCE(' (mid-' || resident.year || ' estimate)', '') AS unit,
    COALESCE(received.received, 0) AS received,
    COALESCE(received.expected, 0) + (spoken.months - COALESCE(received.months, 0)) * spoken.feeds AS expected,
    top.amount AS top_amount,
    CASE
      WHEN spoken.denominator = 'population' THEN resident.amount
      WHEN spoken.denominator IS NULL THEN NULL
      ELSE COALESCE(bottom.amount, 0)
    END AS bottom_amount,
    spoken.period_end > known.as_of - TO_MONTHS(spoken.settles_after_months) AS is_provisional
  FROM spoken
  CROSS JOIN known
  LEFT JOIN received
    ON spoken.metric_id = received.metric_id
    AND spoken.force_code = received.force_code
    AND spoken.period_type = received.period_type
    AND spoken.period_start = received.period_start
  LEFT JOIN total AS top
    ON spoken.numerator = top.metric_id
    AND spoken.area_code = top.area_code
    AND spoken.breakdown = top.breakdown
    AND spoken.period_type = top.period_type
    AND spoken.period_start = top.period_start
  LEFT JOIN total AS bottom
    ON spoken.denominator = bottom.metric_id
    AND spoken.area_code = bottom.area_code
    AND spoken.breakdown = bottom.breakdown
    AND spoken.period_type = bottom.period_type
    AND spoken.period_start = bottom.period_start
  LEFT JOIN resident
    ON spoken.denominator = 'population'
    AND spoken.area_code = resident.area_code
    AND EXTRACT(YEAR FROM spoken.period_end) = resident.period_year
), judged AS (
  SELECT
    metric_id, definition_version, area_code, area_name, area_type, period, period_type, period_start, period_end,
    breakdown, divides_by, rate_base, interval_method, unit, received, expected,
    CASE WHEN received = 0 AND COALESCE(top_amount, 0) = 0 THEN NULL ELSE COALESCE(top_amount, 0) END AS numerator,
    CASE WHEN received = 0 AND COALESCE(top_amount, 0) = 0 THEN NULL ELSE bottom_amount END AS denominator,
    CASE
      WHEN received = 0 AND COALESCE(top_amount, 0) = 0 THEN 'missing'
      WHEN received < expected THEN 'incomplete'
      WHEN NOT divides_by IS NULL AND COALESCE(bottom_amount, 0) = 0 THEN 'unavailable'
      WHEN is_provisional THEN 'provisional'
      ELSE 'final'
    END AS status
  FROM counted
), valued AS (
  SELECT
    metric_id, definition_version, area_code, area_name, area_type, period, period_type, period_start, period_end,
    breakdown, numerator, denominator, unit, received, expected, status,
    CASE WHEN status IN ('final', 'provisional') THEN numerator END::DOUBLE AS n,
    denominator::DOUBLE AS d,
    rate_base,
    CASE
      WHEN NOT status IN ('final', 'provisional') THEN NULL
      WHEN interval_method = 'wilson' THEN 'wilson'
      WHEN numerator < 10 THEN 'exact'
      ELSE 'byar'
    END AS method,
    CASE WHEN divides_by IS NULL THEN 1 ELSE rate_base / NULLIF(denominator, 0)::DOUBLE END AS scale,
    1.959963984540054::DOUBLE AS z
  FROM judged
), bounded AS (
  /* Byar and Wilson as in the technical guide of the public health observatories; exact from chi-square quantiles. */
  SELECT
    metric_id, definition_version, area_code, area_name, area_type, period, period_type, period_start, period_end,
    breakdown, valued.numerator, denominator, unit, received, expected, status, method,
    CASE WHEN valued.denominator IS NULL THEN n ELSE n / NULLIF(d, 0) * rate_base END AS value,
    CASE method
      WHEN 'exact' THEN poisson_exact.lower * scale
      WHEN 'byar' THEN n * POWER(1 - 1 / (9 * n) - z / (3 * SQRT(n)), 3) * scale
      WHEN 'wilson' THEN (2 * n + z * z - z * SQRT(z * z + 4 * n * (1 - n / d))) / (2 * (d + z * z)) * rate_base
    END AS lower,
    CASE method
      WHEN 'exact' THEN poisson_exact.upper * scale
      WHEN 'byar' THEN (n + 1) * POWER(1 - 1 / (9 * (n + 1)) + z / (3 * SQRT(n + 1)), 3) * scale
      WHEN 'wilson' THEN (2 * n + z * z + z * SQRT(z * z + 4 * n * (1 - n / d))) / (2 * (d + z * z)) * rate_base
    END AS upper
  FROM valued
  LEFT JOIN kpi.poisson_exact ON valued.numerator = poisson_exact.numerator
)
SELECT
  metric_id::TEXT AS metric_id, -- Metric
  definition_version::INTEGER AS definition_version, -- Version of its definition
  area_code::TEXT AS area_code, -- ONS code, or unplaced
  area_name::TEXT AS area_name, -- Name of the area
  area_type::TEXT AS area_type, -- ward, local_authority, force or unplaced
  period::TEXT AS period, -- 2024-05, 2024-25-Q1, 2024-25 or 2025-03-R12
  period_type::TEXT AS period_type, -- month, quarter, year (financial) or rolling12
  period_start::DATE AS period_start, -- First day
  period_end::DATE AS period_end, -- Last day
  breakdown::TEXT AS breakdown, -- all, or the part of a breakdown
  numerator::BIGINT AS numerator, -- Balance of the postings; partial where the period is incomplete
  denominator::BIGINT AS denominator, -- What it is divided by; none for a count
  value::DOUBLE AS value, -- The number; none without full coverage
  unit::TEXT AS unit, -- Unit of value; a rate names its population estimate
  lower::DOUBLE AS lower, -- Lower limit of the 95 % interval
  upper::DOUBLE AS upper, -- Upper limit of the 95 % interval
  method::TEXT AS method, -- Method of the interval: byar, exact or wilson
  status::TEXT AS status, -- final, provisional, incomplete, missing or unavailable
  (received / expected)::DOUBLE AS coverage -- Cells received over expected, 0 to 1
FROM bounded
