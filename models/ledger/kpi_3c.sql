MODEL (
  name ledger.kpi_3c,
  kind INCREMENTAL_BY_TIME_RANGE (time_column posted_on),
  allow_partials true,
  owner data_engineering,
  grain (metric_id, area_code, la_code, force_code, month, breakdown, entry, cause),
  description 'One posting of KPI 3c: anti-social behaviour incidents recorded by the police.',
  audits (
    not_null(columns := (metric_id, area_code, la_code, force_code, month, entry, cause, amount)),
    unique_combination_of_columns(
      columns := (metric_id, area_code, la_code, force_code, month, breakdown, entry, cause)
    ),
    posting_is_whole
  )
);

WITH change AS (
  SELECT
    '3c.asb_incidents' AS metric_id,
    ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM core.offence
  WHERE crime_type = 'Anti-social behaviour'
    AND posted_on BETWEEN @start_date AND @end_date
)
SELECT
  metric_id::TEXT AS metric_id, -- Metric the amount counts in
  ward_code::TEXT AS area_code, -- Ward, or unplaced
  la_code::TEXT AS la_code, -- Local authority, or unplaced
  force_code::TEXT AS force_code, -- Police force area of the recording force
  month::DATE AS month, -- Month the offences belong to
  'all'::TEXT AS breakdown, -- No breakdown in this feed
  entry::BIGINT AS entry, -- Journal entry
  posted_at::TIMESTAMP AS posted_at, -- When the entry was posted, UTC
  posted_on::DATE AS posted_on, -- Day of posted_at
  feed::TEXT AS feed, -- Feed of the rows
  delivery_id::BIGINT AS delivery_id, -- Delivery of the entry
  cause::TEXT AS cause, -- Why
  SUM(weight)::BIGINT AS amount, -- What the entry adds to the balance
  ARRAY_AGG(
    {'delivery_id': origin_delivery_id, 'source_row': origin_row, 'weight': weight}
    ORDER BY origin_delivery_id, origin_row, weight
  )::STRUCT(delivery_id BIGINT, source_row BIGINT, weight BIGINT)[] AS evidence -- The rows that make the amount
FROM change
GROUP BY metric_id, ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause
HAVING SUM(weight) <> 0
