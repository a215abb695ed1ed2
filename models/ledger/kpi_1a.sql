MODEL (
  name ledger.kpi_1a,
  kind INCREMENTAL_BY_TIME_RANGE (time_column posted_on),
  allow_partials true,
  owner data_engineering,
  grain (
    metric_id, area_code, la_code, force_code, period_type, month, breakdown, measure, series, entry, cause
  ),
  description 'One posting of KPI 1a: serious violence recorded by the police.',
  audits (posting_is_whole)
);

WITH published AS (
  SELECT
    CASE crime_type
      WHEN 'Violence and sexual offences' THEN '1a.violence_and_sexual_offences'
      WHEN 'Robbery' THEN '1a.robbery'
      ELSE '1a.possession_of_weapons'
    END AS metric_id,
    'all' AS breakdown,
    ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM core.offence
  WHERE crime_type IN ('Violence and sexual offences', 'Robbery', 'Possession of weapons')
    AND posted_on BETWEEN @start_date AND @end_date
), flagged AS (
  /* Flags overlap: an offence counts once in each metric it belongs to, and the metrics are never summed. */
  SELECT
    UNNEST(LIST_FILTER([
      CASE WHEN offence_group = 'Violence against the person' THEN '1a.violence_against_person' END,
      CASE WHEN is_serious_violence AND victim_age BETWEEN 10 AND 24 THEN '1a.serious_youth_violence' END,
      CASE WHEN offence_group = 'Sexual offences' THEN '1a.sexual_offences' END,
      CASE WHEN offence_group = 'Violence against the person' AND is_domestic_abuse THEN '1a.domestic_abuse_violence' END,
      CASE WHEN is_assault AND has_weapon THEN '1a.knife_weapon_assaults' END
    ], counted -> NOT counted IS NULL)) AS metric_id,
    age_band, sex, ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM core.crm_offence
  WHERE posted_on BETWEEN @start_date AND @end_date
), broken_down AS (
  SELECT
    metric_id,
    UNNEST(
      CASE WHEN metric_id IN ('1a.domestic_abuse_violence', '1a.sexual_offences')
        THEN ['all', 'age:' || age_band, 'sex:' || sex] ELSE ['all'] END
    ) AS breakdown,
    ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM flagged
), counted AS (
  SELECT
    metric_id, breakdown, ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause,
    weight, origin_delivery_id, origin_row
  FROM published
  UNION ALL
  SELECT
    metric_id, breakdown, ward_code, la_code, force_code, month, entry, posted_at, posted_on, feed, delivery_id, cause,
    weight, origin_delivery_id, origin_row
  FROM broken_down
), change AS (
  SELECT
    metric_id, ward_code AS area_code, la_code, force_code, 'month' AS period_type, month, breakdown,
    'amount' AS measure, 1 AS series, entry, posted_at, posted_on, feed, delivery_id, cause, weight,
    origin_delivery_id, origin_row
  FROM counted
)
SELECT @posting()
FROM change
GROUP BY ALL
HAVING SUM(weight) <> 0
