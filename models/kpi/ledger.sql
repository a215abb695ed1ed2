MODEL (
  name kpi.ledger,
  kind VIEW,
  owner analytics,
  grain (metric_id, area_code, la_code, force_code, month, breakdown, entry, cause),
  description 'One posting: one metric, one cell, one entry, one cause, one signed amount.',
  audits (not_null(columns := (metric_id, amount)))
);

WITH posting AS (
  SELECT
    metric_id, area_code, la_code, force_code, month, breakdown, entry,
     posted_at, feed, delivery_id, cause, amount, evidence
  FROM ledger.kpi_1a
  UNION ALL
  SELECT
    metric_id, area_code, la_code, force_code, month, breakdown, entry,
     posted_at, feed, delivery_id, cause, amount, evidence
  FROM ledger.kpi_1c
  UNION ALL
  SELECT
    metric_id, area_code, la_code, force_code, month, breakdown, entry,
     posted_at, feed, delivery_id, cause, amount, evidence
  FROM ledger.kpi_3c
  UNION ALL
  SELECT
    metric_id, area_code, la_code, force_code, month, breakdown, entry,
     posted_at, feed, delivery_id, cause, amount, evidence
  FROM ledger.population
)
SELECT
  metric_id::TEXT AS metric_id, -- Metric the amount counts in
  area_code::TEXT AS area_code, -- Ward, or unplaced
  la_code::TEXT AS la_code, -- Local authority, or unplaced
  force_code::TEXT AS force_code, -- Police force area of the recording force
  month::DATE AS month, -- Month the records belong to
  breakdown::TEXT AS breakdown, -- all, or the part of a breakdown
  entry::BIGINT AS entry, -- Journal entry
  posted_at::TIMESTAMP AS posted_at, -- When the entry was posted, UTC
  feed::TEXT AS feed, -- Feed of the rows
  delivery_id::BIGINT AS delivery_id, -- Delivery of the entry
  cause::TEXT AS cause, -- Why
  amount::BIGINT AS amount, -- What the entry adds to the balance
  evidence::STRUCT(delivery_id BIGINT, source_row BIGINT, weight BIGINT)[] AS evidence -- The rows that make the amount
FROM posting
