MODEL (
  name kpi.quarantine,
  kind VIEW,
  owner analytics,
  grain (delivery_id, source_row, entry, rule, column_name),
  description 'One row held back and the rule that holds it; never what the row says.',
  audits (
    not_null(columns := (delivery_id, source_row, rule))
  )
);

SELECT
  delivery_id::BIGINT AS delivery_id, /* Delivery that brought the row */
  feed::TEXT AS feed, /* Feed of the delivery */
  source_row::BIGINT AS source_row, /* Its row number in the file; the header is row 1 */
  rule::TEXT AS rule, /* Check it did not pass */
  column_name::TEXT AS column_name, /* Column the check looks at; none where it looks at several */
  cell::TEXT AS cell, /* Scope cell it would have counted in; none where that is unknown */
  entry::BIGINT AS entry /* Entry that read it: the delivery, or a later replay */
FROM journal.quarantine
