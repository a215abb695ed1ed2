MODEL (
  name staging.prevention_sessions,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the prevention_sessions feed, typed: one session in one partner''s list.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  cell_part::TEXT AS listed_by, /* Whose list: council, police, voluntary or youth-justice */
  cell_place::TEXT AS la_code, /* Local authority of the list */
  session_ref::TEXT AS session_ref, /* The partner's own number of the session */
  @as_date(held_on)::DATE AS held_on, /* Day of the session */
  (
    SPLIT_PART(started_at, ':', 1)::INT * 60 + SPLIT_PART(started_at, ':', 2)::INT
  )::INT AS start_minute, /* Local minutes from midnight to its start */
  (
    SPLIT_PART(ended_at, ':', 1)::INT * 60 + SPLIT_PART(ended_at, ':', 2)::INT
  )::INT AS end_minute, /* The same to its end */
  setting_code::TEXT AS setting_code, /* Agreed code of the school, club or other place */
  audience::TEXT AS audience, /* Whom it was for */
  LOWER(topic)::TEXT AS topic, /* Its main topic */
  (
    ';' || REPLACE(
      REPLACE(REGEXP_REPLACE(LOWER(TRIM(delivered_with)), ' *; *', ';', 'g'), 'voluntary sector', 'voluntary'),
      'youth justice',
      'youth-justice'
    ) || ';'
  )::TEXT AS delivered_with, /* Partners who gave it too, such as ;police;youth-justice; and none where it was given alone */
  @as_count(attended)::BIGINT AS attended, /* People who were there */
  @measure(attended)::TEXT AS attended_measure /* amount, suppressed or unavailable */
FROM @with_cell(landing.prevention_sessions) AS change
