"""The expected cells of each feed, from its contract's cadence: received, late, missing or not yet due."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from safer_kpi.reading.book import one_of
from safer_kpi.reading.table import Table
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from safer_kpi.reading.picture import Picture

# A series is the cells of one part and place; its cells are expected from its first period on. The prefix is the common
# beginning of the cells' names: part and place, a force as data.police.uk writes it.
_CELLS = """
WITH live AS (
  SELECT feed, cell, cover_code, part, starts_on, months FROM kpi.coverage
  GROUP BY feed, cell, cover_code, part, starts_on, months HAVING sum(weight) > 0
), held AS (
  SELECT feed, cell, sum(rows) AS held_rows FROM kpi.held GROUP BY feed, cell
), arrived AS (
  SELECT live.feed, cell, concat(part || '/', coalesce(force_slug, cover_code) || '/') AS prefix, starts_on, months,
    coalesce(held_rows, 0) AS held_rows
  FROM live LEFT JOIN held USING (feed, cell) LEFT JOIN kpi.police_force ON cover_code = force_code
), series AS (
  SELECT arrived.feed, prefix, max(months) AS months, min(starts_on) AS first_on, max(starts_on) AS last_on,
    any_value(due_after_days) AS due_after_days
  FROM arrived JOIN kpi.feed USING (feed)
  WHERE starts_on IS NOT NULL GROUP BY ALL
), expected AS (
  SELECT feed, prefix, length, last_on, due_after_days,
    CAST(unnest(generate_series(CAST(first_on AS TIMESTAMP), CAST(greatest(last_on, {today}) AS TIMESTAMP), length))
      AS DATE) AS starts_on
  FROM (
    -- A week holds no month.
    SELECT *, CASE WHEN months = 0 THEN INTERVAL 7 DAY ELSE to_months(CAST(months AS INTEGER)) END AS length FROM series
  )
), dated AS (
  SELECT *, CAST(starts_on + length - INTERVAL 1 DAY AS DATE) AS ends_on
  FROM expected
), judged AS (
  SELECT dated.feed, dated.prefix, arrived.cell, dated.starts_on, dated.ends_on,
    CAST(dated.ends_on + to_days(dated.due_after_days) AS DATE) AS due_on, arrived.held_rows, dated.last_on
  FROM dated
  LEFT JOIN arrived ON arrived.feed = dated.feed AND arrived.prefix = dated.prefix
    AND arrived.starts_on = dated.starts_on
)
SELECT feed, prefix, cell, starts_on, ends_on, due_on,
  CASE WHEN cell IS NOT NULL THEN 'in' WHEN starts_on < last_on THEN 'missing' WHEN due_on < {today} THEN 'late'
    ELSE 'expected' END AS status,
  CAST(coalesce(held_rows, 0) AS BIGINT) AS held_rows
FROM judged WHERE cell IS NOT NULL OR ends_on < {today}
UNION ALL
SELECT feed, prefix, cell, starts_on, NULL, NULL, 'in', CAST(held_rows AS BIGINT) FROM arrived WHERE starts_on IS NULL
"""
_FEEDS = """
WITH cell AS ({cells}), arrived AS (
  SELECT feed, CAST(count(*) FILTER (status = 'accepted') AS BIGINT) AS deliveries,
    max(delivery_id) AS last_delivery, max(received_at) AS last_received, max(published_at) AS last_published
  FROM kpi.delivery GROUP BY feed
), counted AS (
  SELECT feed, CAST(count(*) FILTER (status = 'in') AS BIGINT) AS cells,
    CAST(count(*) FILTER (status = 'late') AS BIGINT) AS late,
    CAST(count(*) FILTER (status = 'missing') AS BIGINT) AS missing,
    CAST(sum(held_rows) AS BIGINT) AS held_rows
  FROM cell GROUP BY feed
)
SELECT feed, title, owner, cadence, coalesce(deliveries, 0) AS deliveries, last_delivery, last_received, last_published,
  coalesce(cells, 0) AS cells, coalesce(late, 0) AS late, coalesce(missing, 0) AS missing,
  coalesce(held_rows, 0) AS held_rows
FROM kpi.feed LEFT JOIN arrived USING (feed) LEFT JOIN counted USING (feed) ORDER BY feed
"""


def feeds_table(lake: Picture, *, on: dt.date | None) -> Table:
    """Return the table that ``Lake.feeds`` documents."""
    lake.require_evidence("deliveries")
    return Table(lake.book, _FEEDS.format(cells=_CELLS.format(today=_day(on))))


def cells_table(lake: Picture, feed: str, *, on: dt.date | None) -> Table:
    """Return the table that ``Lake.cells`` documents."""
    lake.require_evidence("deliveries")
    known = [row[0] for row in lake.book.read("SELECT feed FROM kpi.feed")[1]]
    chosen = literal(one_of(feed, known, "feed"))
    return Table(
        lake.book,
        f"SELECT * FROM ({_CELLS.format(today=_day(on))}) WHERE feed = {chosen} ORDER BY starts_on NULLS FIRST, prefix",
    )


def _day(on: dt.date | None) -> str:
    return literal(on or dt.datetime.now(dt.UTC).date())
