MODEL (
  name core.placement,
  kind FULL,
  owner data_engineering,
  grain (lsoa_code, entry, weight),
  description 'One change of the ward and local authority an LSOA (2011 or 2021) lies in.',
  audits (
    not_null(columns := (lsoa_code, ward_code, la_code, weight, entry)),
    unique_combination_of_columns(columns := (lsoa_code, entry, weight)),
    accepted_values("column" := weight, is_in := (-1, 1))
  )
);

WITH lookup AS (
  SELECT
    entry,
    weight,
    lsoa21_code,
    ward_code,
    ward_name,
    la_code,
    la_name
  FROM staging.area_lookup
  WHERE
    layout = 'lsoa21_ward'
), split AS (
  SELECT
    entry,
    weight,
    lsoa11_code,
    lsoa21_code
  FROM staging.area_lookup
  WHERE
    layout = 'lsoa11_lsoa21'
), journal AS (
  SELECT DISTINCT
    entry,
    posted_at,
    posted_on,
    delivery_id
  FROM staging.area_lookup
), moment AS (
  /* Every code and entry at which its place may change. */
  SELECT
    lsoa21_code AS lsoa_code,
    entry
  FROM lookup
  UNION
  SELECT
    lsoa11_code AS lsoa_code,
    entry
  FROM split
  UNION
  SELECT
    split.lsoa11_code AS lsoa_code,
    lookup.entry
  FROM split
  JOIN lookup
    ON split.lsoa21_code = lookup.lsoa21_code
), direct AS (
  /* The code stands in the live lookup itself. */
  SELECT
    moment.lsoa_code,
    moment.entry,
    ward_code,
    ward_name,
    la_code,
    la_name
  FROM moment
  JOIN lookup
    ON moment.lsoa_code = lookup.lsoa21_code AND lookup.entry <= moment.entry
  GROUP BY
    moment.lsoa_code,
    moment.entry,
    ward_code,
    ward_name,
    la_code,
    la_name
  HAVING
    SUM(lookup.weight) > 0
), child AS (
  SELECT
    moment.lsoa_code,
    moment.entry,
    split.lsoa21_code
  FROM moment
  JOIN split
    ON moment.lsoa_code = split.lsoa11_code AND split.entry <= moment.entry
  GROUP BY
    moment.lsoa_code,
    moment.entry,
    split.lsoa21_code
  HAVING
    SUM(split.weight) > 0
), placed_child AS (
  SELECT
    child.lsoa_code,
    child.entry,
    child.lsoa21_code,
    ward_code,
    ward_name,
    la_code,
    la_name
  FROM child
  JOIN lookup
    ON child.lsoa21_code = lookup.lsoa21_code AND lookup.entry <= child.entry
  GROUP BY
    child.lsoa_code,
    child.entry,
    child.lsoa21_code,
    ward_code,
    ward_name,
    la_code,
    la_name
  HAVING
    SUM(lookup.weight) > 0
), child_count AS (
  SELECT
    lsoa_code,
    entry,
    COUNT(*) AS children
  FROM child
  GROUP BY
    lsoa_code,
    entry
), through AS (
  /* An LSOA 2011 is placed when all its children are, and no finer than they agree. */
  SELECT
    child_count.lsoa_code,
    child_count.entry,
    CASE WHEN MIN(ward_code) = MAX(ward_code) THEN MIN(ward_code) ELSE 'unplaced' END AS ward_code,
    CASE WHEN MIN(ward_code) = MAX(ward_code) THEN MIN(ward_name) ELSE 'Unplaced' END AS ward_name,
    MIN(la_code) AS la_code,
    MIN(la_name) AS la_name
  FROM child_count
  JOIN placed_child
    ON child_count.lsoa_code = placed_child.lsoa_code AND child_count.entry = placed_child.entry
  GROUP BY
    child_count.lsoa_code,
    child_count.entry,
    child_count.children
  HAVING
    COUNT(*) = child_count.children AND MIN(placed_child.la_code) = MAX(placed_child.la_code)
), state AS (
  SELECT
    moment.lsoa_code,
    moment.entry,
    CASE
      WHEN direct.la_code IS NULL
      THEN {'w': through.ward_code, 'wn': through.ward_name, 'l': through.la_code, 'ln': through.la_name}
      ELSE {'w': direct.ward_code, 'wn': direct.ward_name, 'l': direct.la_code, 'ln': direct.la_name}
    END AS place
  FROM moment
  LEFT JOIN direct
    ON moment.lsoa_code = direct.lsoa_code AND moment.entry = direct.entry
  LEFT JOIN through
    ON moment.lsoa_code = through.lsoa_code AND moment.entry = through.entry
), step AS (
  SELECT
    lsoa_code,
    entry,
    place,
    LAG(place) OVER (PARTITION BY lsoa_code ORDER BY entry) AS place_before
  FROM state
), change AS (
  SELECT
    lsoa_code,
    entry,
    place,
    1 AS weight
  FROM step
  WHERE
    place IS DISTINCT FROM place_before
  UNION ALL
  SELECT
    lsoa_code,
    entry,
    place_before AS place,
    -1 AS weight
  FROM step
  WHERE
    place IS DISTINCT FROM place_before
)
SELECT
  change.lsoa_code::TEXT AS lsoa_code, /* LSOA 2011 or 2021 */
  change.place.w::TEXT AS ward_code, /* Ward, or unplaced where only the local authority is certain */
  change.place.wn::TEXT AS ward_name, /* Name of the ward */
  change.place.l::TEXT AS la_code, /* Local authority */
  change.place.ln::TEXT AS la_name, /* Name of the local authority */
  change.weight::INT AS weight, /* +1 it now lies there, -1 it no longer does */
  change.entry::BIGINT AS entry, /* Journal entry that moved it */
  journal.posted_at::TIMESTAMP AS posted_at, /* When the entry was posted, UTC */
  journal.posted_on::DATE AS posted_on, /* Day of posted_at */
  journal.delivery_id::BIGINT AS delivery_id /* Delivery that moved it */
FROM change
JOIN journal
  ON change.entry = journal.entry
WHERE
  NOT change.place.l IS NULL
