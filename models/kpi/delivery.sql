MODEL (
  name kpi.delivery,
  kind VIEW,
  owner analytics,
  grain (
    delivery_id
  ),
  description 'One receipt: what became of one received file.',
  audits (
    not_null(columns := (
      delivery_id
    ))
  )
);

SELECT
  delivery.delivery_id::BIGINT AS delivery_id, /* Number of the delivery */
  delivery.feed::TEXT AS feed, /* Feed it was received for */
  file_name::TEXT AS file_name, /* Name the file came with, as far as its contract knows it */
  sha256::TEXT AS sha256, /* Hash of its bytes */
  bytes::BIGINT AS bytes, /* Size in bytes */
  published_at::TIMESTAMP AS published_at, /* When the partner published it, UTC */
  received_at::TIMESTAMP AS received_at, /* When it was received, UTC */
  cells::TEXT[] AS cells, /* Cells it covers */
  stale_cells::TEXT[] AS stale_cells, /* Cells already live from a later publication */
  delivery.contract_version::TEXT AS contract_version, /* Version of the contract that read it */
  status::TEXT AS status, /* accepted, refused, duplicate or stale */
  rows_read::BIGINT AS rows_read, /* Rows in the file */
  rows_accepted::BIGINT AS rows_accepted, /* Rows that count */
  rows_quarantined::BIGINT AS rows_quarantined, /* Rows held back */
  rows_skipped::BIGINT AS rows_skipped, /* Rows that are no data */
  changes::TEXT AS changes, /* Number of records changed by cause, as JSON */
  error::TEXT AS error, /* Why it was refused */
  hidden_rows::BIGINT AS hidden_rows, /* Hidden rows of a workbook's table, which were read; none where nobody counted */
  hidden_columns::BIGINT AS hidden_columns, /* Hidden columns of the table, which were read; none where nobody counted */
  hidden_sheets::BIGINT AS hidden_sheets, /* Hidden sheets of a workbook, which are not read; none where nobody counted */
  archive_sha256::TEXT AS archive_sha256, /* Hash of the archive it came in; none where it came by itself */
  fetched_from::TEXT AS fetched_from, /* Address it was fetched from, without user or query; none for a file that was sent */
  publisher_date::TIMESTAMP AS publisher_date, /* Date that the publisher gave a fetched file, UTC; none where it gave none */
  delivery.entry::BIGINT AS entry, /* Journal entry it posted; none where it changed nothing */
  posted_at::TIMESTAMP AS posted_at /* When that entry was posted, UTC */
FROM journal.delivery
LEFT JOIN journal.entry
  ON delivery.entry = entry.entry
