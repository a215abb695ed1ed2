MODEL (
  name staging.asb_incidents,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the asb_incidents feed, typed.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  cell_place::TEXT AS force_slug, /* Force of the cell */
  cell_starts_on::DATE AS month, /* Month of the call */
  incident_ref::TEXT AS incident_ref, /* Pseudonym of the incident */
  caller_ref::TEXT AS caller_ref, /* Pseudonym of the person who called, if known */
  @as_date(reported_on)::DATE AS reported_on, /* Local day of the call */
  LEFT(reported_at, 2)::TEXT AS hour, /* Local hour of the call, 00 to 23 */
  @weekday(@as_date(reported_on))::TEXT AS weekday, /* Local day of the week */
  LOWER(category)::TEXT AS category, /* personal, nuisance or environmental, as qualified now */
  @as_flag(recorded_as_crime)::BOOLEAN AS is_crime, /* It has been recorded as a crime */
  lsoa_code::TEXT AS lsoa_code /* LSOA (2011 or 2021), if known */
FROM @with_cell(landing.asb_incidents) AS change
