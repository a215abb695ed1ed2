MODEL (
  name staging.area_lookup,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, layout, lsoa21_code, lsoa11_code),
  description 'One change row of the area_lookup feed, typed.',
  audits (
    entry_is_stated
  )
);

SELECT
  entry::BIGINT AS entry, /* Journal entry that posted the change row */
  posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  delivery_id::BIGINT AS delivery_id, /* Delivery that caused the change row */
  weight::INT AS weight, /* +1 the row is now there, -1 it no longer is */
  layout::TEXT AS layout, /* lsoa21_ward or lsoa11_lsoa21 */
  lsoa21_code::TEXT AS lsoa21_code, /* LSOA 2021 */
  ward_code::TEXT AS ward_code, /* Ward of the LSOA 2021 */
  ward_name::TEXT AS ward_name, /* Name of the ward */
  la_code::TEXT AS la_code, /* Local authority */
  la_name::TEXT AS la_name, /* Name of the local authority */
  lsoa11_code::TEXT AS lsoa11_code /* LSOA 2011 that became the LSOA 2021 */
FROM landing.area_lookup
