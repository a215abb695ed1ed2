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

WITH cell AS (
  /* A cell is written [part/]where/period, or period, or as a bare word. */
  SELECT
    coverage.feed,
    coverage.cell,
    coverage.entry,
    coverage.posted_at,
    coverage.weight,
    feed.cadence,
    CASE WHEN CONTAINS(coverage.cell, '/') THEN SPLIT_PART(coverage.cell, '/', -2) END AS place,
    NULLIF(SPLIT_PART(coverage.cell, '/', -3), '') AS part,
    SPLIT_PART(coverage.cell, '/', -1) AS period
  FROM journal.coverage
  LEFT JOIN journal.feed
    ON coverage.feed = feed.feed
), dated AS (
  SELECT
    feed,
    cell,
    entry,
    posted_at,
    weight,
    place,
    part,
    CASE
      WHEN REGEXP_MATCHES(period, '^[0-9]{4}-[0-9]{2}-Q[1-4]$')
      THEN TRY_CAST(LEFT(period, 4) || '-04-01' AS DATE) + TO_MONTHS((
        RIGHT(period, 1)::INT - 1
      ) * 3)
      WHEN REGEXP_MATCHES(period, '^[0-9]{4}-[0-9]{2}$') AND cadence = 'yearly'
      THEN TRY_CAST(LEFT(period, 4) || '-04-01' AS DATE)
      WHEN REGEXP_MATCHES(period, '^[0-9]{4}-[0-9]{2}$')
      THEN TRY_CAST(period || '-01' AS DATE)
      WHEN REGEXP_MATCHES(period, '^[0-9]{4}$')
      THEN TRY_CAST(period || '-01-01' AS DATE)
    END AS starts_on,
    CASE
      WHEN REGEXP_MATCHES(period, '^[0-9]{4}-[0-9]{2}-Q[1-4]$')
      THEN 3
      WHEN REGEXP_MATCHES(period, '^[0-9]{4}-[0-9]{2}$') AND cadence <> 'yearly'
      THEN 1
      WHEN REGEXP_MATCHES(period, '^[0-9]{4}(-[0-9]{2})?$')
      THEN 12
    END AS months
  FROM cell
)
SELECT
  dated.feed::TEXT AS feed, /* Feed */
  dated.cell::TEXT AS cell, /* Scope cell, such as dorset/2025-01 */
  COALESCE(police_force.area_code, dated.place)::TEXT AS cover_code, /* Area the cell speaks for; none where it names none */
  dated.part::TEXT AS part, /* Part of the feed that delivers the cell; none where there is one */
  dated.starts_on::DATE AS starts_on, /* First day of the cell's period; none where it names none */
  dated.months::INT AS months, /* Months of that period */
  dated.entry::BIGINT AS entry, /* Journal entry */
  dated.posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  dated.weight::INT AS weight /* +1 the cell is now covered, -1 it no longer is */
FROM dated
LEFT JOIN reference.police_force
  ON dated.place = police_force.force_slug
