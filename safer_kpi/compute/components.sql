/* One thing that a metric's number rests on. Slot: lineage, the table of the models and feeds of each metric. */
WITH lineage AS (
  SELECT
    metric_id,
    kind,
    name,
    value
  FROM $lineage
  WHERE
    kind <> 'digest'
), needed AS (
  SELECT
    metric_id,
    name AS feed
  FROM lineage
  WHERE
    kind = 'feed'
  UNION
  SELECT
    metric_id,
    UNNEST(feeds)
  FROM kpi.metric
), posted AS (
  /* What was read of each feed, in the order it posted: a delivery, its replay, its reversal */
  SELECT
    e.feed,
    COUNT(*) AS entries,
    SHA256(
      LISTAGG(
        CONCAT_WS(CHR(9), e.kind, d.sha256, STRFTIME(d.published_at, '%Y-%m-%dT%H:%M:%S.%f')), CHR(10)
        ORDER BY
          e.entry
      )
    ) AS hash
  FROM kpi.entry AS e
  JOIN kpi.delivery AS d
    ON d.delivery_id = e.delivery_id
  GROUP BY
    e.feed
), live AS (
  SELECT
    feed,
    cell
  FROM kpi.coverage
  GROUP BY
    feed,
    cell
  HAVING
    SUM(weight) > 0
), covered AS (
  SELECT
    feed,
    COUNT(*) AS cells,
    SHA256(LISTAGG(cell, CHR(10)
    ORDER BY
      cell)) AS hash
  FROM live
  GROUP BY
    feed
)
SELECT
  metric_id,
  'definition' AS kind,
  metric_id AS name,
  CONCAT(definition_version, ' ', SHA256(definition)) AS value
FROM kpi.metric
UNION ALL
SELECT
  metric_id,
  'code',
  'models and macros',
  model_hash
FROM kpi.metric
UNION ALL
SELECT
  metric_id,
  'seed',
  entry.key,
  entry.value
FROM (
  SELECT
    metric_id,
    UNNEST(map_entries(seeds::JSON::MAP(TEXT, TEXT))) AS entry
  FROM kpi.metric
)
UNION ALL
SELECT
  metric_id,
  kind,
  name,
  value
FROM lineage
WHERE
  kind <> 'feed' AND metric_id IN (
    SELECT
      metric_id
    FROM kpi.metric
  )
UNION ALL
SELECT
  needed.metric_id,
  'contract',
  feed,
  CONCAT(f.contract_version, ' ', f.digest)
FROM needed
JOIN lake.journal.feed AS f
  USING (feed)
UNION ALL
SELECT
  metric_id,
  'deliveries',
  feed,
  CONCAT(entries, ' ', hash)
FROM needed
JOIN posted
  USING (feed)
UNION ALL
SELECT
  metric_id,
  'coverage',
  feed,
  CONCAT(cells, ' ', hash)
FROM needed
JOIN covered
  USING (feed)
UNION ALL
SELECT
  metric_id,
  'package',
  'safer-kpi',
  package_version
FROM kpi.metric, kpi.build
UNION ALL
SELECT
  metric_id,
  'snapshot',
  'lake',
  snapshot_id::TEXT
FROM kpi.metric, kpi.build
ORDER BY
  metric_id,
  kind,
  name
