MODEL (
  name staging.nrm_referrals,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the nrm_referrals feed, typed: the referrals of one first responder in one calendar quarter and scope.',
  audits (
    entry_is_stated
  )
);

WITH referral AS (
  SELECT
    entry,
    posted_at,
    posted_on,
    delivery_id,
    origin_delivery_id,
    origin_row,
    weight,
    cause,
    cell,
    scope,
    county,
    first_responder,
    referrals,
    cell_place,
    cell_starts_on
  FROM @with_cell(landing.nrm_referrals) AS change
)
SELECT
  @change_columns(),
  cell_place::TEXT AS force_slug, /* Force of the cell */
  (
    cell_starts_on + INTERVAL '2' MONTH
  )::DATE AS month, /* Last month of the calendar quarter */
  CASE scope WHEN 'County' THEN 'county' ELSE 'force' END::TEXT AS scope, /* force or county: figures of different scope are never added */
  county::TEXT AS county, /* The county, where the scope is one */
  first_responder::TEXT AS first_responder, /* Organisation that referred */
  @as_count(referrals)::BIGINT AS referrals, /* People referred */
  @measure(referrals)::TEXT AS referrals_measure /* amount, suppressed or unavailable */
FROM referral
