MODEL (
  name ledger.kpi_3c,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause),
  description 'One posting of KPI 3c: people who reported personal anti-social behaviour three times or more in twelve months.',
  audits (
    posting_is_whole
  )
);

WITH touched AS (
  SELECT
    caller_ref
  FROM core.asb_incident
  WHERE
    category = 'personal' AND NOT is_crime AND NOT caller_ref IS NULL AND posted_on BETWEEN @start_date AND @end_date
  GROUP BY
    caller_ref
), caller AS (
  /* Every report of a caller the built days touch: whether one more makes a difference depends on the others. */
  SELECT
    '3c.repeat_callers' AS metric_id,
    asb_incident.caller_ref AS item,
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
  FROM core.asb_incident
  JOIN touched
    ON asb_incident.caller_ref = touched.caller_ref
  WHERE
    category = 'personal' AND NOT is_crime
)
SELECT
  @posting()
FROM @distinct_items(caller, rolling12, at_least := 3) AS change
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
