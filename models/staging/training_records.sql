MODEL (
  name staging.training_records,
  kind VIEW,
  owner data_engineering,
  grain (entry, weight, origin_delivery_id, origin_row),
  description 'One change row of the training_records feed, typed: one listing of one completion.',
  audits (
    entry_is_stated
  )
);

SELECT
  @change_columns(),
  cell_place::TEXT AS la_code, /* Local authority of the list */
  practitioner_ref::TEXT AS practitioner_ref, /* Pseudonym of the practitioner */
  agency::TEXT AS agency, /* Where the practitioner works */
  course::TEXT AS course, /* Title of the course */
  LOWER(topic)::TEXT AS topic, /* exploitation, other safeguarding or other */
  @as_date(completed_on)::DATE AS completed_on /* Day of completion */
FROM @with_cell(landing.training_records) AS change
