MODEL (
  name ledger.kpi_3e,
  kind INCREMENTAL_BY_TIME_RANGE (time_column posted_on),
  allow_partials true,
  owner data_engineering,
  grain (
    metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause
  ),
  description 'One posting of KPI 3e: adults in treatment, unmet need, and deaths from drug poisoning.',
  audits (posting_is_whole)
);

WITH treated AS (
  SELECT
    entry, posted_at, posted_on, delivery_id, cause, weight, origin_delivery_id, origin_row, la_code,
    year_start AS month, CASE agency WHEN 'All agencies' THEN 'all' ELSE 'agency:' || agency END AS breakdown,
    UNNEST([
      {'metric_id': '3e.adults_in_treatment', 'measure': in_treatment_measure, 'people': in_treatment},
      {'metric_id': '3e.estimated_need', 'measure': estimated_need_measure, 'people': estimated_need},
      {'metric_id': '3e.unmet_need_adults', 'measure': unmet_need_measure, 'people': unmet_need}
    ]) AS told
  FROM staging.treatment
  WHERE posted_on BETWEEN @start_date AND @end_date
), figure AS (
  /* Twelve months each, of distinct people: posted as published and never summed. Need is known of the area only. */
  SELECT
    told.metric_id AS metric_id, la_code AS area_code, 'none' AS la_code, 'rolling12' AS period_type, month, breakdown,
    told.measure AS measure, told.people AS people, weight, entry, posted_at, posted_on, 'treatment' AS feed,
    delivery_id, cause, origin_delivery_id, origin_row
  FROM treated
  WHERE breakdown = 'all' OR told.metric_id = '3e.adults_in_treatment'
  UNION ALL
  SELECT
    '3e.drug_deaths' AS metric_id, area_code, area_code AS la_code, 'month' AS period_type, month, 'all' AS breakdown,
    deaths_measure AS measure, deaths AS people, weight, entry, posted_at, posted_on, 'deaths' AS feed,
    delivery_id, cause, origin_delivery_id, origin_row
  FROM staging.deaths
  WHERE posted_on BETWEEN @start_date AND @end_date AND LEFT(area_code, 3) IN ('E06', 'E07', 'E08', 'E09', 'W06')
  UNION ALL
  SELECT
    '3e.person_years' AS metric_id, area_code, area_code AS la_code, 'month' AS period_type, month, 'all' AS breakdown,
    residents_measure AS measure, residents AS people, weight, entry, posted_at, posted_on, 'population_la' AS feed,
    delivery_id, cause, origin_delivery_id, origin_row
  FROM staging.population_la
  WHERE posted_on BETWEEN @start_date AND @end_date AND LEFT(area_code, 3) IN ('E06', 'E07', 'E08', 'E09', 'W06')
), change AS (
  SELECT
    metric_id, area_code, la_code, 'none' AS force_code, period_type, month, breakdown, measure, 1 AS series,
    entry, posted_at, posted_on, feed, delivery_id, cause, weight * COALESCE(people, 1) AS weight,
    origin_delivery_id, origin_row
  FROM figure
)
SELECT @posting()
FROM change
GROUP BY ALL
HAVING SUM(weight) <> 0
