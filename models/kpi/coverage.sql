MODEL (
  name kpi.coverage,
  kind VIEW,
  owner analytics,
  grain (feed, cell, entry),
  description 'One change of the cells that live deliveries cover.',
  audits (
    not_null(columns := (feed, cell, entry))
  )
);

SELECT
  coverage.feed::TEXT AS feed, /* Feed */
  coverage.cell::TEXT AS cell, /* Scope cell, such as dorset/2025-01 */
  COALESCE(police_force.area_code, typed.place)::TEXT AS cover_code, /* Area the cell speaks for; none where it names none */
  typed.part::TEXT AS part, /* Part of the feed that delivers the cell; none where there is one */
  typed.starts_on::DATE AS starts_on, /* First day of the cell's period; none where it names none */
  typed.months::INT AS months, /* Months of that period; 0 for a week */
  coverage.entry::BIGINT AS entry, /* Journal entry */
  coverage.posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  coverage.weight::INT AS weight /* +1 the cell is now covered, -1 it no longer is */
FROM journal.coverage
LEFT JOIN journal.cell AS typed
  ON coverage.feed = typed.feed AND coverage.cell = typed.cell
LEFT JOIN reference.police_force
  ON typed.place = police_force.force_slug
