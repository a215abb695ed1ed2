MODEL (
  name kpi.held,
  kind VIEW,
  owner analytics,
  grain (feed, cell, entry),
  description 'One change of the number of rows held back in a cell.',
  audits (
    not_null(columns := (feed, cell, entry))
  )
);

SELECT
  feed::TEXT AS feed, /* Feed */
  cell::TEXT AS cell, /* Scope cell */
  entry::BIGINT AS entry, /* Journal entry */
  posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  rows::BIGINT AS rows /* Rows by which the number held back grew or shrank */
FROM journal.held
