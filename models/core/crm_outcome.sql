MODEL (
  name core.crm_outcome,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of one outcome of the force''s own system in one place, with whether its type is positive.',
  audits (
    not_null(columns := (entry, crime_ref, ward_code, la_code))
  )
);

SELECT
  @placed_columns(),
  police_force.area_code::TEXT AS force_code, /* Police force area of the recording force */
  month::DATE AS month, /* Month of the outcome */
  outcome_on::DATE AS outcome_on, /* Day of the outcome */
  (
    month + INTERVAL '12' MONTH
  )::DATE AS followed_until, /* Month in which the twelve months after it end */
  crime_ref::TEXT AS crime_ref, /* Pseudonym of the offence */
  offender_ref::TEXT AS offender_ref, /* Pseudonym of the offender, if there is one */
  is_msv::BOOLEAN AS is_msv, /* The offence is flagged as most serious violence */
  outcome_type.is_positive::BOOLEAN AS is_positive /* The type counts as positive under marking 1 */
FROM @in_place(staging.police_outcomes, layout, force_slug, month, outcome_on, crime_ref, offender_ref, is_msv, outcome_type) AS outcome
JOIN reference.police_force
  ON outcome.force_slug = police_force.force_slug
JOIN reference.outcome_type
  ON outcome.outcome_type = outcome_type.outcome_type AND outcome_type.marking = 1
WHERE
  outcome.layout = 'crm'
