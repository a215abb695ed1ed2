MODEL (
  name ledger.kpi_3e,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause),
  description 'One posting of KPI 3e as published: adults in treatment and unmet need.',
  audits (
    posting_is_whole
  )
);

WITH treated AS (
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
    year_start AS month,
    CASE agency WHEN 'All agencies' THEN 'all' ELSE 'agency:' || agency END AS breakdown,
    UNNEST(
      [
        {'metric_id': '3e.adults_in_treatment', 'measure': in_treatment_measure, 'people': in_treatment},
        {'metric_id': '3e.estimated_need', 'measure': estimated_need_measure, 'people': estimated_need},
        {'metric_id': '3e.unmet_need_adults', 'measure': unmet_need_measure, 'people': unmet_need}
      ]
    ) AS told
  FROM staging.treatment
  WHERE
    posted_on BETWEEN @start_date AND @end_date
), figure AS (
  /* Twelve months each, of distinct people: posted as published and never summed. Need is known of the area only. */
  SELECT
    told.metric_id AS metric_id,
    la_code AS area_code,
    'none' AS la_code,
    'rolling12' AS period_type,
    month,
    breakdown,
    told.measure AS measure,
    told.people AS people,
    weight,
    entry,
    posted_at,
    posted_on,
    'treatment' AS feed,
    delivery_id,
    cause,
    origin_delivery_id,
    origin_row
  FROM treated
  WHERE
    breakdown = 'all' OR told.metric_id = '3e.adults_in_treatment'
), change AS (
  SELECT
    metric_id,
    area_code,
    la_code,
    'none' AS force_code,
    period_type,
    month,
    breakdown,
    measure,
    1 AS series,
    entry,
    posted_at,
    posted_on,
    feed,
    delivery_id,
    cause,
    weight * COALESCE(people, 1) AS weight,
    origin_delivery_id,
    origin_row
  FROM figure
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
