MODEL (
  name staging.joint_patrols,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the joint_patrols feed, typed: one patrol in one partner''s log.',
  audits (
    entry_is_stated
  )
);

WITH patrol AS (
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
    cell_part,
    cell_place,
    patrol_ref,
    ward_code,
    officers,
    @as_date(patrolled_on) AS patrolled_on,
    SPLIT_PART(started_at, ':', 1)::INT * 60 + SPLIT_PART(started_at, ':', 2)::INT AS start_minute,
    SPLIT_PART(ended_at, ':', 1)::INT * 60 + SPLIT_PART(ended_at, ':', 2)::INT AS end_minute
  FROM @with_cell(landing.joint_patrols) AS change
)
SELECT
  @change_columns(),
  cell_part::TEXT AS log_partner, /* Whose log: police or council */
  cell_place::TEXT AS la_code, /* Local authority of the log */
  patrol_ref::TEXT AS patrol_ref, /* The partner's own number of the patrol */
  patrolled_on::DATE AS patrolled_on, /* Day on which the patrol started */
  ward_code::TEXT AS ward_code, /* Ward that was patrolled */
  start_minute::INT AS start_minute, /* Local minutes from midnight to its start */
  (
    end_minute + CASE WHEN end_minute <= start_minute THEN 1440 ELSE 0 END
  )::INT AS end_minute, /* The same to its end; past 1440 where it went on after midnight */
  officers::DECIMAL(12, 1)::INT AS officers /* Officers on the patrol */
FROM patrol
