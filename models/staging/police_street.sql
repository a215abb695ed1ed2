MODEL (
  name staging.police_street,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the police_street feed, typed.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  cell_place::TEXT AS force_slug, /* Force of the cell */
  (
    month || '-01'
  )::DATE AS month, /* Month the record belongs to */
  crime_id::TEXT AS crime_id, /* The force's identifier; empty for anti-social behaviour */
  lsoa_code::TEXT AS lsoa_code, /* LSOA (2011 or 2021) of the published point */
  crime_type::TEXT AS crime_type, /* Category of data.police.uk */
  last_outcome_category::TEXT AS last_outcome_category /* Latest outcome at publication */
FROM @with_cell(landing.police_street) AS change
