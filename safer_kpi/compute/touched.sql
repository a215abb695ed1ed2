/* The numbers that a change can reach: pairs of metric and area. Read after the tables were renewed; what differed
stands in changed_<table>. */
WITH definition AS (
  SELECT
    metric_id,
    numerator,
    denominator,
    denominator_kind,
    feeds
  FROM kpi.metric
), reading AS (
  /* The ledgers that a metric reads. Whether a force has residents hangs on those of all ages. */
  SELECT
    metric_id,
    numerator AS ledger
  FROM definition
  UNION
  SELECT
    metric_id,
    denominator AS ledger
  FROM definition
  UNION
  SELECT
    metric_id,
    'population' AS ledger
  FROM definition
  WHERE
    denominator_kind = 'residents'
), wanting AS (
  SELECT
    metric_id,
    UNNEST(feeds) AS feed
  FROM definition
), area AS (
  SELECT DISTINCT
    area_code,
    la_code,
    force_code
  FROM kpi.area_change
), posting AS (
  SELECT DISTINCT
    reading.metric_id,
    changed_ledger.metric_id AS ledger,
    changed_ledger.area_code,
    changed_ledger.la_code,
    changed_ledger.force_code,
    changed_ledger.feed
  FROM changed_ledger
  JOIN reading
    ON changed_ledger.metric_id = reading.ledger
), covered AS (
  /* The cells that are covered now or no longer, and those with another number of rows held back. */
  SELECT
    feed,
    cover_code
  FROM changed_coverage
  UNION
  SELECT
    held.feed,
    coverage.cover_code
  FROM changed_held AS held
  JOIN kpi.coverage
    ON held.feed = coverage.feed AND held.cell = coverage.cell
), spoken AS (
  /* The breakdowns that numbers were given in; one that appears or goes does so in every area. */
  SELECT DISTINCT
    metric_id,
    breakdown
  FROM kpi.observation
  WHERE
    metric_id IN (
      SELECT
        metric_id
      FROM posting
    )
), part AS (
  SELECT DISTINCT
    definition.metric_id,
    live.breakdown
  FROM (
    SELECT
      metric_id,
      breakdown
    FROM kpi.ledger
    WHERE
      metric_id IN (
        SELECT
          ledger
        FROM posting
      )
    GROUP BY
      metric_id,
      breakdown,
      area_code,
      la_code,
      force_code,
      period_type,
      month,
      measure,
      series
    HAVING
      SUM(amount) <> 0
  ) AS live
  JOIN definition
    ON live.metric_id = definition.numerator
  WHERE
    definition.numerator IN (
      SELECT
        ledger
      FROM posting
    )
), everywhere AS (
  /* Metrics whose every number can change. */
  SELECT
    reading.metric_id
  FROM changed_metric
  JOIN reading
    ON changed_metric.metric_id = reading.ledger OR changed_metric.metric_id = reading.metric_id
  UNION
  SELECT
    wanting.metric_id
  FROM changed_feed
  JOIN wanting
    ON changed_feed.feed = wanting.feed
  UNION
  SELECT
    metric_id
  FROM definition
  WHERE
    EXISTS(
      SELECT
        1
      FROM changed_police_force
    ) OR EXISTS(
      SELECT
        1
      FROM changed_poisson_exact
    )
  UNION
  SELECT
    metric_id
  FROM posting
  WHERE
    area_code = 'unplaced' AND la_code IN ('unplaced', 'none') AND force_code IN ('unplaced', 'none')
  UNION
  /* A whole table covers what it posted. */
  SELECT
    posting.metric_id
  FROM posting
  JOIN wanting
    ON posting.metric_id = wanting.metric_id AND posting.feed = wanting.feed
  JOIN kpi.coverage
    ON posting.feed = coverage.feed
  WHERE
    coverage.starts_on IS NULL
  UNION
  SELECT
    wanting.metric_id
  FROM covered
  JOIN wanting
    ON covered.feed = wanting.feed
  WHERE
    covered.cover_code IS NULL
  UNION
  SELECT
    metric_id
  FROM (
    (
      SELECT
        metric_id,
        breakdown
      FROM spoken
      WHERE
        breakdown <> 'all'
      EXCEPT
      SELECT
        metric_id,
        breakdown
      FROM part
    )
    UNION ALL
    (
      SELECT
        metric_id,
        breakdown
      FROM part
      EXCEPT
      SELECT
        metric_id,
        breakdown
      FROM spoken
    )
  ) AS appeared
), hit AS (
  /* Codes in which something changed: an area, or an authority or force with all areas in it. */
  SELECT
    metric_id,
    UNNEST([area_code, la_code, force_code]) AS code
  FROM posting
  UNION
  SELECT
    wanting.metric_id,
    UNNEST([covered.cover_code, 'unplaced']) AS code
  FROM covered
  JOIN wanting
    ON covered.feed = wanting.feed
  UNION
  /* A force may record in areas of another. */
  SELECT
    wanting.metric_id,
    UNNEST([recorded.area_code, recorded.la_code]) AS code
  FROM covered
  JOIN wanting
    ON covered.feed = wanting.feed
  JOIN (
    SELECT DISTINCT
      area_code,
      la_code,
      force_code
    FROM kpi.ledger
  ) AS recorded
    ON covered.cover_code = recorded.force_code
)
SELECT
  everywhere.metric_id,
  area.area_code
FROM everywhere
CROSS JOIN area
UNION
SELECT
  hit.metric_id,
  area.area_code
FROM hit
JOIN area
  ON hit.code = area.area_code
UNION
SELECT
  hit.metric_id,
  area.area_code
FROM hit
JOIN area
  ON hit.code = area.la_code
UNION
SELECT
  hit.metric_id,
  area.area_code
FROM hit
JOIN area
  ON hit.code = area.force_code
UNION
SELECT
  definition.metric_id,
  changed_area_change.area_code
FROM changed_area_change
CROSS JOIN definition
