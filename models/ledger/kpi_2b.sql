MODEL (
  name ledger.kpi_2b,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause),
  description 'One posting of KPI 2b: completions of training and the practitioners behind them, each once however often listed.',
  audits (
    posting_is_whole
  )
);

WITH touched AS (
  SELECT
    practitioner_ref
  FROM staging.training_records
  WHERE
    topic = 'exploitation' AND posted_on BETWEEN @start_date AND @end_date
  GROUP BY
    practitioner_ref
), listed AS (
  /* Every listing of a practitioner the built days touch: whether one more makes a difference depends on the others. */
  SELECT
    records.practitioner_ref,
    LOWER(TRIM(course)) || '/' || completed_on::TEXT AS completion,
    la_code,
    DATE_TRUNC('MONTH', completed_on)::DATE AS month,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    cause,
    weight,
    origin_delivery_id,
    origin_row
  FROM staging.training_records AS records
  JOIN touched
    ON records.practitioner_ref = touched.practitioner_ref
  WHERE
    topic = 'exploitation'
), completed AS (
  /* Completions are summed over months and roll up to nothing but their own area. */
  SELECT
    '2b.completions' AS metric_id,
    practitioner_ref || '/' || completion AS item,
    'all' AS breakdown,
    la_code AS ward_code,
    la_code,
    'none' AS force_code,
    month,
    entry,
    posted_at,
    posted_on,
    'training_records' AS feed,
    delivery_id,
    cause,
    weight,
    origin_delivery_id,
    origin_row
  FROM listed
), trained AS (
  SELECT
    '2b.practitioners' AS metric_id,
    practitioner_ref AS item,
    'all' AS breakdown,
    la_code AS ward_code,
    la_code,
    la_code AS force_code,
    month,
    entry,
    posted_at,
    posted_on,
    'training_records' AS feed,
    delivery_id,
    cause,
    weight,
    origin_delivery_id,
    origin_row
  FROM listed
), change AS (
  SELECT
    *
  FROM @distinct_items(completed) AS completion
  UNION ALL
  SELECT
    *
  FROM @distinct_items(trained, quarter, year, rolling12) AS practitioner
)
SELECT
  @posting()
FROM change
WHERE
  posted_on BETWEEN @start_date AND @end_date
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
