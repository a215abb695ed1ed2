MODEL (
  name kpi.coverage,
  kind VIEW,
  owner analytics,
  grain (feed, cell, entry),
  description 'One change of the cells that live deliveries cover.',
  audits (not_null(columns := (feed, cell, entry)))
);

SELECT
  coverage.feed::TEXT AS feed, -- Feed
  coverage.cell::TEXT AS cell, -- Scope cell, such as dorset/2025-01
  police_force.area_code::TEXT AS force_code, -- Police force area of the cell; none where it has no force
  TRY_CAST(
    CASE WHEN police_force.area_code IS NULL THEN NULL ELSE SPLIT_PART(coverage.cell, '/', 2) || '-01' END AS DATE
  )::DATE AS month, -- Month of the cell; none where it has no month
  coverage.entry::BIGINT AS entry, -- Journal entry
  coverage.posted_at::TIMESTAMP AS posted_at, -- When the entry was posted, UTC
  coverage.weight::INTEGER AS weight -- +1 the cell is now covered, -1 it no longer is
FROM journal.coverage
LEFT JOIN reference.police_force ON SPLIT_PART(coverage.cell, '/', 1) = police_force.force_slug
