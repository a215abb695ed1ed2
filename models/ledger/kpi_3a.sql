MODEL (
  name ledger.kpi_3a,
  kind INCREMENTAL_BY_TIME_RANGE (time_column posted_on),
  allow_partials true,
  owner data_engineering,
  grain (
    metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause
  ),
  description 'One posting of KPI 3a: joint patrols of police and council, and the minutes both were out.',
  audits (posting_is_whole)
);

WITH counted AS (
  SELECT
    ward_code, la_code, month, entry, posted_at, posted_on, delivery_id, cause, origin_delivery_id, origin_row,
    UNNEST([
      {'metric_id': '3a.joint_patrols', 'weight': weight},
      {'metric_id': '3a.joint_patrol_minutes', 'weight': weight * minutes}
    ]) AS told
  FROM core.joint_patrol
  WHERE posted_on BETWEEN @start_date AND @end_date
), change AS (
  SELECT
    told.metric_id AS metric_id, ward_code AS area_code, la_code, 'none' AS force_code, 'month' AS period_type, month,
    'all' AS breakdown, 'amount' AS measure, 1 AS series, entry, posted_at, posted_on, 'joint_patrols' AS feed,
    delivery_id, cause, told.weight AS weight, origin_delivery_id, origin_row
  FROM counted
)
SELECT @posting()
FROM change
GROUP BY ALL
HAVING SUM(weight) <> 0
