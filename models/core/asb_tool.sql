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
    ROW_NUMBER() OVER (ORDER BY entry, la_code, listed_by, tool, action_ref) AS scene,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    listed_by,
    tool,
    action_ref,
    @leading_cause(cause) AS cause
  FROM staging.asb_casework
  WHERE
    posted_on BETWEEN @start_date AND @end_date
  GROUP BY
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    listed_by,
    tool,
    action_ref
), listed AS (
  /* The rows of a use as they stand after the entry (side 1) and as they stood before it (side -1). */
  SELECT
    scene,
    side.side,
    listed.offered_on,
    listed.accepted_on,
    listed.completed_on,
    listed.origin_delivery_id,
    listed.origin_row
  FROM touched
  CROSS JOIN (
    SELECT
      UNNEST([1, -1]) AS side
  ) AS side
  JOIN staging.asb_casework AS listed
    ON touched.la_code = listed.la_code
    AND touched.listed_by = listed.listed_by
    AND touched.tool = listed.tool
    AND touched.action_ref = listed.action_ref
    AND listed.entry <= touched.entry - CASE side.side WHEN 1 THEN 0 ELSE 1 END
  GROUP BY
    scene,
    side.side,
    listed.offered_on,
    listed.accepted_on,
    listed.completed_on,
    listed.origin_delivery_id,
    listed.origin_row
  HAVING
    SUM(listed.weight) > 0
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
    SUM(side) AS weight
  FROM told
  GROUP BY
    scene,
    stage,
    month,
    offered_month,
    origin_delivery_id,
    origin_row
  HAVING
    SUM(side) <> 0
)
SELECT
  touched.entry::BIGINT AS entry, /* Journal entry that changed the use */
  touched.posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  touched.posted_on::DATE AS posted_on, /* Day of posted_at */
  touched.delivery_id::BIGINT AS delivery_id, /* Delivery of the entry */
  touched.cause::TEXT AS cause, /* The first of its causes for that use, by the order of safer_kpi/domain/causes.py */
  touched.la_code::TEXT AS la_code, /* Local authority of the lists */
  touched.listed_by::TEXT AS listed_by, /* Whose list: council or housing */
  touched.tool::TEXT AS tool, /* mediation, restorative justice, tenancy warning or case review */
  touched.action_ref::TEXT AS action_ref, /* Pseudonym of the partner's reference of the use */
  change.stage::TEXT AS stage, /* offered, accepted or completed; a warning is served */
  change.month::DATE AS month, /* Month it was accepted or served in; none while it is only offered */
  change.offered_month::DATE AS offered_month, /* Month it was offered in */
  change.weight::BIGINT AS weight, /* +1 the use is now this, -1 it no longer is */
  change.origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put its first row there */
  change.origin_row::BIGINT AS origin_row /* Row number of its first row in that delivery */
FROM change
JOIN touched
  ON change.scene = touched.scene
