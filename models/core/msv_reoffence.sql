MODEL (
  name core.msv_reoffence,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, crime_ref, ward_code, la_code),
  description 'One change of one offence by which a person offended again: recorded within twelve months after a positive outcome of the person for most serious violence, with a positive outcome within eighteen. In the place of the first offence.',
  audits (
    not_null(columns := (entry, offender_ref, ward_code, la_code))
  )
);

/* A pair of outcomes of one person is bilinear: its weight is the product of both, its entry the later of the two.
   Two branches, so that a filter on posted_on reaches both scans. Of several offences a person offended again once: that
   is for the count of distinct people to say. */
WITH positive AS (
  SELECT
    entry,
    posted_at,
    posted_on,
    delivery_id,
    cause,
    weight,
    origin_delivery_id,
    origin_row,
    police_force.area_code AS force_code,
    crime_ref,
    offender_ref,
    recorded_on,
    outcome_on
  FROM staging.police_outcomes AS outcome
  JOIN reference.police_force
    ON outcome.force_slug = police_force.force_slug
  JOIN reference.outcome_type
    ON outcome.outcome_type = outcome_type.outcome_type AND outcome_type.marking = 1
  WHERE
    outcome.layout = 'crm' AND outcome_type.is_positive AND NOT outcome.offender_ref IS NULL
), paired AS (
  SELECT
    first_one.entry,
    first_one.posted_at,
    first_one.posted_on,
    first_one.delivery_id,
    first_one.cause,
    first_one.weight * again.weight AS weight,
    again.origin_delivery_id,
    again.origin_row,
    first_one.ward_code,
    first_one.la_code,
    first_one.force_code,
    first_one.followed_until,
    first_one.crime_ref,
    first_one.offender_ref
  FROM core.crm_outcome AS first_one
  JOIN positive AS again
    ON first_one.force_code = again.force_code
    AND first_one.offender_ref = again.offender_ref
    AND first_one.crime_ref <> again.crime_ref
    AND again.entry <= first_one.entry
    AND again.recorded_on > first_one.outcome_on
    AND again.recorded_on <= first_one.outcome_on + INTERVAL '12' MONTH
    AND again.outcome_on <= first_one.outcome_on + INTERVAL '18' MONTH
  WHERE
    first_one.is_msv AND first_one.is_positive
  UNION ALL
  SELECT
    again.entry,
    again.posted_at,
    again.posted_on,
    again.delivery_id,
    again.cause,
    first_one.weight * again.weight AS weight,
    again.origin_delivery_id,
    again.origin_row,
    first_one.ward_code,
    first_one.la_code,
    first_one.force_code,
    first_one.followed_until,
    first_one.crime_ref,
    first_one.offender_ref
  FROM positive AS again
  JOIN core.crm_outcome AS first_one
    ON again.force_code = first_one.force_code
    AND again.offender_ref = first_one.offender_ref
    AND again.crime_ref <> first_one.crime_ref
    AND again.entry > first_one.entry
    AND again.recorded_on > first_one.outcome_on
    AND again.recorded_on <= first_one.outcome_on + INTERVAL '12' MONTH
    AND again.outcome_on <= first_one.outcome_on + INTERVAL '18' MONTH
  WHERE
    first_one.is_msv AND first_one.is_positive
)
SELECT
  entry::BIGINT AS entry, /* The later entry of both outcomes and the placement of the first */
  posted_at::TIMESTAMP AS posted_at, /* When that entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  delivery_id::BIGINT AS delivery_id, /* Delivery of that entry */
  cause::TEXT AS cause, /* Cause of the later change row */
  weight::BIGINT AS weight, /* What it adds to a count of pairs */
  origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put the second outcome there */
  origin_row::BIGINT AS origin_row, /* Row number of the second outcome in that delivery */
  ward_code::TEXT AS ward_code, /* Ward of the first offence, or unplaced */
  la_code::TEXT AS la_code, /* Local authority of the first offence, or unplaced */
  force_code::TEXT AS force_code, /* Police force area of the force */
  followed_until::DATE AS followed_until, /* Month in which the twelve months after the first outcome end */
  crime_ref::TEXT AS crime_ref, /* Pseudonym of the first offence */
  offender_ref::TEXT AS offender_ref /* Pseudonym of the offender */
FROM paired
