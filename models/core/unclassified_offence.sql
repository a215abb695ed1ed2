MODEL (
  name core.unclassified_offence,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of one live offence whose class the list of offence classes does not know, in one place.',
  audits (
    not_null(columns := (entry, offence_id, described, ward_code, la_code))
  )
);

SELECT
  entry::BIGINT AS entry, /* The later entry of the row and the placement of its LSOA */
  posted_at::TIMESTAMP AS posted_at, /* When that entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  feed::TEXT AS feed, /* Feed of the row */
  delivery_id::BIGINT AS delivery_id, /* Delivery of that entry */
  cause::TEXT AS cause, /* Why */
  weight::BIGINT AS weight, /* What it adds to a count */
  origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put the row there */
  origin_row::BIGINT AS origin_row, /* Row number in that delivery */
  ward_code::TEXT AS ward_code, /* Ward, or unplaced */
  la_code::TEXT AS la_code, /* Local authority, or unplaced */
  force_code::TEXT AS force_code, /* Police force area of the recording force */
  month::DATE AS month, /* Month the offence was recorded in */
  offence_id::TEXT AS offence_id, /* Pseudonym of the offence */
  described::TEXT AS described /* Its class as it stands, in the force's own words */
FROM core.crm_offence
WHERE
  NOT is_classified
