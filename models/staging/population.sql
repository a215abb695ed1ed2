MODEL (
  name staging.population,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the population feed, typed.',
  audits (entry_is_stated)
);

SELECT
  entry::BIGINT AS entry, -- Journal entry that posted the change row
  posted_at::TIMESTAMP AS posted_at, -- When the entry was posted, UTC
  posted_on::DATE AS posted_on, -- Day of posted_at
  delivery_id::BIGINT AS delivery_id, -- Delivery that caused the change row
  origin_delivery_id::BIGINT AS origin_delivery_id, -- Delivery that had put the row there
  origin_row::BIGINT AS origin_row, -- Row number in that delivery; the header is row 1
  weight::INTEGER AS weight, -- +1 the row is now there, -1 it no longer is
  cause::TEXT AS cause, -- Why
  (cell || '-06-01')::DATE AS month, -- June of the mid-year estimate
  lsoa_code::TEXT AS lsoa_code, -- LSOA (2011 or 2021)
  total_population::BIGINT AS total_population -- Usual residents of all ages
FROM landing.population
