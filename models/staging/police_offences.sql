MODEL (
  name staging.police_offences,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the police_offences feed, typed.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  cell_place::TEXT AS force_slug, /* Force of the cell */
  cell_starts_on::DATE AS month, /* Month the offence was recorded in */
  offence_id::TEXT AS offence_id, /* Pseudonym of the offence */
  offence_code::TEXT AS offence_code, /* Offence class as first recorded, in the force's words */
  status::TEXT AS status, /* recorded, reclassified or cancelled */
  reclassified_to::TEXT AS reclassified_to, /* Offence class it now has, where reclassified, in the force's words */
  lsoa_code::TEXT AS lsoa_code, /* LSOA (2011 or 2021), if known */
  COALESCE(layout = 'offence_with_victim', FALSE)::BOOLEAN AS has_victim_ref, /* The file has a column of victims */
  victim_ref::TEXT AS victim_ref, /* Pseudonym of the victim, if the force sends one */
  @as_count(victim_age)::INT AS victim_age, /* Age in years, if known */
  CASE
    WHEN UPPER(LEFT(victim_sex, 1)) IN ('F', 'M')
    THEN UPPER(LEFT(victim_sex, 1))
    WHEN LOWER(victim_sex) IN ('x', 'other')
    THEN 'X'
  END::TEXT AS victim_sex, /* F, M, X for another, if known */
  @as_flag(domestic_abuse)::BOOLEAN AS is_domestic_abuse, /* Flagged as domestic abuse */
  @as_flag(knife)::BOOLEAN AS has_knife, /* A knife or sharp instrument */
  @as_flag(other_weapon)::BOOLEAN AS has_other_weapon, /* Another weapon */
  @as_flag(most_serious_violence)::BOOLEAN AS is_msv /* Flagged as most serious violence */
FROM @with_cell(landing.police_offences) AS change
