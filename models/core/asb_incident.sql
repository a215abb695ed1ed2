MODEL (
  name core.asb_incident,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of one incident of anti-social behaviour in one place, under the category it has now.',
  audits (
    not_null(columns := (entry, incident_ref, category, ward_code, la_code))
  )
);

SELECT
  @placed_columns(),
  police_force.area_code::TEXT AS force_code, /* Police force area of the recording force */
  month::DATE AS month, /* Month of the call */
  hour::TEXT AS hour, /* Local hour of the call, 00 to 23 */
  weekday::TEXT AS weekday, /* Local day of the week */
  incident_ref::TEXT AS incident_ref, /* Pseudonym of the incident */
  caller_ref::TEXT AS caller_ref, /* Pseudonym of the person who called, if known */
  category::TEXT AS category, /* personal, nuisance or environmental */
  is_crime::BOOLEAN AS is_crime, /* It has been recorded as a crime */
  lsoa_code::TEXT AS lsoa_code /* LSOA of the incident as the force sent it, if known */
FROM @in_place(staging.asb_incidents, force_slug, month, hour, weekday, incident_ref, caller_ref, category, is_crime, lsoa_code) AS incident
JOIN reference.police_force
  ON incident.force_slug = police_force.force_slug
