MODEL (
  name core.asb_tool,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (entry, la_code, listed_by, tool, action_ref, stage, month, offered_month, origin_delivery_id, origin_row),
  description 'One change of one use of a tool in a case of anti-social behaviour: offered, accepted or served, completed.',
  audits (
    not_null(columns := (entry, la_code, offered_month, origin_row)),
    accepted_values("column" := weight, is_in := (-1, 1))
  )
);

/* Not linear: the quarters that list a use of a tool tell of one use. It is worked out anew, after less before, for the
   uses an entry touched. */
WITH touched AS (
  SELECT
    scene,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    listed_by,
    tool,
    action_ref,
    cause
  FROM @touched_things(staging.asb_casework, la_code, listed_by, tool, action_ref) AS touched
), listed AS (
  /* The rows of a use as they stand after the entry (side 1) and as they stood before it (side -1). */
  SELECT
    scene,
    side,
    offered_on,
    accepted_on,
    completed_on,
    origin_delivery_id,
    origin_row
  FROM @rows_of_things(staging.asb_casework, [la_code, listed_by, tool, action_ref], offered_on, accepted_on, completed_on) AS listed
), used AS (
  /* Each step on the earliest day that any quarter gives for it; the first row is the evidence. */
  SELECT
    scene,
    side,
    MIN(offered_on) OVER (PARTITION BY scene, side) AS offered_on,
    MIN(accepted_on) OVER (PARTITION BY scene, side) AS accepted_on,
    MIN(completed_on) OVER (PARTITION BY scene, side) AS completed_on,
    origin_delivery_id,
    origin_row
  FROM listed
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY scene, side ORDER BY origin_delivery_id, origin_row) = 1
), told AS (
  SELECT
    used.scene,
    used.side,
    DATE_TRUNC('MONTH', used.offered_on)::DATE AS offered_month,
    CASE
      WHEN touched.tool = 'tenancy warning'
      THEN 'served'
      WHEN NOT used.completed_on IS NULL
      THEN 'completed'
      WHEN NOT used.accepted_on IS NULL
      THEN 'accepted'
      ELSE 'offered'
    END AS stage,
    DATE_TRUNC('MONTH', CASE WHEN touched.tool = 'tenancy warning' THEN used.offered_on ELSE used.accepted_on END)::DATE AS month,
    used.origin_delivery_id,
    used.origin_row
  FROM used
  JOIN touched
    ON used.scene = touched.scene
), change AS (
  SELECT
    scene,
    stage,
    month,
    offered_month,
    origin_delivery_id,
    origin_row,
    weight
  FROM @changed_things(told, stage, month, offered_month) AS change
)
SELECT
  @touched_columns(),
  touched.listed_by::TEXT AS listed_by, /* Whose list: council or housing */
  touched.tool::TEXT AS tool, /* mediation, restorative justice, tenancy warning or case review */
  touched.action_ref::TEXT AS action_ref, /* Pseudonym of the partner's reference of the use */
  change.stage::TEXT AS stage, /* offered, accepted or completed; a warning is served */
  change.month::DATE AS month, /* Month it was accepted or served in; none while it is only offered */
  change.offered_month::DATE AS offered_month, /* Month it was offered in */
  @changed_columns()
FROM change
JOIN touched
  ON change.scene = touched.scene
