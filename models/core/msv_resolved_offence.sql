MODEL (
  name core.msv_resolved_offence,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of one live offence of most serious violence with a positive outcome so far, in the month and place of the offence.',
  audits (
    not_null(columns := (entry, ward_code, la_code))
  )
);

/* Whether a crime has a positive outcome is not linear: its outcomes are summed by crime, and what counts is whether the
   sum is above nothing. From there on the join with the cohort is bilinear, as with places: either side may be the later.
   The outcomes of one crime may lie in any entry, so this reads the positive outcomes whole: a few columns of few rows. */
WITH positive AS (
  /* Of several causes in one entry the first of a fixed order; apart for rows that came and rows that went. */
  SELECT
    force_slug,
    crime_ref,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    ARG_MIN(cause, @cause_rank(cause)) FILTER(WHERE
      weight > 0) AS gained,
    ARG_MIN(cause, @cause_rank(cause)) FILTER(WHERE
      weight < 0) AS lost,
    SUM(weight) AS weight
  FROM staging.police_outcomes
  JOIN reference.outcome_type
    ON police_outcomes.outcome_type = outcome_type.outcome_type
  WHERE
    layout = 'crm' AND outcome_type.is_positive AND outcome_type.marking = 1
  GROUP BY
    force_slug,
    crime_ref,
    entry,
    posted_at,
    posted_on,
    delivery_id
), step AS (
  SELECT
    force_slug,
    crime_ref,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    gained,
    lost,
    weight,
    SUM(weight) OVER (PARTITION BY force_slug, crime_ref ORDER BY entry) AS outcomes
  FROM positive
), resolution AS (
  /* The entries at which a crime got its first positive outcome, or lost its last. */
  SELECT
    police_force.area_code AS force_code,
    crime_ref,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    CASE WHEN outcomes > 0 THEN gained ELSE lost END AS cause,
    CASE WHEN outcomes > 0 THEN 1 ELSE -1 END AS weight,
    LEAD(entry, 1, 9223372036854775807) OVER (PARTITION BY step.force_slug, crime_ref ORDER BY entry) AS until_entry
  FROM step
  JOIN reference.police_force
    ON step.force_slug = police_force.force_slug
  WHERE
    (
      outcomes > 0
    ) <> (
      outcomes - weight > 0
    )
), resolved AS (
  SELECT
    offence.entry,
    offence.posted_at,
    offence.posted_on,
    offence.feed,
    offence.delivery_id,
    offence.cause,
    offence.weight,
    offence.origin_delivery_id,
    offence.origin_row,
    offence.ward_code,
    offence.la_code,
    offence.force_code,
    offence.month
  FROM core.crm_offence AS offence
  JOIN resolution
    ON offence.force_code = resolution.force_code
    AND offence.offence_id = resolution.crime_ref
    AND resolution.weight = 1
    AND resolution.entry <= offence.entry
    AND resolution.until_entry > offence.entry
  WHERE
    offence.is_msv
  UNION ALL
  SELECT
    resolution.entry,
    resolution.posted_at,
    resolution.posted_on,
    'police_outcomes' AS feed,
    resolution.delivery_id,
    resolution.cause,
    SUM(offence.weight * resolution.weight)::BIGINT AS weight,
    offence.origin_delivery_id,
    offence.origin_row,
    offence.ward_code,
    offence.la_code,
    offence.force_code,
    offence.month
  FROM resolution
  JOIN core.crm_offence AS offence
    ON resolution.force_code = offence.force_code
    AND resolution.crime_ref = offence.offence_id
    AND resolution.entry > offence.entry
  WHERE
    offence.is_msv
  GROUP BY
    resolution.entry,
    resolution.posted_at,
    resolution.posted_on,
    resolution.delivery_id,
    resolution.cause,
    offence.origin_delivery_id,
    offence.origin_row,
    offence.ward_code,
    offence.la_code,
    offence.force_code,
    offence.month
  HAVING
    SUM(offence.weight * resolution.weight) <> 0
)
SELECT
  entry::BIGINT AS entry, /* The later entry of offence, placement and outcome */
  posted_at::TIMESTAMP AS posted_at, /* When that entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  feed::TEXT AS feed, /* Feed of the change: police_outcomes where the outcome is the later */
  delivery_id::BIGINT AS delivery_id, /* Delivery of that entry */
  cause::TEXT AS cause, /* Cause of the later change row */
  weight::BIGINT AS weight, /* What it adds to a count */
  origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put the offence there */
  origin_row::BIGINT AS origin_row, /* Row number of the offence in that delivery */
  ward_code::TEXT AS ward_code, /* Ward of the offence, or unplaced */
  la_code::TEXT AS la_code, /* Local authority of the offence, or unplaced */
  force_code::TEXT AS force_code, /* Police force area of the recording force */
  month::DATE AS month /* Month the offence was recorded in */
FROM resolved
