MODEL (
  name staging.population,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the population feed, typed.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  (
    cell_starts_on + INTERVAL '5' MONTH
  )::DATE AS month, /* June of the mid-year estimate */
  lsoa_code::TEXT AS lsoa_code, /* LSOA (2011 or 2021) */
  total_population::BIGINT AS total_population, /* Usual residents of all ages */
  (
    age_10::BIGINT + age_11::BIGINT + age_12::BIGINT + age_13::BIGINT + age_14::BIGINT + age_15::BIGINT + age_16::BIGINT + age_17::BIGINT + age_18::BIGINT + age_19::BIGINT + age_20::BIGINT + age_21::BIGINT + age_22::BIGINT + age_23::BIGINT + age_24::BIGINT
  )::BIGINT AS aged_10_to_24 /* Usual residents aged 10 to 24 */
FROM @with_cell(landing.population) AS change
