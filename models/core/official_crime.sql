MODEL (
  name core.official_crime,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, la_code),
  description 'One change of one published figure of recorded crime, in one local authority. The figure is the authority''s own only where the authority is one partnership and nothing else lies in it; elsewhere it is not available.',
  audits (
    not_null(columns := (entry, la_code, month))
  )
);

WITH partnership AS (
  SELECT
    csp_code,
    COUNT(*) AS authorities
  FROM reference.csp_authority
  GROUP BY
    csp_code
), authority AS (
  SELECT
    la_code,
    COUNT(*) AS partnerships
  FROM reference.csp_authority
  GROUP BY
    la_code
), place AS (
  SELECT
    csp_authority.csp_name,
    csp_authority.force_area_code,
    csp_authority.la_code,
    partnership.authorities = 1 AND authority.partnerships = 1 AS is_own
  FROM reference.csp_authority
  JOIN partnership
    ON csp_authority.csp_code = partnership.csp_code
  JOIN authority
    ON csp_authority.la_code = authority.la_code
), figure AS (
  SELECT
    crime.entry,
    crime.posted_at,
    crime.posted_on,
    crime.delivery_id,
    crime.cause,
    crime.weight,
    crime.origin_delivery_id,
    crime.origin_row,
    crime.month,
    crime.csp_name,
    crime.offence_group,
    crime.offences,
    crime.offences_measure,
    police_force.area_code AS force_area_code
  FROM staging.recorded_crime_csp AS crime
  JOIN reference.police_force
    ON crime.force_slug = police_force.force_slug
)
SELECT
  entry::BIGINT AS entry, /* Journal entry of the change row */
  posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  delivery_id::BIGINT AS delivery_id, /* Delivery of the entry */
  cause::TEXT AS cause, /* Cause of the change row */
  weight::BIGINT AS weight, /* +1 the figure is now there, -1 it no longer is */
  origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put the row there */
  origin_row::BIGINT AS origin_row, /* Row number in that delivery */
  COALESCE(place.la_code, 'unplaced')::TEXT AS la_code, /* Local authority of the partnership; unplaced where no list knows the partnership */
  month::DATE AS month, /* Last month of the financial year */
  offence_group::TEXT AS offence_group, /* Offence group of the Home Office */
  CASE WHEN COALESCE(place.is_own, TRUE) THEN offences END::BIGINT AS offences, /* Offences recorded; none where the partnership is not the authority */
  CASE WHEN COALESCE(place.is_own, TRUE) THEN offences_measure ELSE 'unavailable' END::TEXT AS offences_measure /* amount, suppressed or unavailable */
FROM figure
LEFT JOIN place
  ON figure.csp_name = place.csp_name AND figure.force_area_code = place.force_area_code
