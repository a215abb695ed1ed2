"""Rows that cannot be placed: accepted, and counted as unplaced below the force.

A row in a place which no lookup lists is placed once a lookup lists it. A row whose file gives no place stays unplaced
until the partner sends it again with one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.catalogue.outlines import Outline

#: The feed of the lookups, and the column of a feed's rows that they place.
LOOKUP, PLACE = "area_lookup", "lsoa_code"

# A day narrows the files that are read; entries alone would not.
_UNLISTED = f"""
WITH listed AS (
    SELECT lsoa21_code AS code FROM landing.{LOOKUP} WHERE layout = 'lsoa21_ward' AND entry <= {{last}}
    GROUP BY lsoa21_code HAVING sum(weight) > 0
    UNION ALL
    SELECT lsoa11_code FROM landing.{LOOKUP} WHERE layout = 'lsoa11_lsoa21' AND entry <= {{last}}
    GROUP BY lsoa11_code HAVING sum(weight) > 0
), day AS (
    SELECT min(posted_at)::DATE AS first_day FROM journal.entry WHERE entry BETWEEN {{first}} AND {{last}}
)
SELECT
    coalesce(sum(weight) FILTER ({PLACE} IS NOT NULL), 0)::BIGINT,
    count(DISTINCT {PLACE})::BIGINT,
    coalesce(sum(weight) FILTER ({PLACE} IS NULL), 0)::BIGINT
FROM landing.{{feed}}
WHERE posted_on >= (SELECT first_day FROM day) AND entry BETWEEN {{first}} AND {{last}} AND weight > 0
    AND ({PLACE} IS NULL OR {PLACE} NOT IN (SELECT code FROM listed))
"""


@dataclass(frozen=True, kw_only=True)
class NotPlaced:
    """The rows of some entries that no area below the force can count.

    Attributes:
        unlisted: the number of rows in places that no lookup lists.
        places: how many such places.
        without: the number of rows whose file gives no place.
    """

    unlisted: int = 0
    places: int = 0
    without: int = 0

    def __bool__(self) -> bool:
        """Whether there is any such row."""
        return bool(self.unlisted or self.without)


def not_placed(connection: duckdb.DuckDBPyConnection, feed: Outline, *, first: int, last: int) -> NotPlaced:
    """Return the rows that the entries from ``first`` to ``last`` brought and that cannot be placed.

    A feed whose rows have no LSOA has none.
    """
    if PLACE not in feed.columns or feed.name == LOOKUP:
        return NotPlaced()
    query = _UNLISTED.format(feed=feed.name, first=int(first), last=int(last))
    unlisted, places, without = connection.execute(query).fetchall()[0]
    return NotPlaced(unlisted=int(unlisted), places=int(places), without=int(without))


def not_placed_text(found: NotPlaced) -> str:
    """Return what people should know of such rows and do about them."""
    parts = []
    if found.unlisted:
        lie = "rows lie" if found.unlisted != 1 else "row lies"
        where = f"{found.places:,} places" if found.places > 1 else "a place"
        parts.append(
            f"{found.unlisted:,} {lie} in {where} that no lookup lists, and cannot be counted in a ward or local"
            f" authority. Land the lookup that lists {'them' if found.places > 1 else 'it'}:"
            f" safer-kpi land {LOOKUP} FILE."
        )
    if found.without:
        have = "rows have" if found.without != 1 else "row has"
        parts.append(
            f"{found.without:,} {have} no place in the file. No lookup can place such a row: it counts in the police"
            " force, and in no ward or local authority."
        )
    return " ".join(parts)
