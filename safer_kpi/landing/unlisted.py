"""Rows that lie in a place which no lookup lists: they are accepted, and count as unplaced until a lookup lists it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.catalogue.feeds import Feed

#: The feed of the lookups, and the column of a feed's rows that they place.
LOOKUP, PLACE = "area_lookup", "lsoa_code"

# A day narrows the files that are read; entries alone would not.
_UNLISTED = f"""
WITH listed AS (
    SELECT lsoa21_code AS code FROM landing.{LOOKUP} WHERE layout = 'lsoa21_ward' AND entry <= $last
    GROUP BY lsoa21_code HAVING sum(weight) > 0
    UNION ALL
    SELECT lsoa11_code FROM landing.{LOOKUP} WHERE layout = 'lsoa11_lsoa21' AND entry <= $last
    GROUP BY lsoa11_code HAVING sum(weight) > 0
), day AS (
    SELECT min(posted_at)::DATE AS first_day FROM journal.entry WHERE entry BETWEEN $first AND $last
)
SELECT coalesce(sum(weight), 0)::BIGINT, count(DISTINCT {PLACE})::BIGINT
FROM landing.{{feed}}
WHERE posted_on >= (SELECT first_day FROM day) AND entry BETWEEN $first AND $last AND weight > 0
    AND {PLACE} IS NOT NULL AND {PLACE} NOT IN (SELECT code FROM listed)
"""


def unlisted_rows(connection: duckdb.DuckDBPyConnection, feed: Feed, *, first: int, last: int) -> tuple[int, int]:
    """Return how many rows the entries from ``first`` to ``last`` brought in unlisted places, and how many places.

    A feed whose rows have no LSOA has none.
    """
    if PLACE not in feed.columns or feed.name == LOOKUP:
        return 0, 0
    rows, places = connection.execute(_UNLISTED.format(feed=feed.name), {"first": first, "last": last}).fetchall()[0]
    return int(rows), int(places)


def unlisted_text(rows: int, places: int) -> str:
    """Return what people should know of such rows and do about them."""
    lie, where = ("rows lie", "a place") if rows != 1 else ("row lies", "a place")
    where = f"{places:,} places" if places > 1 else where
    return (
        f"{rows:,} {lie} in {where} that no lookup lists, and cannot be counted in a ward or local authority. Land the"
        f" lookup that lists {'them' if places > 1 else 'it'}: safer-kpi land {LOOKUP} FILE."
    )
