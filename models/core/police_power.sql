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
    scene,
    entry,
    posted_at,
    posted_on,
    delivery_id,
    la_code,
    power,
    notice_ref,
    cause
  FROM @touched_things(staging.police_powers, la_code, power, notice_ref) AS touched
), listed AS (
  /* The rows of a notice as they stand after the entry (side 1) and as they stood before it (side -1). */
  SELECT
    scene,
    side,
    purpose,
    issued_on,
    status,
    status_step,
    status_on,
    origin_delivery_id,
    origin_row
  FROM @rows_of_things(staging.police_powers, [la_code, power, notice_ref], purpose, issued_on, status, status_step, status_on) AS listed
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
    weight
  FROM @changed_things(notice, purpose, issued_on, status) AS change
)
SELECT
  @touched_columns(),
  touched.power::TEXT AS power, /* CAWN, CPW, CPN, Recovery order, STPO or STRO */
  touched.notice_ref::TEXT AS notice_ref, /* Pseudonym of the reference on the notice */
  change.purpose::TEXT AS purpose, /* exploitation or asb: one of them */
  change.status::TEXT AS status, /* Last status: issued, varied, breached or withdrawn */
  DATE_TRUNC('MONTH', change.issued_on)::DATE AS month, /* Month it was issued in */
  @changed_columns()
FROM change
JOIN touched
  ON change.scene = touched.scene
