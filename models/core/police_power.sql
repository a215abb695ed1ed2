MODEL (
  name core.police_power,
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column posted_on
  ),
  allow_partials TRUE,
  owner data_engineering,
  grain (entry, la_code, power, notice_ref, purpose, status, month, origin_delivery_id, origin_row),
  description 'One change of one notice or order: what it is for, when it was issued and the last status it reached.',
  audits (
    not_null(columns := (entry, la_code, month, origin_row)),
    accepted_values("column" := weight, is_in := (-1, 1))
  )
);

/* Not linear: the rows of a notice, of whatever list and quarter, are one notice. It is worked out anew, after less
   before, for the notices an entry touched. */
WITH touched AS (
  SELECT
    ROW_NUMBER() OVER (ORDER BY entry, la_code, power, notice_ref) AS scene,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    power,
    notice_ref,
    @leading_cause(cause) AS cause
  FROM staging.police_powers
  WHERE
    posted_on BETWEEN @start_date AND @end_date
  GROUP BY
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    power,
    notice_ref
), listed AS (
  /* The rows of a notice as they stand after the entry (side 1) and as they stood before it (side -1). */
  SELECT
    scene,
    side.side,
    listed.purpose,
    listed.issued_on,
    listed.status,
    listed.status_step,
    listed.status_on,
    listed.origin_delivery_id,
    listed.origin_row
  FROM touched
  CROSS JOIN (
    SELECT
      UNNEST([1, -1]) AS side
  ) AS side
  JOIN staging.police_powers AS listed
    ON touched.la_code = listed.la_code
    AND touched.power = listed.power
    AND touched.notice_ref = listed.notice_ref
    AND listed.entry <= touched.entry - CASE side.side WHEN 1 THEN 0 ELSE 1 END
  GROUP BY
    scene,
    side.side,
    listed.purpose,
    listed.issued_on,
    listed.status,
    listed.status_step,
    listed.status_on,
    listed.origin_delivery_id,
    listed.origin_row
  HAVING
    SUM(listed.weight) > 0
), notice AS (
  /* Its last row says what it is for and what became of it; its first row is its evidence. */
  SELECT
    scene,
    side,
    purpose,
    issued_on,
    status,
    FIRST_VALUE(origin_delivery_id) OVER (PARTITION BY scene, side ORDER BY status_on, status_step, origin_delivery_id, origin_row) AS origin_delivery_id,
    FIRST_VALUE(origin_row) OVER (PARTITION BY scene, side ORDER BY status_on, status_step, origin_delivery_id, origin_row) AS origin_row
  FROM listed
  QUALIFY
    ROW_NUMBER() OVER (PARTITION BY scene, side ORDER BY status_on DESC, status_step DESC, issued_on, purpose) = 1
), change AS (
  SELECT
    scene,
    purpose,
    issued_on,
    status,
    origin_delivery_id,
    origin_row,
    SUM(side) AS weight
  FROM notice
  GROUP BY
    scene,
    purpose,
    issued_on,
    status,
    origin_delivery_id,
    origin_row
  HAVING
    SUM(side) <> 0
)
SELECT
  touched.entry::BIGINT AS entry, /* Journal entry that changed the notice */
  touched.posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  touched.posted_on::DATE AS posted_on, /* Day of posted_at */
  touched.delivery_id::BIGINT AS delivery_id, /* Delivery of the entry */
  touched.cause::TEXT AS cause, /* The first of its causes for that notice, by the order of safer_kpi/domain/causes.py */
  touched.la_code::TEXT AS la_code, /* Local authority of the lists */
  touched.power::TEXT AS power, /* CAWN, CPW, CPN, Recovery order, STPO or STRO */
  touched.notice_ref::TEXT AS notice_ref, /* Pseudonym of the reference on the notice */
  change.purpose::TEXT AS purpose, /* exploitation or asb: one of them */
  change.status::TEXT AS status, /* Last status: issued, varied, breached or withdrawn */
  DATE_TRUNC('MONTH', change.issued_on)::DATE AS month, /* Month it was issued in */
  change.weight::BIGINT AS weight, /* +1 the notice is now this, -1 it no longer is */
  change.origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put its first row there */
  change.origin_row::BIGINT AS origin_row /* Row number of its first row in that delivery */
FROM change
JOIN touched
  ON change.scene = touched.scene
