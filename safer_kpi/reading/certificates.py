"""The state of each metric's last certificate: whether it still holds for the live balance, or what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.reading.place import PUBLIC
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture

COLUMNS = ("metric_id", "release_id", "certificate", "state", "because")

# Every build makes a new snapshot, even if nothing changed, so a new snapshot does not make a certificate lapse.
_STATES = """
WITH latest AS (
  SELECT metric_id, arg_max(release_id, published_at) AS release_id
  FROM (SELECT DISTINCT metric_id, release_id FROM kpi.certificate WHERE {asked}) JOIN ({releases}) USING (release_id)
  GROUP BY metric_id
), bound AS (
  SELECT metric_id, release_id, kind, name, value FROM kpi.certificate JOIN latest USING (metric_id, release_id)
), hashed AS (
  SELECT metric_id, release_id,
    sha256(string_agg(concat_ws(chr(9), kind, name, value), chr(10)
      ORDER BY concat_ws(chr(9), kind, name, value))) AS certificate
  FROM bound GROUP BY metric_id, release_id
), changed AS (
  SELECT metric_id, kind, name, b.value AS was, c.value AS "is"
  FROM (SELECT * FROM bound WHERE kind <> 'snapshot') AS b
  FULL JOIN (
    SELECT * FROM kpi.component WHERE kind <> 'snapshot' AND metric_id IN (SELECT metric_id FROM latest)
  ) AS c USING (metric_id, kind, name)
  WHERE b.value IS DISTINCT FROM c.value
), told AS (
  SELECT metric_id,
    CASE kind WHEN 'definition' THEN 1 WHEN 'contract' THEN 2 WHEN 'deliveries' THEN 3 WHEN 'coverage' THEN 4
      WHEN 'model' THEN 5 WHEN 'code' THEN 6 WHEN 'seed' THEN 7 ELSE 8 END AS place,
    CASE kind
      WHEN 'definition' THEN concat('its definition changed (', coalesce(split_part(was, ' ', 1), 'none'), ' to ',
        coalesce(split_part("is", ' ', 1), 'none'), ')')
      WHEN 'contract' THEN concat('the contract of ', name, ' changed (', coalesce(split_part(was, ' ', 1), 'none'),
        ' to ', coalesce(split_part("is", ' ', 1), 'none'), ')')
      WHEN 'deliveries' THEN concat(
        CAST(coalesce(split_part("is", ' ', 1), '0') AS BIGINT)
          - CAST(coalesce(split_part(was, ' ', 1), '0') AS BIGINT),
        ' more entries of ', name)
      WHEN 'coverage' THEN concat('other cells of ', name, ' are covered')
      WHEN 'model' THEN concat('model ', name, ' changed')
      WHEN 'code' THEN 'its SQL or macros changed'
      WHEN 'seed' THEN concat(name, ' changed')
      ELSE concat('safer-kpi ', coalesce(was, 'none'), ' to ', coalesce("is", 'none'))
    END AS reason
  FROM changed
), lapsed AS (
  SELECT metric_id, string_agg(reason, '; ' ORDER BY place, reason) AS because FROM told GROUP BY metric_id
)
SELECT
  m.metric_id, h.release_id, h.certificate,
  CASE WHEN h.release_id IS NULL THEN 'provisional' WHEN l.because IS NULL THEN 'certified' ELSE 'lapsed' END AS state,
  CASE WHEN h.release_id IS NULL THEN 'no release certifies it' ELSE l.because END AS because
FROM (SELECT metric_id FROM kpi.metric WHERE {asked}) AS m
LEFT JOIN hashed AS h ON h.metric_id = m.metric_id
LEFT JOIN lapsed AS l ON l.metric_id = m.metric_id
ORDER BY m.metric_id
"""


def certificates_table(lake: Picture) -> Table:
    """Return the table that ``Lake.certificates`` documents."""
    lake.require_evidence("certificates")
    return Table(lake.book, states_query(lake), COLUMNS)


def states_query(lake: Picture, metric: str | None = None) -> str:
    """Return the query for the state of one metric or of all; a book from before certificates existed has none."""
    asked = "TRUE" if metric is None else f"metric_id = {literal(metric)}"
    none = "CAST(NULL AS VARCHAR)"
    if lake.edition == PUBLIC:
        release = literal(lake.place.release_id)
        return (
            f"SELECT metric_id, {release} AS release_id, {none} AS certificate, 'certified' AS state, "
            f"{none} AS because FROM kpi.metric WHERE {asked} ORDER BY metric_id"
        )
    if not lake.book.has_table("certificate"):
        return (
            f"SELECT metric_id, {none} AS release_id, {none} AS certificate, 'provisional' AS state, "
            f"'no release certifies it' AS because FROM kpi.metric WHERE {asked} ORDER BY metric_id"
        )
    releases = "SELECT release_id, published_at FROM kpi.release WHERE status <> 'withdrawn'"
    if lake.place.release_id:
        releases = f"SELECT {literal(lake.place.release_id)} AS release_id, 1 AS published_at"
    return _STATES.format(releases=releases, asked=asked)
