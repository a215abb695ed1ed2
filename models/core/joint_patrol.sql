MODEL (
  name core.joint_patrol,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (entry, la_code, ward_code, patrolled_on, origin_delivery_id, origin_row, minutes, hour),
  description 'One change of one joint patrol: an unbroken stretch of overlapping patrols in one ward, started on one day, with at least one of each partner.',
  audits (
    not_null(columns := (entry, ward_code, la_code, minutes, origin_row)),
    accepted_values("column" := weight, is_in := (-1, 1))
  )
);

/* Not linear: what two logs match to is worked out anew, after less before, for the wards and days an entry touched. */
WITH touched AS (
  SELECT
    scene,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    ward_code,
    patrolled_on,
    cause
  FROM @touched_things(staging.joint_patrols, la_code, ward_code, patrolled_on) AS touched
), patrol AS (
  /* The patrols of a scene as they stand after the entry (side 1) and as they stood before it (side -1). */
  SELECT
    scene,
    side,
    log_partner,
    start_minute,
    end_minute,
    origin_delivery_id,
    origin_row
  FROM @rows_of_things(staging.joint_patrols, [la_code, ward_code, patrolled_on], log_partner, start_minute, end_minute) AS patrol
), opening AS (
  SELECT
    scene,
    side,
    log_partner,
    start_minute,
    end_minute,
    origin_delivery_id,
    origin_row,
    CASE
      WHEN start_minute < MAX(end_minute) OVER (
        PARTITION BY scene, side
        ORDER BY start_minute, log_partner, origin_delivery_id, origin_row
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      )
      THEN 0
      ELSE 1
    END AS opens
  FROM patrol
), stretched AS (
  SELECT
    scene,
    side,
    log_partner,
    start_minute,
    end_minute,
    origin_delivery_id,
    origin_row,
    SUM(opens) OVER (
      PARTITION BY scene, side
      ORDER BY start_minute, log_partner, origin_delivery_id, origin_row
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS stretch
  FROM opening
), boundary AS (
  SELECT
    scene,
    side,
    stretch,
    start_minute AS minute
  FROM stretched
  UNION
  SELECT
    scene,
    side,
    stretch,
    end_minute AS minute
  FROM stretched
), slice AS (
  SELECT
    scene,
    side,
    stretch,
    minute,
    LEAD(minute) OVER (PARTITION BY scene, side, stretch ORDER BY minute) AS next_minute
  FROM boundary
), shared AS (
  /* The slices of time in which both partners are out. */
  SELECT
    slice.scene,
    slice.side,
    slice.stretch,
    slice.next_minute - slice.minute AS minutes
  FROM slice
  JOIN stretched
    ON slice.scene = stretched.scene
    AND slice.side = stretched.side
    AND slice.stretch = stretched.stretch
    AND stretched.start_minute <= slice.minute
    AND stretched.end_minute >= slice.next_minute
  GROUP BY
    slice.scene,
    slice.side,
    slice.stretch,
    slice.minute,
    slice.next_minute
  HAVING
    COUNT(DISTINCT stretched.log_partner) = 2
), joint AS (
  SELECT
    scene,
    side,
    stretch,
    SUM(minutes) AS minutes
  FROM shared
  GROUP BY
    scene,
    side,
    stretch
), first_row AS (
  /* A joint patrol is told by the first patrol of its stretch. */
  SELECT
    scene,
    side,
    stretch,
    start_minute,
    origin_delivery_id,
    origin_row
  FROM stretched
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY scene, side, stretch ORDER BY start_minute, log_partner, origin_delivery_id, origin_row) = 1
), change AS (
  SELECT
    joint.scene,
    joint.minutes,
    first_row.start_minute,
    first_row.origin_delivery_id,
    first_row.origin_row,
    SUM(joint.side) AS weight
  FROM joint
  JOIN first_row
    ON joint.scene = first_row.scene AND joint.side = first_row.side AND joint.stretch = first_row.stretch
  GROUP BY
    joint.scene,
    joint.minutes,
    first_row.start_minute,
    first_row.origin_delivery_id,
    first_row.origin_row
  HAVING
    SUM(joint.side) <> 0
)
SELECT
  @touched_columns(),
  touched.ward_code::TEXT AS ward_code, /* Ward that was patrolled */
  touched.patrolled_on::DATE AS patrolled_on, /* Day on which the patrols started */
  DATE_TRUNC('MONTH', touched.patrolled_on)::DATE AS month, /* Month of that day */
  @hour_of(change.start_minute)::TEXT AS hour, /* Local hour in which the first of its patrols started, 00 to 23 */
  @weekday(touched.patrolled_on)::TEXT AS weekday, /* Day of the week of that day */
  change.minutes::BIGINT AS minutes, /* Minutes in which both partners were out */
  @changed_columns()
FROM change
JOIN touched
  ON change.scene = touched.scene
