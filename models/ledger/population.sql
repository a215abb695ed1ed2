MODEL (
  name ledger.population,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause),
  description 'One posting of the residents of an area: the denominator of rates.',
  audits (
    posting_is_whole
  )
);

WITH estimate AS (
  SELECT
    resident.ward_code,
    resident.la_code,
    COALESCE(la_force.force_area_code, 'unplaced') AS force_code,
    month,
    entry,
    posted_at,
    posted_on,
    feed,
    delivery_id,
    cause,
    amount,
    aged_10_to_24,
    origin_delivery_id,
    origin_row
  FROM core.resident
  LEFT JOIN reference.la_force
    ON resident.la_code = la_force.la_code
  WHERE
    posted_on BETWEEN @start_date AND @end_date
), change AS (
  SELECT
    counted.metric_id,
    ward_code AS area_code,
    la_code,
    force_code,
    'month' AS period_type,
    month,
    'all' AS breakdown,
    'amount' AS measure,
    1 AS series,
    entry,
    posted_at,
    posted_on,
    feed,
    delivery_id,
    cause,
    CASE counted.metric_id WHEN 'population' THEN amount ELSE aged_10_to_24 END AS weight,
    origin_delivery_id,
    origin_row
  FROM estimate
  CROSS JOIN (
    SELECT
      UNNEST(['population', 'population.aged_10_to_24']) AS metric_id
  ) AS counted
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
