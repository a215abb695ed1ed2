MODEL (
  name core.nrm_referral,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change of the referrals of one first responder in one calendar quarter, in the area of one police force.',
  audits (
    not_null(columns := (entry, force_code, month))
  )
);

SELECT
  entry::BIGINT AS entry, /* Journal entry of the change row */
  posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  delivery_id::BIGINT AS delivery_id, /* Delivery of the entry */
  cause::TEXT AS cause, /* Cause of the change row */
  weight::BIGINT AS weight, /* +1 the figure is now there, -1 it no longer is */
  origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put the row there */
  origin_row::BIGINT AS origin_row, /* Row number in that delivery */
  police_force.area_code::TEXT AS force_code, /* Police force area of the figure */
  month::DATE AS month, /* Last month of the calendar quarter */
  first_responder::TEXT AS first_responder, /* Organisation that referred */
  referrals::BIGINT AS referrals, /* People referred */
  referrals_measure::TEXT AS referrals_measure /* amount, suppressed or unavailable */
FROM staging.nrm_referrals AS referral
JOIN reference.police_force
  ON referral.force_slug = police_force.force_slug
WHERE
  referral.scope = 'force'
