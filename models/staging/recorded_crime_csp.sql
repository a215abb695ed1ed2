MODEL (
  name staging.recorded_crime_csp,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the recorded_crime_csp feed, typed: the offences of one group in one partnership and financial year.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  cell_place::TEXT AS force_slug, /* Force of the cell */
  (
    cell_starts_on + INTERVAL '11' MONTH
  )::DATE AS month, /* Last month of the financial year */
  csp_name::TEXT AS csp_name, /* Community safety partnership as the Home Office names it */
  offence_group::TEXT AS offence_group, /* Offence group of the Home Office */
  @as_count(offences)::BIGINT AS offences, /* Offences recorded */
  @measure(offences)::TEXT AS offences_measure /* amount, suppressed or unavailable */
FROM @with_cell(landing.recorded_crime_csp) AS change
