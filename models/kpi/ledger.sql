MODEL (
  name kpi.ledger,
  kind VIEW,
  owner analytics,
  grain (metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause),
  description 'One posting: one metric, one cell, one entry, one cause, one signed amount.',
  audits (
    not_null(columns := (metric_id, amount))
  )
);

WITH whole AS (
  /* A partnership of several authorities has postings of its own: those of its authorities, added up. */
  SELECT
    metric_id,
    partnership_code AS area_code,
    'none' AS la_code,
    'none' AS force_code,
    period_type,
    month,
    breakdown,
    measure,
    series,
    entry,
    posted_at,
    feed,
    delivery_id,
    cause,
    SUM(posting.amount) AS amount,
    LIST_SORT(FLATTEN(ARRAY_AGG(evidence))) AS evidence
  FROM @every_ledger() AS posting
  JOIN reference.partnership
    ON posting.la_code = partnership.la_code
  WHERE
    partnership_code <> partnership.la_code AND posting.area_code <> partnership_code
  GROUP BY
    metric_id,
    partnership_code,
    period_type,
    month,
    breakdown,
    measure,
    series,
    entry,
    posted_at,
    feed,
    delivery_id,
    cause
  HAVING
    SUM(posting.amount) <> 0
), posting AS (
  SELECT
    *
  FROM @every_ledger() AS ledger
  UNION ALL
  SELECT
    *
  FROM whole
)
SELECT
  metric_id::TEXT AS metric_id, /* Metric the amount counts in */
  area_code::TEXT AS area_code, /* Smallest area of an additive metric, or unplaced; else the area itself */
  la_code::TEXT AS la_code, /* Local authority it rolls up to; unplaced, or none where nothing rolls up */
  force_code::TEXT AS force_code, /* Police force area it rolls up to; unplaced, or none */
  period_type::TEXT AS period_type, /* month where months are summed; else the length of the period */
  month::DATE AS month, /* Month the amount belongs to; first month of a longer period */
  breakdown::TEXT AS breakdown, /* all, or the part of a breakdown, such as sex:F */
  measure::TEXT AS measure, /* amount; or suppressed or unavailable, and amount is a number of such figures */
  series::INT AS series, /* Figures of different series, such as two wordings, are never compared */
  entry::BIGINT AS entry, /* Journal entry */
  posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  feed::TEXT AS feed, /* Feed of the rows */
  delivery_id::BIGINT AS delivery_id, /* Delivery of the entry */
  cause::TEXT AS cause, /* Why */
  amount::BIGINT AS amount, /* What the entry adds to the balance */
  evidence::STRUCT(delivery_id BIGINT, source_row BIGINT, weight BIGINT)[] AS evidence /* The rows that make the amount */
FROM posting
