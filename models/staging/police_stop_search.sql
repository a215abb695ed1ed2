MODEL (
  name staging.police_stop_search,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the police_stop_search feed, typed, in the time of the clocks of the United Kingdom.',
  audits (
    entry_is_stated
  )
);

WITH search AS (
  SELECT
    entry,
    posted_at,
    posted_on,
    delivery_id,
    origin_delivery_id,
    origin_row,
    weight,
    cause,
    cell,
    cell_place,
    search_type,
    gender,
    age_range,
    object_of_search,
    outcome,
    @uk_time(searched_at) AS searched_at
  FROM @with_cell(landing.police_stop_search) AS change
)
SELECT
  @change_columns(),
  cell_place::TEXT AS force_slug, /* Force of the cell */
  searched_at::TIMESTAMP AS searched_at, /* Local time of the search */
  DATE_TRUNC('MONTH', searched_at)::DATE AS month, /* Local month of the search */
  STRFTIME(searched_at, '%H')::TEXT AS hour, /* Local hour of the search, 00 to 23 */
  @weekday(searched_at)::TEXT AS weekday, /* Local day of the week */
  search_type::TEXT AS search_type, /* Person search, Vehicle search or both */
  CASE gender WHEN 'Female' THEN 'F' WHEN 'Male' THEN 'M' WHEN 'Other' THEN 'X' ELSE 'not recorded' END::TEXT AS sex, /* F, M, X for another, or not recorded */
  COALESCE(age_range, 'not recorded')::TEXT AS age_range, /* Age range of the person, or not recorded */
  COALESCE(object_of_search, 'not recorded')::TEXT AS object_of_search, /* What was looked for, or not recorded */
  COALESCE(outcome, 'not recorded')::TEXT AS outcome /* What the search led to, or not recorded */
FROM search
