/* The numbers: what is counted, divided, judged and bounded. */
WITH area_month AS (
  /* The months an area is spoken of: those its own places cover, and those covered by a force that recorded in it. */
  SELECT
    span.as_of,
    span.metric_id,
    area.area_code,
    span.first_month,
    span.last_month
  FROM span
  JOIN place_cover
    ON span.as_of = place_cover.as_of AND span.cover_code = place_cover.cover_code
  JOIN area
    ON place_cover.as_of = area.as_of
    AND place_cover.la_code IS NOT DISTINCT FROM area.la_code
    AND place_cover.force_code IS NOT DISTINCT FROM area.force_code
  UNION ALL
  SELECT
    span.as_of,
    span.metric_id,
    area.area_code,
    span.first_month,
    span.last_month
  FROM span
  JOIN area
    ON span.as_of = area.as_of AND area.area_code = 'unplaced'
  UNION ALL
  SELECT
    recorded.as_of,
    definition.metric_id,
    recorded.area_code,
    span.first_month,
    span.last_month
  FROM (
    SELECT DISTINCT
      as_of,
      metric_id,
      UNNEST([area_code, la_code]) AS area_code,
      force_code
    FROM live
  ) AS recorded
  JOIN definition
    ON recorded.metric_id = definition.numerator
  JOIN span
    ON recorded.as_of = span.as_of AND definition.metric_id = span.metric_id AND recorded.force_code = span.cover_code
), area_span AS (
  SELECT
    as_of,
    metric_id,
    area_code,
    MIN(first_month) AS first_month,
    MAX(last_month) AS last_month
  FROM area_month
  GROUP BY
    as_of,
    metric_id,
    area_code
), part_of_total AS (
  SELECT DISTINCT
    as_of,
    metric_id,
    breakdown
  FROM live
), spoken AS (
  /* A figure that comes once a quarter or year is given for the rolling periods that end with one. A metric that looks
     back is not spoken of before there can be cells to look back on. */
  SELECT
    pair.as_of,
    definition.metric_id,
    definition.definition_version,
    definition.unit,
    definition.numerator,
    definition.denominator,
    definition.denominator_kind,
    definition.divisor,
    definition.rate_base,
    definition.interval_method,
    definition.settles_after_months,
    expected.parts,
    area.area_code,
    area.area_name,
    area.area_type,
    area.la_code,
    area.force_code,
    named_period.period,
    named_period.period_type,
    named_period.period_start,
    named_period.period_end,
    LEAST(named_period.months, COALESCE(whole.months, named_period.months)) + definition.looks_back_months AS months,
    COALESCE(part_of_total.breakdown, 'all') AS breakdown
  FROM definition
  JOIN expected
    ON definition.metric_id = expected.metric_id
  LEFT JOIN whole
    ON definition.metric_id = whole.metric_id
  JOIN pair
    ON definition.metric_id = pair.metric_id
  JOIN area_span
    ON pair.as_of = area_span.as_of AND pair.metric_id = area_span.metric_id AND pair.area_code = area_span.area_code
  JOIN area
    ON pair.as_of = area.as_of AND pair.area_code = area.area_code
  JOIN named_period
    ON ARRAY_CONTAINS(definition.periods, named_period.period_type)
    AND named_period.last_month >= area_span.first_month
    AND (
      definition.looks_back_months = 0
      OR (
        named_period.period_start - definition.looks_back_months::INT * INTERVAL '1' MONTH
      )::DATE >= area_span.first_month
    )
    AND CASE
      WHEN named_period.period_type IN ('rolling12', 'rolling36')
      THEN named_period.last_month
      ELSE named_period.period_start
    END <= area_span.last_month
    AND (
      NOT named_period.period_type IN ('rolling12', 'rolling36')
      OR definition.cadence = 'monthly'
      OR EXTRACT(MONTH FROM named_period.last_month) = 12
      OR (
        definition.cadence = 'quarterly' AND EXTRACT(MONTH FROM named_period.last_month) IN (3, 6, 9)
      )
    )
  LEFT JOIN part_of_total
    ON pair.as_of = part_of_total.as_of AND definition.numerator = part_of_total.metric_id
), counted AS (
  SELECT
    spoken.as_of,
    spoken.metric_id,
    spoken.definition_version,
    spoken.area_code,
    spoken.area_name,
    spoken.area_type,
    spoken.period,
    spoken.period_type,
    spoken.period_start,
    spoken.period_end,
    spoken.breakdown,
    spoken.denominator AS divides_by,
    spoken.rate_base,
    spoken.interval_method,
    spoken.unit || COALESCE(' (mid-' || residents.year || ' estimate)', '') AS unit,
    residents.year AS denominator_year,
    COALESCE(coverage.received, 0) AS received,
    COALESCE(coverage.expected, 0) + (
      spoken.months - COALESCE(coverage.months, 0)
    ) * spoken.parts AS expected,
    top.amount AS top_amount,
    CASE
      WHEN spoken.denominator_kind = 'residents'
      THEN residents.amount
      WHEN NOT spoken.divisor IS NULL
      THEN spoken.divisor
      WHEN spoken.denominator IS NULL
      THEN NULL
      ELSE COALESCE(bottom.amount, 0)
    END AS bottom_amount,
    COALESCE(top.suppressed, 0) + COALESCE(bottom.suppressed, 0) AS suppressed,
    COALESCE(top.unavailable, 0) + COALESCE(bottom.unavailable, 0) AS unavailable,
    COALESCE(coverage.held_rows, 0) AS held_rows,
    CASE WHEN spoken.area_type <> 'unplaced' THEN COALESCE(top.unplaced, 0) END AS unplaced,
    GREATEST(COALESCE(all_top.amount, top.amount, 0), COALESCE(top.unplaced, 0)) AS top_everywhere,
    COALESCE(bottom.unplaced, 0) AS bottom_unplaced,
    GREATEST(COALESCE(all_bottom.amount, bottom.amount, 0), COALESCE(bottom.unplaced, 0)) AS bottom_everywhere,
    COALESCE(top.series, bottom.series, 1) AS series,
    spoken.period_end > spoken.as_of - spoken.settles_after_months * INTERVAL '1' MONTH AS is_provisional
  FROM spoken
  LEFT JOIN coverage
    ON spoken.as_of = coverage.as_of
    AND spoken.metric_id = coverage.metric_id
    AND spoken.la_code IS NOT DISTINCT FROM coverage.la_code
    AND spoken.force_code IS NOT DISTINCT FROM coverage.force_code
    AND spoken.period_type = coverage.period_type
    AND spoken.period_start = coverage.period_start
  LEFT JOIN balances AS top
    ON spoken.as_of = top.as_of
    AND spoken.numerator = top.metric_id
    AND spoken.area_code = top.area_code
    AND spoken.breakdown = top.breakdown
    AND spoken.period_type = top.period_type
    AND spoken.period_start = top.period_start
  LEFT JOIN balances AS bottom
    ON spoken.as_of = bottom.as_of
    AND spoken.denominator = bottom.metric_id
    AND spoken.area_code = bottom.area_code
    AND spoken.breakdown = bottom.breakdown
    AND spoken.period_type = bottom.period_type
    AND spoken.period_start = bottom.period_start
  LEFT JOIN balances AS all_top
    ON spoken.as_of = all_top.as_of
    AND spoken.numerator = all_top.metric_id
    AND spoken.force_code = all_top.area_code
    AND spoken.breakdown = all_top.breakdown
    AND spoken.period_type = all_top.period_type
    AND spoken.period_start = all_top.period_start
  LEFT JOIN balances AS all_bottom
    ON spoken.as_of = all_bottom.as_of
    AND spoken.denominator = all_bottom.metric_id
    AND spoken.force_code = all_bottom.area_code
    AND spoken.breakdown = all_bottom.breakdown
    AND spoken.period_type = all_bottom.period_type
    AND spoken.period_start = all_bottom.period_start
  LEFT JOIN residents
    ON spoken.as_of = residents.as_of
    AND spoken.denominator = residents.metric_id
    AND spoken.area_code = residents.area_code
    AND spoken.breakdown = residents.breakdown
    AND EXTRACT(YEAR FROM spoken.period_end) = residents.period_year
), judged AS (
  SELECT
    as_of,
    metric_id,
    definition_version,
    area_code,
    area_name,
    area_type,
    period,
    period_type,
    period_start,
    period_end,
    breakdown,
    divides_by,
    rate_base,
    interval_method,
    unit,
    denominator_year,
    received,
    expected,
    held_rows,
    series,
    CASE WHEN received > 0 OR COALESCE(top_amount, 0) <> 0 THEN unplaced END AS unplaced,
    CASE
      WHEN unplaced IS NULL OR (
        received = 0 AND COALESCE(top_amount, 0) = 0
      )
      THEN NULL
      ELSE LEAST(
        CASE WHEN unplaced > 0 THEN 1 - unplaced::DOUBLE / top_everywhere ELSE 1 END,
        CASE WHEN bottom_unplaced > 0 THEN 1 - bottom_unplaced::DOUBLE / bottom_everywhere ELSE 1 END
      )
    END AS placed,
    CASE
      WHEN suppressed > 0 OR unavailable > 0
      THEN NULL
      WHEN received = 0 AND COALESCE(top_amount, 0) = 0
      THEN NULL
      ELSE COALESCE(top_amount, 0)
    END AS numerator,
    CASE WHEN received = 0 AND COALESCE(top_amount, 0) = 0 THEN NULL ELSE bottom_amount END AS denominator,
    CASE
      WHEN received = 0 AND COALESCE(top_amount, 0) = 0
      THEN 'missing'
      WHEN received < expected
      THEN 'incomplete'
      WHEN suppressed > 0
      THEN 'suppressed'
      WHEN unavailable > 0
      THEN 'unavailable'
      WHEN NOT divides_by IS NULL AND COALESCE(bottom_amount, 0) = 0
      THEN 'unavailable'
      WHEN is_provisional
      THEN 'provisional'
      ELSE 'final'
    END AS status
  FROM counted
), valued AS (
  SELECT
    as_of,
    metric_id,
    definition_version,
    area_code,
    area_name,
    area_type,
    period,
    period_type,
    period_start,
    period_end,
    breakdown,
    numerator,
    denominator,
    unit,
    denominator_year,
    received,
    expected,
    held_rows,
    series,
    unplaced,
    placed,
    status,
    CASE WHEN status IN ('final', 'provisional') THEN numerator END::DOUBLE AS n,
    denominator::DOUBLE AS d,
    rate_base,
    CASE
      WHEN NOT status IN ('final', 'provisional')
      THEN NULL
      WHEN interval_method = 'none'
      THEN NULL
      WHEN interval_method = 'wilson'
      THEN CASE WHEN numerator <= denominator THEN 'wilson' END
      WHEN numerator < 10
      THEN 'exact'
      ELSE 'byar'
    END AS method,
    CASE WHEN divides_by IS NULL THEN 1 ELSE rate_base / NULLIF(denominator, 0)::DOUBLE END AS scale,
    1.959963984540054::DOUBLE AS z
  FROM judged
), bounded AS (
  /* Byar and Wilson as in the technical guide of the public health observatories; exact from chi-square quantiles. */
  SELECT
    as_of,
    metric_id,
    definition_version,
    area_code,
    area_name,
    area_type,
    period,
    period_type,
    period_start,
    period_end,
    breakdown,
    valued.numerator,
    denominator,
    unit,
    denominator_year,
    received,
    expected,
    held_rows,
    series,
    unplaced,
    placed,
    status,
    method,
    CASE WHEN valued.denominator IS NULL THEN n ELSE n / NULLIF(d, 0) * rate_base END AS value,
    CASE method
      WHEN 'exact'
      THEN poisson_exact.lower * scale
      WHEN 'byar'
      THEN n * POWER(1 - 1 / (
        9 * n
      ) - z / (
        3 * SQRT(n)
      ), 3) * scale
      WHEN 'wilson'
      THEN (
        2 * n + z * z - z * SQRT(z * z + 4 * n * (
          1 - n / d
        ))
      ) / (
        2 * (
          d + z * z
        )
      ) * rate_base
    END AS lower,
    CASE method
      WHEN 'exact'
      THEN poisson_exact.upper * scale
      WHEN 'byar'
      THEN (
        n + 1
      ) * POWER(1 - 1 / (
        9 * (
          n + 1
        )
      ) + z / (
        3 * SQRT(n + 1)
      ), 3) * scale
      WHEN 'wilson'
      THEN (
        2 * n + z * z + z * SQRT(z * z + 4 * n * (
          1 - n / d
        ))
      ) / (
        2 * (
          d + z * z
        )
      ) * rate_base
    END AS upper
  FROM valued
  LEFT JOIN kpi.poisson_exact
    ON valued.numerator = poisson_exact.numerator
)
SELECT
  as_of::TIMESTAMP AS as_of, /* Moment: postings up to it count */
  metric_id::TEXT AS metric_id, /* Metric */
  definition_version::INT AS definition_version, /* Version of its definition */
  area_code::TEXT AS area_code, /* ONS code, or unplaced */
  area_name::TEXT AS area_name, /* Name of the area */
  area_type::TEXT AS area_type, /* ward, local_authority, partnership, force or unplaced */
  period::TEXT AS period, /* 2024-05, 2024-25-Q1, 2024-25, 2024-Q1, 2024, 2025-03-R12 or 2020-12-R36 */
  period_type::TEXT AS period_type, /* month, quarter or year (financial), calendar_quarter, calendar_year, rolling12 or rolling36 */
  period_start::DATE AS period_start, /* First day */
  period_end::DATE AS period_end, /* Last day */
  breakdown::TEXT AS breakdown, /* all, or the part of a breakdown */
  numerator::BIGINT AS numerator, /* Balance of the postings; partial where the period is incomplete, none where a figure is held back */
  denominator::BIGINT AS denominator, /* What it is divided by; none for a count */
  value::DOUBLE AS value, /* The number; none without full coverage */
  unit::TEXT AS unit, /* Unit of value; a rate names its population estimate */
  lower::DOUBLE AS lower, /* Lower limit of the 95 % interval */
  upper::DOUBLE AS upper, /* Upper limit of the 95 % interval */
  method::TEXT AS method, /* Method of the interval: byar, exact or wilson */
  status::TEXT AS status, /* final, provisional, incomplete, missing, suppressed or unavailable */
  (
    received / expected
  )::DOUBLE AS coverage, /* Cells received over expected, 0 to 1 */
  held_rows::BIGINT AS held_rows, /* Rows held back in its cells, which could change it */
  series::INT AS series, /* Numbers of different series are never compared */
  denominator_year::INT AS denominator_year, /* Year of the estimate of residents that a rate divides by; none where it divides by none */
  placed::DOUBLE AS placed, /* What is placed over all that was recorded where the area lies, 0 to 1; at the area's own level */
  unplaced::BIGINT AS unplaced /* What no lookup places at the area's level and may belong to the area; counted as the numerator is */
FROM bounded
