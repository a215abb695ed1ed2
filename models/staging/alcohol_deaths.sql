MODEL (
  name staging.alcohol_deaths,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, registration_year),
  description 'One change row of the alcohol_deaths feed, typed: the alcohol-specific deaths registered in one year in one area.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  area_code::TEXT AS area_code, /* ONS code of the area: local, regional or national */
  (
    registration_year || '-12-01'
  )::DATE AS month, /* December of the year of registration */
  registration_year::INT AS registration_year, /* Calendar year of registration */
  @as_count(deaths)::BIGINT AS deaths, /* Deaths registered */
  @measure(deaths)::TEXT AS deaths_measure /* amount, suppressed or unavailable */
FROM landing.alcohol_deaths
