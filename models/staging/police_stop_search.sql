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
    REPLACE(LEFT(searched_at, 19), 'T', ' ')::TIMESTAMP AS searched_at,
    (
      LEFT(searched_at, 4) || '-03-31'
    )::DATE AS march_end,
    (
      LEFT(searched_at, 4) || '-10-31'
    )::DATE AS october_end
  FROM @with_cell(landing.police_stop_search) AS change
), clock AS (
  /* Clocks go forward and back at 01:00 UTC on the last Sundays of March and October; 7 January 1900 was a Sunday. */
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
    searched_at,
    march_end - (
      DATE_DIFF('DAY', '1900-01-07'::DATE, march_end) % 7
    ) * INTERVAL '1' DAY + INTERVAL '1' HOUR AS summer_from,
    october_end - (
      DATE_DIFF('DAY', '1900-01-07'::DATE, october_end) % 7
    ) * INTERVAL '1' DAY + INTERVAL '1' HOUR AS summer_to
  FROM search
), local AS (
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
    searched_at + CASE WHEN searched_at >= summer_from AND searched_at < summer_to THEN 1 ELSE 0 END * INTERVAL '1' HOUR AS searched_at
  FROM clock
)
SELECT
  @change_columns(),
  cell_place::TEXT AS force_slug, /* Force of the cell */
  searched_at::TIMESTAMP AS searched_at, /* Local time of the search */
  DATE_TRUNC('MONTH', searched_at)::DATE AS month, /* Local month of the search */
  STRFTIME(searched_at, '%H')::TEXT AS hour, /* Local hour of the search, 00 to 23 */
  CASE DATE_DIFF('DAY', '1900-01-01'::DATE, searched_at::DATE) % 7
    WHEN 0
    THEN 'Monday'
    WHEN 1
    THEN 'Tuesday'
    WHEN 2
    THEN 'Wednesday'
    WHEN 3
    THEN 'Thursday'
    WHEN 4
    THEN 'Friday'
    WHEN 5
    THEN 'Saturday'
    ELSE 'Sunday'
  END::TEXT AS weekday, /* Local day of the week; 1 January 1900 was a Monday */
  search_type::TEXT AS search_type, /* Person search, Vehicle search or both */
  CASE gender WHEN 'Female' THEN 'F' WHEN 'Male' THEN 'M' WHEN 'Other' THEN 'X' ELSE 'not recorded' END::TEXT AS sex, /* F, M, X for another, or not recorded */
  COALESCE(age_range, 'not recorded')::TEXT AS age_range, /* Age range of the person, or not recorded */
  COALESCE(object_of_search, 'not recorded')::TEXT AS object_of_search, /* What was looked for, or not recorded */
  COALESCE(outcome, 'not recorded')::TEXT AS outcome /* What the search led to, or not recorded */
FROM local
