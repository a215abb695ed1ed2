MODEL (
  name ledger.kpi_2d,
  kind INCREMENTAL_BY_TIME_RANGE (time_column posted_on),
  allow_partials true,
  owner data_engineering,
  grain (
    metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause
  ),
  description 'One posting of KPI 2d: children who feel safer, and parents and carers who are more confident.',
  audits (posting_is_whole)
);

WITH answered AS (
  SELECT
    entry, posted_at, posted_on, delivery_id, cause, weight, origin_delivery_id, origin_row, la_code, month,
    wording_version, ['all', 'age:' || age_band, 'sex:' || sex] AS breakdowns,
    CASE WHEN respondent_group = 'child' THEN [
      {'metric_id': '2d.children_asked', 'measure': respondents_measure, 'people': respondents},
      {'metric_id': '2d.children_safer', 'measure': agree_measure, 'people': agree}
    ] ELSE [
      {'metric_id': '2d.carers_asked', 'measure': respondents_measure, 'people': respondents},
      {'metric_id': '2d.carers_more_confident', 'measure': agree_measure, 'people': agree}
    ] END AS figures
  FROM staging.safety_survey
  WHERE posted_on BETWEEN @start_date AND @end_date
    AND ((question_id = 'feel_safer' AND respondent_group = 'child')
      OR (question_id = 'more_confident' AND respondent_group = 'carer'))
), figure AS (
  SELECT
    entry, posted_at, posted_on, delivery_id, cause, weight, origin_delivery_id, origin_row, la_code, month,
    wording_version, breakdowns, UNNEST(figures) AS told
  FROM answered
), change AS (
  SELECT
    told.metric_id AS metric_id, la_code AS area_code, la_code, 'none' AS force_code, 'month' AS period_type, month,
    UNNEST(breakdowns) AS breakdown, told.measure AS measure, wording_version AS series, entry, posted_at, posted_on,
    'safety_survey' AS feed, delivery_id, cause, weight * COALESCE(told.people, 1) AS weight,
    origin_delivery_id, origin_row
  FROM figure
)
SELECT @posting()
FROM change
GROUP BY ALL
HAVING SUM(weight) <> 0
