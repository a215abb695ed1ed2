MODEL (
  name staging.treatment,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the treatment feed, typed: one agency, or the area, in the twelve months to a quarter''s end.',
  audits (
    entry_is_stated
  )
);

WITH treatment AS (
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
    in_treatment,
    estimated_need,
    unmet_need,
    cell_place,
    cell_starts_on
  FROM @with_cell(landing.treatment) AS change
)
SELECT
  @change_columns(),
  cell_place::TEXT AS la_code, /* Local authority */
  (
    cell_starts_on - INTERVAL '9' MONTH
  )::DATE AS year_start, /* First day of the twelve months to the quarter's end */
  agency::TEXT AS agency, /* Treatment agency; All agencies for the area */
  @as_count(in_treatment)::BIGINT AS in_treatment, /* Distinct adults in treatment */
  @measure(in_treatment)::TEXT AS in_treatment_measure, /* amount, suppressed or unavailable */
  @as_count(estimated_need)::BIGINT AS estimated_need, /* Estimated adults in need */
  @measure(estimated_need)::TEXT AS estimated_need_measure, /* amount, suppressed or unavailable */
  @as_count(unmet_need)::BIGINT AS unmet_need, /* Estimated adults in need who are not in treatment */
  @measure(unmet_need)::TEXT AS unmet_need_measure /* amount, suppressed or unavailable */
FROM treatment
