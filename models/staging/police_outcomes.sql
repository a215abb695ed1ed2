MODEL (
  name staging.police_outcomes,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the police_outcomes feed, typed; columns of the layout it was not sent in are empty.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  layout::TEXT AS layout, /* published or crm */
  cell_place::TEXT AS force_slug, /* Force of the cell */
  cell_starts_on::DATE AS month, /* Month of the outcome */
  lsoa_code::TEXT AS lsoa_code, /* LSOA (2011 or 2021), if known */
  crime_id::TEXT AS crime_id, /* published: id of the crime on data.police.uk */
  outcome::TEXT AS outcome, /* published: outcome category */
  outcome_id::TEXT AS outcome_id, /* crm: pseudonym of the outcome */
  crime_ref::TEXT AS crime_ref, /* crm: pseudonym of the offence */
  offender_ref::TEXT AS offender_ref, /* crm: pseudonym of the offender, if there is one */
  offence_code::TEXT AS offence_code, /* crm: offence class */
  @as_flag(most_serious_violence)::BOOLEAN AS is_msv, /* crm: the offence is flagged as most serious violence */
  @as_date(recorded_date)::DATE AS recorded_on, /* crm: day the crime was recorded */
  @as_date(outcome_date)::DATE AS outcome_on, /* crm: day of the outcome */
  outcome_type::TEXT AS outcome_type /* crm: Home Office outcome type */
FROM @with_cell(landing.police_outcomes) AS change
