MODEL (
  name core.resident,
  kind VIEW,
  owner data_engineering,
  grain (entry, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of the residents of one LSOA in one place: population change rows joined with the placement of their LSOA.',
  audits (not_null(columns := (entry, ward_code, la_code)))
);

WITH stay AS (
  SELECT
    lsoa_code, ward_code, la_code, weight, entry AS from_entry,
    LEAD(entry, 1, 9223372036854775807) OVER (PARTITION BY lsoa_code ORDER BY entry, weight) AS until_entry
  FROM core.placement
), placed AS (
  SELECT lsoa_code, ward_code, la_code, from_entry, until_entry FROM stay WHERE weight = 1
), estimated AS (
  SELECT
    resident.entry, resident.posted_at, resident.posted_on, resident.delivery_id,
    resident.origin_delivery_id, resident.origin_row, resident.cause, resident.month,
    resident.weight * resident.total_population AS amount,
    COALESCE(placed.ward_code, 'unplaced') AS ward_code,
    COALESCE(placed.la_code, 'unplaced') AS la_code
  FROM staging.population AS resident
  LEFT JOIN placed
    ON resident.lsoa_code = placed.lsoa_code
    AND placed.from_entry < resident.entry
    AND placed.until_entry > resident.entry
), moved AS (
  SELECT
    placement.entry, placement.posted_at, placement.posted_on, placement.delivery_id,
    resident.origin_delivery_id, resident.origin_row, resident.month,
    resident.weight * resident.total_population * placement.weight AS amount,
    placement.ward_code, placement.la_code
  FROM core.placement
  JOIN staging.population AS resident
    ON placement.lsoa_code = resident.lsoa_code AND placement.entry > resident.entry
), moved_both AS (
  SELECT entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, month, amount, ward_code, la_code
  FROM moved
  UNION ALL
  SELECT
    entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, month, -amount AS amount,
    'unplaced' AS ward_code, 'unplaced' AS la_code
  FROM moved
), rejoined AS (
  SELECT
    entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, 'reference' AS cause, month,
    SUM(amount) AS amount, ward_code, la_code
  FROM moved_both
  GROUP BY entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, month, ward_code, la_code
  HAVING SUM(amount) <> 0
), resident_in_place AS (
  SELECT
    entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, cause, month, amount, ward_code, la_code
  FROM estimated
  UNION ALL
  SELECT
    entry, posted_at, posted_on, delivery_id, origin_delivery_id, origin_row, cause, month, amount, ward_code, la_code
  FROM rejoined
)
SELECT
  entry::BIGINT AS entry, -- The later entry of population and placement
  posted_at::TIMESTAMP AS posted_at, -- When that entry was posted, UTC
  posted_on::DATE AS posted_on, -- Day of posted_at
  'population'::TEXT AS feed, -- Feed of the estimate
  delivery_id::BIGINT AS delivery_id, -- Delivery of that entry
  cause::TEXT AS cause, -- Cause of the change row; reference where the placement is the later
  month::DATE AS month, -- June of the mid-year estimate
  ward_code::TEXT AS ward_code, -- Ward, or unplaced
  la_code::TEXT AS la_code, -- Local authority, or unplaced
  amount::BIGINT AS amount, -- Residents it adds
  origin_delivery_id::BIGINT AS origin_delivery_id, -- Delivery that had put the row there
  origin_row::BIGINT AS origin_row -- Row number in that delivery
FROM resident_in_place
