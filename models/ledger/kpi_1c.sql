MODEL (
  name ledger.kpi_1c,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause),
  description 'One posting of the offenders of KPI 1c: different people, which no sum of outcomes gives.',
  audits (
    posting_is_whole
  )
);

WITH touched AS (
  SELECT
    offender_ref
  FROM core.crm_outcome
  WHERE
    is_msv AND is_positive AND NOT offender_ref IS NULL AND posted_on BETWEEN @start_date AND @end_date
  GROUP BY
    offender_ref
), offender AS (
  /* Every outcome of an offender the built days touch: whether one more makes a difference depends on the others. */
  SELECT
    '1c.msv_offenders' AS metric_id,
    crm_outcome.offender_ref AS item,
    'all' AS breakdown,
    ward_code,
    la_code,
    force_code,
    month,
    entry,
    posted_at,
    posted_on,
    feed,
    delivery_id,
    cause,
    weight,
    origin_delivery_id,
    origin_row
  FROM core.crm_outcome
  JOIN touched
    ON crm_outcome.offender_ref = touched.offender_ref
  WHERE
    is_msv AND is_positive
)
SELECT
  @posting()
FROM @distinct_items(offender, month, quarter, year, rolling12) AS change
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
