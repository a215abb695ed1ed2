MODEL (
  name ledger.kpi_2c,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause),
  description 'One posting of KPI 2c: screenings for child exploitation, and the children screened.',
  audits (
    posting_is_whole
  )
);

WITH screening AS (
  SELECT
    entry,
    posted_at,
    posted_on,
    delivery_id,
    cause,
    weight,
    origin_delivery_id,
    origin_row,
    la_code,
    quarter_start,
    screenings,
    screenings_measure,
    children,
    children_measure,
    children_in_year,
    children_in_year_measure,
    CASE
      WHEN agency = 'All agencies' AND risk_level = 'All levels'
      THEN 'all'
      WHEN agency = 'All agencies'
      THEN 'risk:' || LOWER(risk_level)
      WHEN risk_level = 'All levels'
      THEN 'agency:' || agency
    END AS breakdown
  FROM staging.ce_screening
  WHERE
    posted_on BETWEEN @start_date AND @end_date
), change AS (
  /* Screenings add up: they stand in the last month of the quarter, and years sum them. */
  SELECT
    '2c.screenings' AS metric_id,
    la_code AS area_code,
    la_code,
    'none' AS force_code,
    'month' AS period_type,
    (
      quarter_start + INTERVAL '2' MONTH
    )::DATE AS month,
    breakdown,
    screenings_measure AS measure,
    1 AS series,
    entry,
    posted_at,
    posted_on,
    'ce_screening' AS feed,
    delivery_id,
    cause,
    weight * COALESCE(screenings, 1) AS weight,
    origin_delivery_id,
    origin_row
  FROM screening
  WHERE
    NOT breakdown IS NULL
  UNION ALL
  /* Children do not: one may be screened in two quarters, by two agencies, at two levels of risk. */
  SELECT
    '2c.children_screened' AS metric_id,
    la_code AS area_code,
    'none' AS la_code,
    'none' AS force_code,
    'quarter' AS period_type,
    quarter_start AS month,
    breakdown,
    children_measure AS measure,
    1 AS series,
    entry,
    posted_at,
    posted_on,
    'ce_screening' AS feed,
    delivery_id,
    cause,
    weight * COALESCE(children, 1) AS weight,
    origin_delivery_id,
    origin_row
  FROM screening
  WHERE
    NOT breakdown IS NULL
  UNION ALL
  /* So the council says how many different children there were in twelve months; posted as told, and unavailable where it does not. */
  SELECT
    '2c.children_screened_in_year' AS metric_id,
    la_code AS area_code,
    'none' AS la_code,
    'none' AS force_code,
    'rolling12' AS period_type,
    (
      quarter_start - INTERVAL '9' MONTH
    )::DATE AS month,
    breakdown,
    children_in_year_measure AS measure,
    1 AS series,
    entry,
    posted_at,
    posted_on,
    'ce_screening' AS feed,
    delivery_id,
    cause,
    weight * COALESCE(children_in_year, 1) AS weight,
    origin_delivery_id,
    origin_row
  FROM screening
  WHERE
    NOT breakdown IS NULL
)
SELECT
  @posting()
FROM change
GROUP BY
  metric_id,
  area_code,
  la_code,
  force_code,
  period_type,
  month,
  breakdown,
  measure,
  series,
  entry,
  posted_at,
  posted_on,
  feed,
  delivery_id,
  cause
HAVING
  SUM(weight) <> 0
