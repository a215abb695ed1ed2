MODEL (
  name staging.population_la,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the population_la feed, typed: the residents of one local authority at one mid-year.',
  audits (
    entry_is_stated
  )
);

WITH estimate AS (
  /* Early years leave the oldest ages out: their total is then not known, rather than the sum of the rest. */
  SELECT
    entry,
    posted_at,
    posted_on,
    delivery_id,
    origin_delivery_id,
    origin_row,
    weight,
    cause,
    cell,
    area_code,
    estimate_year,
    CASE WHEN layout = 'all_ages' THEN all_ages WHEN @any_age('[x]') THEN '[x]' ELSE @sum_of_ages()::BIGINT::TEXT END AS residents
  FROM landing.population_la
)
SELECT
  @change_columns(),
  area_code::TEXT AS area_code, /* ONS code of the local authority */
  (
    estimate_year || '-12-01'
  )::DATE AS month, /* December of the estimate's year */
  @as_count(residents)::BIGINT AS residents, /* Residents of all ages; none where an age is not known */
  @measure(residents)::TEXT AS residents_measure /* amount or unavailable */
FROM estimate
