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
    scene,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    power,
    case_ref,
    cause
  FROM @touched_things(staging.court_orders, la_code, power, case_ref) AS touched
), listed AS (
  /* The rows of a case as they stand after the entry (side 1) and as they stood before it (side -1). */
  SELECT
    scene,
    side,
    stage,
    stage_step,
    made_on,
    origin_delivery_id,
    origin_row
  FROM @rows_of_things(staging.court_orders, [la_code, power, case_ref], stage, stage_step, made_on) AS listed
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
    weight
  FROM @changed_things(made, stage, first_made_on) AS change
)
SELECT
  @touched_columns(),
  touched.power::TEXT AS power, /* civil injunction, criminal behaviour order or closure */
  touched.case_ref::TEXT AS case_ref, /* Pseudonym of the case's reference */
  change.stage::TEXT AS stage, /* Furthest stage: notice, interim or full */
  DATE_TRUNC('MONTH', change.first_made_on)::DATE AS month, /* Month in which the first of its stages was made */
  @changed_columns()
FROM change
JOIN touched
  ON change.scene = touched.scene
