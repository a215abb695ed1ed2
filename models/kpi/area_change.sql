MODEL (
  name kpi.area_change,
  kind VIEW,
  owner analytics,
  grain (area_code, entry),
  description 'One change of the areas that numbers are given for.',
  audits (
    not_null(columns := (area_code, entry))
  )
);

WITH placement AS (
  SELECT
    ward_code,
    ward_name,
    la_code,
    la_name,
    weight,
    entry,
    posted_at
  FROM core.placement
), coverage AS (
  SELECT
    police_force.force_code,
    entry,
    posted_at,
    SUM(weight) AS weight
  FROM kpi.coverage
  JOIN kpi.police_force
    ON coverage.cover_code = police_force.force_code
  GROUP BY
    police_force.force_code,
    entry,
    posted_at
), change AS (
  SELECT
    ward_code AS area_code,
    ward_name AS area_name,
    'ward' AS area_type,
    la_code,
    weight,
    entry,
    posted_at
  FROM placement
  WHERE
    ward_code <> 'unplaced' AND ward_code <> la_code
  UNION ALL
  SELECT
    la_code AS area_code,
    la_name AS area_name,
    'local_authority' AS area_type,
    la_code,
    weight,
    entry,
    posted_at
  FROM placement
), placed AS (
  SELECT
    area_code,
    area_name,
    area_type,
    la_code,
    entry,
    posted_at,
    SUM(change.weight) AS weight
  FROM change
  GROUP BY
    area_code,
    area_name,
    area_type,
    la_code,
    entry,
    posted_at
  HAVING
    SUM(change.weight) <> 0
), whole AS (
  /* Authorities that report together: one area more, where its code is not that of an authority. */
  SELECT
    partnership_code,
    partnership_name,
    partnership.la_code,
    CASE
      WHEN MIN(force_area_code) OVER (PARTITION BY partnership_code) = MAX(force_area_code) OVER (PARTITION BY partnership_code)
      THEN force_area_code
    END AS force_code
  FROM reference.partnership
  JOIN reference.la_force
    ON partnership.la_code = la_force.la_code
  WHERE
    partnership_code <> partnership.la_code
), area AS (
  SELECT
    area_code,
    area_name,
    area_type,
    placed.la_code,
    la_force.force_area_code AS force_code,
    entry,
    posted_at,
    weight
  FROM placed
  LEFT JOIN reference.la_force
    ON placed.la_code = la_force.la_code
  UNION ALL
  SELECT
    partnership_code AS area_code,
    partnership_name AS area_name,
    'partnership' AS area_type,
    partnership_code AS la_code,
    force_code,
    entry,
    posted_at,
    SUM(weight) AS weight
  FROM placed
  JOIN whole
    ON placed.la_code = whole.la_code
  WHERE
    area_type = 'local_authority'
  GROUP BY
    partnership_code,
    partnership_name,
    force_code,
    entry,
    posted_at
  UNION ALL
  SELECT
    coverage.force_code AS area_code,
    police_force.force_name AS area_name,
    'force' AS area_type,
    NULL AS la_code,
    coverage.force_code,
    entry,
    posted_at,
    weight
  FROM coverage
  JOIN kpi.police_force
    ON coverage.force_code = police_force.force_code
  UNION ALL
  SELECT
    'unplaced' AS area_code,
    'Unplaced' AS area_name,
    'unplaced' AS area_type,
    'unplaced' AS la_code,
    'unplaced' AS force_code,
    entry,
    posted_at,
    1 AS weight
  FROM journal.entry
  WHERE
    entry = 1
)
SELECT
  area_code::TEXT AS area_code, /* ONS code, or unplaced */
  area_name::TEXT AS area_name, /* Name of the area */
  area_type::TEXT AS area_type, /* ward, local_authority, partnership, force or unplaced */
  la_code::TEXT AS la_code, /* Local authority it lies in; of a partnership its own code */
  force_code::TEXT AS force_code, /* Police force area it lies in */
  entry::BIGINT AS entry, /* Journal entry */
  posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  weight::BIGINT AS weight /* LSOAs (for a force: cells) by which the area grew or shrank */
FROM area
