MODEL (
  name ledger.kpi_3c,
  kind INCREMENTAL_BY_TIME_RANGE (time_column posted_on),
  allow_partials true,
  owner data_engineering,
  grain (
    metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause
  ),
  description 'One posting of KPI 3c: anti-social behaviour incidents recorded by the police.',
  audits (posting_is_whole)
);

WITH change AS (
  SELECT
    '3c.asb_incidents' AS metric_id,
    ward_code AS area_code, la_code, force_code, 'month' AS period_type, month, 'all' AS breakdown,
    'amount' AS measure, 1 AS series, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM core.offence
  WHERE crime_type = 'Anti-social behaviour'
    AND posted_on BETWEEN @start_date AND @end_date
)
SELECT @posting()
FROM change
GROUP BY ALL
HAVING SUM(weight) <> 0
