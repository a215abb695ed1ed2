MODEL (
  name core.court_order,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (entry, la_code, power, case_ref, stage, month, origin_delivery_id, origin_row),
  description 'One change of one injunction, criminal behaviour order or closure: when it was first made and how far it has come.',
  audits (
    not_null(columns := (entry, la_code, month, origin_row)),
    accepted_values("column" := weight, is_in := (-1, 1))
  )
);

/* Not linear: interim and full are one order, whoever lists them and in whatever quarter. It is worked out anew, after
   less before, for the cases an entry touched. */
WITH touched AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY entry, la_code, power, case_ref) AS scene,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    power,
    case_ref,
    @leading_cause(cause) AS cause
  FROM staging.court_orders
  WHERE
    posted_on BETWEEN @start_date AND @end_date
  GROUP BY
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    power,
    case_ref
), listed AS (
  /* The rows of a case as they stand after the entry (side 1) and as they stood before it (side -1). */
  SELECT
    scene,
    side.side,
    listed.stage,
    listed.stage_step,
    listed.made_on,
    listed.origin_delivery_id,
    listed.origin_row
  FROM touched
  CROSS JOIN (
    SELECT
      UNNEST([1, -1]) AS side
  ) AS side
  JOIN staging.court_orders AS listed
    ON touched.la_code = listed.la_code
    AND touched.power = listed.power
    AND touched.case_ref = listed.case_ref
    AND listed.entry <= touched.entry - CASE side.side WHEN 1 THEN 0 ELSE 1 END
  GROUP BY
    scene,
    side.side,
    listed.stage,
    listed.stage_step,
    listed.made_on,
    listed.origin_delivery_id,
    listed.origin_row
  HAVING
    SUM(listed.weight) > 0
), made AS (
  /* The first that was made says the month and is its evidence; the furthest says the stage. */
  SELECT
    scene,
    side,
    stage,
    MIN(made_on) OVER (PARTITION BY scene, side) AS first_made_on,
    FIRST_VALUE(origin_delivery_id) OVER (PARTITION BY scene, side ORDER BY made_on, stage_step, origin_delivery_id, origin_row) AS origin_delivery_id,
    FIRST_VALUE(origin_row) OVER (PARTITION BY scene, side ORDER BY made_on, stage_step, origin_delivery_id, origin_row) AS origin_row
  FROM listed
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY scene, side ORDER BY stage_step DESC) = 1
), change AS (
  SELECT
    scene,
    stage,
    first_made_on,
    origin_delivery_id,
    origin_row,
    SUM(side) AS weight
  FROM made
  GROUP BY
    scene,
    stage,
    first_made_on,
    origin_delivery_id,
    origin_row
  HAVING
    SUM(side) <> 0
)
SELECT
  touched.entry::BIGINT AS entry, /* Journal entry that changed the order */
  touched.posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  touched.posted_on::DATE AS posted_on, /* Day of posted_at */
  touched.delivery_id::BIGINT AS delivery_id, /* Delivery of the entry */
  touched.cause::TEXT AS cause, /* The first of its causes for that case, by the order of safer_kpi/domain/causes.py */
  touched.la_code::TEXT AS la_code, /* Local authority of the lists */
  touched.power::TEXT AS power, /* civil injunction, criminal behaviour order or closure */
  touched.case_ref::TEXT AS case_ref, /* Pseudonym of the case's reference */
  change.stage::TEXT AS stage, /* Furthest stage: notice, interim or full */
  DATE_TRUNC('MONTH', change.first_made_on)::DATE AS month, /* Month in which the first of its stages was made */
  change.weight::BIGINT AS weight, /* +1 the order is now this, -1 it no longer is */
  change.origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put its first row there */
  change.origin_row::BIGINT AS origin_row /* Row number of its first row in that delivery */
FROM change
JOIN touched
  ON change.scene = touched.scene
