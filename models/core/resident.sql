MODEL (
  name core.resident,
  kind VIEW,
  owner data_engineering,
  grain (entry, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of the residents of one LSOA in one place: population change rows joined with the placement of their LSOA.',
  audits (
    not_null(columns := (entry, ward_code, la_code))
  )
);

SELECT
  @placed_columns(),
  month::DATE AS month, /* June of the mid-year estimate */
  (
    weight * total_population
  )::BIGINT AS amount, /* Residents it adds */
  (
    weight * aged_10_to_24
  )::BIGINT AS aged_10_to_24 /* Residents aged 10 to 24 it adds */
FROM @in_place(staging.population, month, total_population, aged_10_to_24) AS resident
