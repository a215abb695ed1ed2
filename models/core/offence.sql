MODEL (
  name core.offence,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of one recorded offence in one place: offence change rows joined with the placement of their LSOA.',
  audits (
    not_null(columns := (entry, ward_code, la_code))
  )
);

SELECT
  @placed_columns(),
  month::DATE AS month, /* Month the offence belongs to */
  police_force.area_code::TEXT AS force_code, /* Police force area of the recording force */
  crime_type::TEXT AS crime_type, /* Category of data.police.uk */
  last_outcome_category::TEXT AS last_outcome_category /* Latest outcome at publication */
FROM @in_place(staging.police_street, force_slug, month, crime_type, last_outcome_category) AS offence
JOIN reference.police_force
  ON offence.force_slug = police_force.force_slug
