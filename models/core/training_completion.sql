MODEL (
  name core.training_completion,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change of one listing of a course that a practitioner completed; the learning system lists some more than once.',
  audits (
    not_null(columns := (entry, la_code, completion_ref))
  )
);

SELECT
  entry::BIGINT AS entry, /* Journal entry of the change row */
  posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  posted_on::DATE AS posted_on, /* Day of posted_at */
  delivery_id::BIGINT AS delivery_id, /* Delivery of the entry */
  cause::TEXT AS cause, /* Cause of the change row */
  weight::BIGINT AS weight, /* What it adds to a count of listings */
  origin_delivery_id::BIGINT AS origin_delivery_id, /* Delivery that had put the row there */
  origin_row::BIGINT AS origin_row, /* Row number in that delivery */
  la_code::TEXT AS la_code, /* Local authority of the list */
  topic::TEXT AS topic, /* exploitation, other safeguarding or other */
  practitioner_ref::TEXT AS practitioner_ref, /* Pseudonym of the practitioner */
  (
    practitioner_ref || '/' || LOWER(TRIM(course)) || '/' || completed_on::TEXT
  )::TEXT AS completion_ref, /* The practitioner, the course and the day: one completion, however often listed */
  DATE_TRUNC('MONTH', completed_on)::DATE AS month /* Month of completion */
FROM staging.training_records
