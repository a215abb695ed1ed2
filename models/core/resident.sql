MODEL (
  name core.resident,
  kind VIEW,
  owner data_engineering,
  grain (entry, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of the residents of one LSOA in one place: population change rows joined with the placement of their LSOA.',
  audits (not_null(columns := (entry, ward_code, la_code)))
);

SELECT
  entry::BIGINT AS entry, -- The later entry of population and placement
  posted_at::TIMESTAMP AS posted_at, -- When that entry was posted, UTC
  posted_on::DATE AS posted_on, -- Day of posted_at
  feed::TEXT AS feed, -- Feed of the estimate
  delivery_id::BIGINT AS delivery_id, -- Delivery of that entry
  cause::TEXT AS cause, -- Cause of the change row; reference where the placement is the later
  month::DATE AS month, -- June of the mid-year estimate
  ward_code::TEXT AS ward_code, -- Ward, or unplaced
  la_code::TEXT AS la_code, -- Local authority, or unplaced
  (weight * total_population)::BIGINT AS amount, -- Residents it adds
  (weight * aged_10_to_24)::BIGINT AS aged_10_to_24, -- Residents aged 10 to 24 it adds
  origin_delivery_id::BIGINT AS origin_delivery_id, -- Delivery that had put the row there
  origin_row::BIGINT AS origin_row -- Row number in that delivery
FROM @in_place(staging.population, month, total_population, aged_10_to_24) AS resident
