MODEL (
  name core.offence_result,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of one recorded offence that has an outcome in one place, with whether someone was convicted, cautioned or otherwise dealt with.',
  audits (
    not_null(columns := (entry, ward_code, la_code))
  )
);

SELECT
  entry::BIGINT AS entry, /* The later entry of the row and the placement of its LSOA */
  posted_at::TIMESTAMP AS posted_at, /* When that entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  feed::TEXT AS feed, /* Feed of the row */
  delivery_id::BIGINT AS delivery_id, /* Delivery of that entry */
  cause::TEXT AS cause, /* Cause of the change row; reference where the placement is the later */
  weight::BIGINT AS weight, /* What it adds to a count */
  origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put the row there */
  origin_row::BIGINT AS origin_row, /* Row number in that delivery */
  ward_code::TEXT AS ward_code, /* Ward, or unplaced */
  la_code::TEXT AS la_code, /* Local authority, or unplaced */
  month::DATE AS month, /* Month the offence belongs to */
  force_code::TEXT AS force_code, /* Police force area of the recording force */
  crime_type::TEXT AS crime_type, /* Category of data.police.uk */
  outcome_result.is_dealt_with::BOOLEAN AS is_dealt_with /* The latest outcome at publication says convicted, cautioned or otherwise dealt with */
FROM core.offence
JOIN reference.outcome_result
  ON offence.last_outcome_category = outcome_result.outcome_category
