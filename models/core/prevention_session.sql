MODEL (
  name core.prevention_session,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (
    entry,
    la_code,
    held_on,
    setting_code,
    delivery,
    topic,
    hour,
    young_people,
    young_people_measure,
    origin_delivery_id,
    origin_row
  ),
  description 'One change of one session for young people, counted once however many partners list it.',
  audits (
    not_null(columns := (entry, la_code, month, origin_row)),
    accepted_values("column" := weight, is_in := (-1, 1))
  )
);

/* Not linear: what the partners' lists match to is worked out anew, after less before, for the settings and days an
   entry touched. */
WITH touched AS (
  SELECT
    scene,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    held_on,
    setting_code,
    cause
  FROM @touched_things(staging.prevention_sessions, la_code, held_on, setting_code, "where" := audience = 'Young people') AS touched
), listed AS (
  /* The rows of a setting and day as they stand after the entry (side 1) and as they stood before it (side -1). */
  SELECT
    scene,
    side,
    listed_by,
    session_ref,
    start_minute,
    end_minute,
    topic,
    delivered_with,
    attended,
    attended_measure,
    origin_delivery_id,
    origin_row
  FROM @rows_of_things(
    staging.prevention_sessions,
    [la_code, held_on, setting_code],
    listed_by,
    session_ref,
    start_minute,
    end_minute,
    topic,
    delivered_with,
    attended,
    attended_measure,
    "where" := audience = 'Young people'
  ) AS listed
), opening AS (
  SELECT
    *,
    CASE
      WHEN start_minute < MAX(end_minute) OVER (
        PARTITION BY scene, side
        ORDER BY start_minute, listed_by, session_ref
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
      )
      THEN 0
      ELSE 1
    END AS opens
  FROM listed
), stretched AS (
  /* A stretch is sessions that overlap in time, one after the other. */
  SELECT
    *,
    SUM(opens) OVER (
      PARTITION BY scene, side
      ORDER BY start_minute, listed_by, session_ref
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS stretch
  FROM opening
), joint_partner AS (
  /* The partners of a stretch that name another one, or are named by one. */
  SELECT
    stretched.scene,
    stretched.side,
    stretched.stretch,
    stretched.listed_by
  FROM stretched
  JOIN stretched AS other
    ON stretched.scene = other.scene
    AND stretched.side = other.side
    AND stretched.stretch = other.stretch
    AND (
      (
        stretched.listed_by = other.listed_by AND NOT other.delivered_with IS NULL
      )
      OR other.delivered_with LIKE '%;' || stretched.listed_by || ';%'
    )
  GROUP BY
    stretched.scene,
    stretched.side,
    stretched.stretch,
    stretched.listed_by
), numbered AS (
  /* The first session of each joint partner in a stretch is one session, so is the second, and so on. */
  SELECT
    stretched.*,
    CASE WHEN joint_partner.listed_by IS NULL THEN stretched.listed_by ELSE 'joint' END AS team,
    ROW_NUMBER() OVER (
      PARTITION BY stretched.scene, stretched.side, stretched.stretch, stretched.listed_by
      ORDER BY start_minute, end_minute, session_ref
    ) AS place
  FROM stretched
  LEFT JOIN joint_partner
    ON stretched.scene = joint_partner.scene
    AND stretched.side = joint_partner.side
    AND stretched.stretch = joint_partner.stretch
    AND stretched.listed_by = joint_partner.listed_by
), held AS (
  /* Partners may count differently: the largest figure stands; a figure stands before a mark for none (amount, then
     suppressed, then unavailable, as the words sort). The first row says the topic and is the evidence. */
  SELECT
    scene,
    side,
    CASE team WHEN 'joint' THEN 'joint' ELSE 'alone' END AS delivery,
    topic,
    start_minute,
    MAX(attended) OVER (PARTITION BY scene, side, stretch, team, place) AS young_people,
    MIN(attended_measure) OVER (PARTITION BY scene, side, stretch, team, place) AS young_people_measure,
    origin_delivery_id,
    origin_row
  FROM numbered
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY scene, side, stretch, team, place ORDER BY start_minute, listed_by, session_ref) = 1
), change AS (
  SELECT
    scene,
    delivery,
    topic,
    start_minute,
    young_people,
    young_people_measure,
    origin_delivery_id,
    origin_row,
    weight
  FROM @changed_things(held, delivery, topic, start_minute, young_people, young_people_measure) AS change
)
SELECT
  @touched_columns(),
  touched.setting_code::TEXT AS setting_code, /* Agreed code of the setting */
  touched.held_on::DATE AS held_on, /* Day of the session */
  DATE_TRUNC('MONTH', touched.held_on)::DATE AS month, /* Month of that day */
  @hour_of(change.start_minute)::TEXT AS hour, /* Local hour in which it started, 00 to 23 */
  @weekday(touched.held_on)::TEXT AS weekday, /* Day of the week of that day */
  change.delivery::TEXT AS delivery, /* joint where partners gave it together, else alone */
  change.topic::TEXT AS topic, /* Its main topic */
  change.young_people::BIGINT AS young_people, /* Young people who were there: the largest figure of its partners */
  change.young_people_measure::TEXT AS young_people_measure, /* amount, suppressed or unavailable */
  @changed_columns()
FROM change
JOIN touched
  ON change.scene = touched.scene
