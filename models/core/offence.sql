MODEL (
  name core.offence,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of one recorded offence in one place: offence change rows joined with the placement of their LSOA.',
  audits (not_null(columns := (entry, ward_code, la_code)))
);

/* Two branches that share no CTE, so that a filter on posted_on reaches both scans: a delivery reads its own rows
   only, and the whole feed is read only for entries that changed a placement. */
WITH stay AS (
  /* From which entry until before which an LSOA lies in a place. */
  SELECT
    lsoa_code, ward_code, la_code, weight, entry AS from_entry,
    LEAD(entry, 1, 9223372036854775807) OVER (PARTITION BY lsoa_code ORDER BY entry, weight) AS until_entry
  FROM core.placement
), placed AS (
  SELECT lsoa_code, ward_code, la_code, from_entry, until_entry FROM stay WHERE weight = 1
), recorded AS (
  SELECT
    offence.entry, offence.posted_at, offence.posted_on, offence.delivery_id,
    offence.origin_delivery_id, offence.origin_row, offence.weight, offence.cause,
    police_force.area_code AS force_code, offence.month, offence.crime_type, offence.last_outcome_category,
    COALESCE(placed.ward_code, 'unplaced') AS ward_code,
    COALESCE(placed.la_code, 'unplaced') AS la_code
  FROM staging.police_street AS offence
  JOIN reference.police_force ON offence.force_slug = police_force.force_slug
  LEFT JOIN placed
    ON offence.lsoa_code = placed.lsoa_code
    AND placed.from_entry < offence.entry
    AND placed.until_entry > offence.entry
), moved AS (
  SELECT
    placement.entry, placement.posted_at, placement.posted_on, placement.delivery_id,
    offence.origin_delivery_id, offence.origin_row, offence.weight * placement.weight AS weight,
    police_force.area_code AS force_code, offence.month, offence.crime_type, offence.last_outcome_category,
    placement.ward_code, placement.la_code
  FROM core.placement
  JOIN staging.police_street AS offence
    ON placement.lsoa_code = offence.lsoa_code AND placement.entry > offence.entry
  JOIN reference.police_force ON offence.force_slug = police_force.force_slug
), moved_both AS (
  SELECT
    entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, weight,
    force_code, month, crime_type, last_outcome_category, ward_code, la_code
  FROM moved
  UNION ALL
  SELECT
    entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, -weight AS weight,
    force_code, month, crime_type, last_outcome_category, 'unplaced' AS ward_code, 'unplaced' AS la_code
  FROM moved
), rejoined AS (
  SELECT
    entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, SUM(weight) AS weight,
    'reference' AS cause, force_code, month, crime_type, last_outcome_category, ward_code, la_code
  FROM moved_both
  GROUP BY
    entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row,
    force_code, month, crime_type, last_outcome_category, ward_code, la_code
  HAVING SUM(weight) <> 0
), offence_in_place AS (
  SELECT
    entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, weight, cause,
    force_code, month, crime_type, last_outcome_category, ward_code, la_code
  FROM recorded
  UNION ALL
  SELECT
    entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, weight, cause,
    force_code, month, crime_type, last_outcome_category, ward_code, la_code
  FROM rejoined
)
SELECT
  entry::BIGINT AS entry, -- The later entry of offence and placement
  posted_at::TIMESTAMP AS posted_at, -- When that entry was posted, UTC
  posted_on::DATE AS posted_on, -- Day of posted_at
  'police_street'::TEXT AS feed, -- Feed of the offence
  delivery_id::BIGINT AS delivery_id, -- Delivery of that entry
  cause::TEXT AS cause, -- Cause of the change row; reference where the placement is the later
  month::DATE AS month, -- Month the offence belongs to
  force_code::TEXT AS force_code, -- Police force area of the recording force
  ward_code::TEXT AS ward_code, -- Ward, or unplaced
  la_code::TEXT AS la_code, -- Local authority, or unplaced
  crime_type::TEXT AS crime_type, -- Category of data.police.uk
  last_outcome_category::TEXT AS last_outcome_category, -- Latest outcome at publication
  weight::BIGINT AS weight, -- What it adds to a count
  origin_delivery_id::BIGINT AS origin_delivery_id, -- Delivery that had put the row there
  origin_row::BIGINT AS origin_row -- Row number in that delivery
FROM offence_in_place
