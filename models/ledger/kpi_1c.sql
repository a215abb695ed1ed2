MODEL (
  name ledger.kpi_1c,
  kind INCREMENTAL_BY_TIME_RANGE (time_column posted_on),
  allow_partials true,
  owner data_engineering,
  grain (
    metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause
  ),
  description 'One posting of KPI 1c: positive outcomes of violent crime, the offenders they were for, and the offences they came of.',
  audits (posting_is_whole)
);

WITH published AS (
  SELECT
    '1c.violence_positive_outcomes' AS metric_id, ward_code, la_code, force_code, month, entry, posted_at, posted_on,
    feed, delivery_id, cause, weight, origin_delivery_id, origin_row
  FROM core.offence
  JOIN reference.outcome_category ON offence.last_outcome_category = outcome_category.outcome_category
  WHERE offence.crime_type = 'Violence and sexual offences'
    AND outcome_category.is_positive
    AND posted_on BETWEEN @start_date AND @end_date
), recorded AS (
  SELECT
    '1c.msv_offences' AS metric_id, ward_code, la_code, force_code, month, entry, posted_at, posted_on,
    feed, delivery_id, cause, weight, origin_delivery_id, origin_row
  FROM core.crm_offence
  WHERE is_msv AND posted_on BETWEEN @start_date AND @end_date
), resolved AS (
  SELECT
    '1c.msv_cohort_with_outcome' AS metric_id, ward_code, la_code, force_code, month, entry, posted_at, posted_on,
    feed, delivery_id, cause, weight, origin_delivery_id, origin_row
  FROM core.msv_resolved_offence
  WHERE posted_on BETWEEN @start_date AND @end_date
), positive AS (
  SELECT
    '1c.msv_positive_outcomes' AS metric_id, ward_code, la_code, force_code, month, entry, posted_at, posted_on,
    feed, delivery_id, cause, weight, origin_delivery_id, origin_row
  FROM core.crm_outcome
  WHERE is_msv AND is_positive AND posted_on BETWEEN @start_date AND @end_date
), touched AS (
  SELECT offender_ref
  FROM core.crm_outcome
  WHERE is_msv AND is_positive AND NOT offender_ref IS NULL AND posted_on BETWEEN @start_date AND @end_date
  GROUP BY offender_ref
), offender AS (
  /* Every outcome of an offender the built days touch: whether one more makes a difference depends on the others. */
  SELECT
    '1c.msv_offenders' AS metric_id, crm_outcome.offender_ref AS item, 'all' AS breakdown, ward_code, la_code,
    force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause, weight, origin_delivery_id, origin_row
  FROM core.crm_outcome
  JOIN touched ON crm_outcome.offender_ref = touched.offender_ref
  WHERE is_msv AND is_positive
), additive AS (
  SELECT
    metric_id, ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM published
  UNION ALL
  SELECT
    metric_id, ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM recorded
  UNION ALL
  SELECT
    metric_id, ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM resolved
  UNION ALL
  SELECT
    metric_id, ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM positive
), change AS (
  SELECT
    metric_id, ward_code AS area_code, la_code, force_code, 'month' AS period_type, month, 'all' AS breakdown,
    'amount' AS measure, 1 AS series, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM additive
  UNION ALL
  SELECT
    metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, posted_at,
    posted_on, feed, delivery_id, cause, weight, origin_delivery_id, origin_row
  FROM @distinct_items(offender, month, quarter, year, rolling12) AS counted
  WHERE posted_on BETWEEN @start_date AND @end_date
)
SELECT @posting()
FROM change
GROUP BY ALL
HAVING SUM(weight) <> 0
