AUDIT (
  name posting_is_whole
);

/* A posting says everything, is never nothing, and lies on the first of a month. */
SELECT
  metric_id,
  area_code,
  month,
  entry
FROM @this_model
WHERE
  (
    metric_id IS NULL OR area_code IS NULL OR la_code IS NULL OR force_code IS NULL OR month IS NULL
  )
  OR (
    entry IS NULL OR cause IS NULL OR breakdown IS NULL OR series IS NULL
  )
  OR NOT COALESCE(
    period_type IN ('month', 'quarter', 'calendar_quarter', 'year', 'calendar_year', 'rolling12', 'rolling36'),
    FALSE
  )
  OR NOT COALESCE(measure IN ('amount', 'suppressed', 'unavailable'), FALSE)
  OR COALESCE(amount, 0) = 0
  OR EXTRACT(DAY FROM month) <> 1
  OR COALESCE(ARRAY_LENGTH(evidence), 0) = 0
  OR posted_on <> posted_at::DATE
UNION ALL
/* Its rows make its amount. */
SELECT
  metric_id,
  area_code,
  month,
  entry
FROM (
  SELECT
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
    cause,
    amount,
    UNNEST(evidence) AS source
  FROM @this_model
) AS posting
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
  cause,
  amount
HAVING
  SUM(source.weight) IS DISTINCT FROM amount
UNION ALL
/* And it stands once. */
SELECT
  metric_id,
  area_code,
  month,
  entry
FROM @this_model
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
  cause
HAVING
  COUNT(*) > 1
