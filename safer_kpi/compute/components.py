"""``kpi.component``: everything a metric's number rests on, each with a value that changes when it does.

A release's certificate of a metric is bound to the components it had when the release was drafted. Compared with those
of today they say whether the certificate still speaks for what is live, and what has changed where it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.compute import lineage

if TYPE_CHECKING:
    import duckdb

DESCRIPTION = "One thing that a metric's number rests on."
COLUMNS = {
    "metric_id": "Metric",
    "kind": "definition, contract, deliveries, coverage, model, code, seed, package or snapshot",
    "name": "Which: a feed, a model, a file of seeds",
    "value": "Its version, fingerprint or hash: another one where it is another thing",
}
_ROWS = """
CREATE TABLE kpi.component AS
WITH lineage AS (
  SELECT metric_id, kind, name, value FROM {lineage} WHERE kind <> 'digest'
), needed AS (
  SELECT metric_id, name AS feed FROM lineage WHERE kind = 'feed'
  UNION
  SELECT metric_id, unnest(feeds) FROM kpi.metric
), posted AS (
  -- What was read of each feed, in the order it posted: a delivery, its being read again, its reversal.
  SELECT e.feed, count(*) AS entries, sha256(string_agg(
    concat_ws(chr(9), e.kind, d.sha256, strftime(d.published_at, '%Y-%m-%dT%H:%M:%S.%f')), chr(10) ORDER BY e.entry
  )) AS hash
  FROM kpi.entry AS e JOIN kpi.delivery AS d ON d.delivery_id = e.delivery_id
  GROUP BY e.feed
), live AS (
  SELECT feed, cell FROM kpi.coverage GROUP BY feed, cell HAVING sum(weight) > 0
), covered AS (
  SELECT feed, count(*) AS cells, sha256(string_agg(cell, chr(10) ORDER BY cell)) AS hash FROM live GROUP BY feed
)
SELECT metric_id, 'definition' AS kind, metric_id AS name,
  concat(definition_version, ' ', sha256(definition)) AS value
FROM kpi.metric
UNION ALL
SELECT metric_id, 'code', 'models and macros', model_hash FROM kpi.metric
UNION ALL
SELECT metric_id, 'seed', entry.key, entry.value
FROM (
  SELECT metric_id, unnest(map_entries(CAST(CAST(seeds AS JSON) AS MAP(VARCHAR, VARCHAR)))) AS entry FROM kpi.metric
)
UNION ALL
SELECT metric_id, kind, name, value FROM lineage
WHERE kind <> 'feed' AND metric_id IN (SELECT metric_id FROM kpi.metric)
UNION ALL
SELECT needed.metric_id, 'contract', feed, concat(f.contract_version, ' ', f.digest)
FROM needed JOIN lake.journal.feed AS f USING (feed)
UNION ALL
SELECT metric_id, 'deliveries', feed, concat(entries, ' ', hash) FROM needed JOIN posted USING (feed)
UNION ALL
SELECT metric_id, 'coverage', feed, concat(cells, ' ', hash) FROM needed JOIN covered USING (feed)
UNION ALL
SELECT metric_id, 'package', 'safer-kpi', package_version FROM kpi.metric, kpi.build
UNION ALL
SELECT metric_id, 'snapshot', 'lake', CAST(snapshot_id AS VARCHAR) FROM kpi.metric, kpi.build
ORDER BY metric_id, kind, name
"""


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """Make and fill ``kpi.component`` in the book in use, beside the attached lake it is written from."""
    # A lake that was built by an older version, and not since, knows no lineage yet.
    none = "(SELECT '' AS metric_id, '' AS kind, '' AS name, '' AS value WHERE FALSE)"
    connection.execute(_ROWS.format(lineage=none if lineage.digest(connection) is None else "lake.journal.lineage"))
