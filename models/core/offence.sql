MODEL (
  name core.offence,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row, ward_code, la_code),
  description 'One change of one recorded offence in one place: offence change rows joined with the placement of their LSOA.',
  audits (not_null(columns := (entry, ward_code, la_code)))
);

SELECT
  entry::BIGINT AS entry, -- The later entry of offence and placement
  posted_at::TIMESTAMP AS posted_at, -- When that entry was posted, UTC
  posted_on::DATE AS posted_on, -- Day of posted_at
  feed::TEXT AS feed, -- Feed of the offence
  delivery_id::BIGINT AS delivery_id, -- Delivery of that entry
  cause::TEXT AS cause, -- Cause of the change row; reference where the placement is the later
  month::DATE AS month, -- Month the offence belongs to
  police_force.area_code::TEXT AS force_code, -- Police force area of the recording force
  ward_code::TEXT AS ward_code, -- Ward, or unplaced
  la_code::TEXT AS la_code, -- Local authority, or unplaced
  crime_type::TEXT AS crime_type, -- Category of data.police.uk
  last_outcome_category::TEXT AS last_outcome_category, -- Latest outcome at publication
  weight::BIGINT AS weight, -- What it adds to a count
  origin_delivery_id::BIGINT AS origin_delivery_id, -- Delivery that had put the row there
  origin_row::BIGINT AS origin_row -- Row number in that delivery
FROM @in_place(staging.police_street, force_slug, month, crime_type, last_outcome_category) AS offence
JOIN reference.police_force ON offence.force_slug = police_force.force_slug
