MODEL (
  name core.crm_outcome,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of one outcome of the force''s own system in one place, with whether its type is positive.',
  audits (not_null(columns := (entry, crime_ref, ward_code, la_code)))
);

SELECT
  entry::BIGINT AS entry, -- The later entry of outcome and placement
  posted_at::TIMESTAMP AS posted_at, -- When that entry was posted, UTC
  posted_on::DATE AS posted_on, -- Day of posted_at
  feed::TEXT AS feed, -- Feed of the outcome
  delivery_id::BIGINT AS delivery_id, -- Delivery of that entry
  cause::TEXT AS cause, -- Cause of the change row; reference where the placement is the later
  weight::BIGINT AS weight, -- What it adds to a count
  origin_delivery_id::BIGINT AS origin_delivery_id, -- Delivery that had put the row there
  origin_row::BIGINT AS origin_row, -- Row number in that delivery
  ward_code::TEXT AS ward_code, -- Ward of the offence, or unplaced
  la_code::TEXT AS la_code, -- Local authority of the offence, or unplaced
  police_force.area_code::TEXT AS force_code, -- Police force area of the recording force
  month::DATE AS month, -- Month of the outcome
  crime_ref::TEXT AS crime_ref, -- Pseudonym of the offence
  offender_ref::TEXT AS offender_ref, -- Pseudonym of the offender, if there is one
  is_msv::BOOLEAN AS is_msv, -- The offence is flagged as most serious violence
  outcome_type.is_positive::BOOLEAN AS is_positive -- The type counts as positive under marking 1
FROM @in_place(
  staging.police_outcomes, layout, force_slug, month, crime_ref, offender_ref, is_msv, outcome_type
) AS outcome
JOIN reference.police_force ON outcome.force_slug = police_force.force_slug
JOIN reference.outcome_type ON outcome.outcome_type = outcome_type.outcome_type AND outcome_type.marking = 1
WHERE outcome.layout = 'crm'
