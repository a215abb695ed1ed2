MODEL (
  name staging.ce_screening,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the ce_screening feed, typed: one agency and level of risk in one quarter.',
  audits (
    entry_is_stated
  )
);

WITH screening AS (
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
    agency,
    risk_level,
    screenings,
    children,
    children_in_year,
    cell_place,
    cell_starts_on
  FROM @with_cell(landing.ce_screening) AS change
)
SELECT
  @change_columns(),
  cell_place::TEXT AS la_code, /* Local authority */
  cell_starts_on::DATE AS quarter_start, /* First day of the financial quarter */
  agency::TEXT AS agency, /* Agency that screened; All agencies for the partnership */
  risk_level::TEXT AS risk_level, /* Low, Medium, High, or All levels */
  @as_count(screenings)::BIGINT AS screenings, /* Screenings completed */
  @measure(screenings)::TEXT AS screenings_measure, /* amount, suppressed or unavailable */
  @as_count(children)::BIGINT AS children, /* Distinct children */
  @measure(children)::TEXT AS children_measure, /* amount, suppressed or unavailable */
  @as_count(children_in_year)::BIGINT AS children_in_year, /* Distinct children of the twelve months that end with the quarter */
  @measure(children_in_year)::TEXT AS children_in_year_measure /* amount, suppressed or unavailable; unavailable where the column is not sent */
FROM screening
