/* The residents that a rate divides by: one estimate for each area and year of a period. */
WITH estimated_part AS (
  SELECT
    as_of,
    force_code,
    EXTRACT(YEAR FROM month) AS year,
    COUNT(DISTINCT la_code) AS local_authorities
  FROM live
  WHERE
    metric_id = 'population' AND amount > 0
  GROUP BY
    as_of,
    force_code,
    EXTRACT(YEAR FROM month)
), estimate AS (
  SELECT
    as_of,
    metric_id,
    area_code,
    breakdown,
    EXTRACT(YEAR FROM month) AS year,
    amount
  FROM balance
  WHERE
    metric_id IN (
      SELECT
        denominator
      FROM definition
      WHERE
        denominator_kind = 'residents'
    )
    AND amount > 0
    AND area_code IN (
      SELECT
        area_code
      FROM area
      WHERE
        area_code <> 'unplaced'
    )
), whole_estimate AS (
  /* A force has an estimate where every local authority of it has one. */
  SELECT
    estimate.as_of,
    estimate.metric_id,
    estimate.area_code,
    estimate.breakdown,
    estimate.year,
    estimate.amount
  FROM estimate
  LEFT JOIN kpi.police_force
    ON estimate.area_code = police_force.force_code
  LEFT JOIN estimated_part
    ON estimate.as_of = estimated_part.as_of
    AND estimate.area_code = estimated_part.force_code
    AND estimate.year = estimated_part.year
  WHERE
    police_force.force_code IS NULL OR estimated_part.local_authorities = police_force.local_authorities
), period_year AS (
  SELECT DISTINCT
    EXTRACT(YEAR FROM period_end) AS period_year
  FROM named_period
)
/* The latest estimate not after the period's year, else the earliest. */
SELECT
  as_of,
  metric_id,
  area_code,
  breakdown,
  period_year,
  ARG_MAX(amount, CASE WHEN year <= period_year THEN 10000 + year ELSE 10000 - year END) AS amount,
  ARG_MAX(year, CASE WHEN year <= period_year THEN 10000 + year ELSE 10000 - year END) AS year
FROM whole_estimate
CROSS JOIN period_year
GROUP BY
  as_of,
  metric_id,
  area_code,
  breakdown,
  period_year
