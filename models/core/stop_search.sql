MODEL (
  name core.stop_search,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change of one stop and search in the area of the force that made it. The published file names no smaller area.',
  audits (
    not_null(columns := (entry, force_code, month))
  )
);

SELECT
  entry::BIGINT AS entry, /* Journal entry of the change row */
  posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  delivery_id::BIGINT AS delivery_id, /* Delivery of the entry */
  cause::TEXT AS cause, /* Cause of the change row */
  weight::BIGINT AS weight, /* What it adds to a count */
  origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put the row there */
  origin_row::BIGINT AS origin_row, /* Row number in that delivery */
  police_force.area_code::TEXT AS force_code, /* Police force area of the force */
  month::DATE AS month, /* Local month of the search */
  hour::TEXT AS hour, /* Local hour of the search, 00 to 23 */
  weekday::TEXT AS weekday, /* Local day of the week */
  search_type::TEXT AS search_type, /* What was searched */
  sex::TEXT AS sex, /* F, M, X for another, or not recorded */
  age_range::TEXT AS age_range, /* Age range of the person, or not recorded */
  object_of_search::TEXT AS object_of_search, /* What was looked for, or not recorded */
  outcome::TEXT AS outcome /* What the search led to, or not recorded */
FROM staging.police_stop_search AS search
JOIN reference.police_force
  ON search.force_slug = police_force.force_slug
