MODEL (
  name kpi.entry,
  kind VIEW,
  owner analytics,
  grain (
    entry
  ),
  description 'One numbered line of the journal: a delivery, replay or reversal that posted.',
  audits (
    entries_without_gaps
  )
);

SELECT
  entry::BIGINT AS entry, /* Sequence number */
  posted_at::TIMESTAMP AS posted_at, /* When it was posted, UTC */
  kind::TEXT AS kind, /* delivery, replay or reversal */
  delivery_id::BIGINT AS delivery_id, /* Delivery that posted, was replayed or was reversed */
  feed::TEXT AS feed, /* Feed of the delivery */
  reason::TEXT AS reason, /* Reason given for a reversal or confirmation */
  person::TEXT AS person /* Who gave it */
FROM journal.entry
