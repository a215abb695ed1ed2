"""A delivery's receipt for its partner, as the lake holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.outlines import outline
from safer_kpi.errors import NotFound
from safer_kpi.lake import connect, receipts
from safer_kpi.receipts.partner_receipt import PartnerReceipt, partner_receipt
from safer_kpi.receipts.unclassified import unclassified
from safer_kpi.receipts.unlisted import NotPlaced, not_placed

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.settings import Settings

_MOST_RANGES = 12

# Rows in a run differ from their place in order by the same number.
_HELD = f"""
WITH own AS (
    SELECT DISTINCT rule, column_name, source_row FROM journal.quarantine
    WHERE delivery_id = {{delivery}} AND entry = {{entry}}
), placed AS (
    SELECT rule, column_name, source_row,
        source_row - row_number() OVER (PARTITION BY rule, column_name ORDER BY source_row) AS run
    FROM own
), run AS (
    SELECT rule, column_name, min(source_row) AS low, max(source_row) AS high, count(*) AS rows,
        row_number() OVER (PARTITION BY rule, column_name ORDER BY min(source_row)) AS place
    FROM placed GROUP BY rule, column_name, run
)
SELECT rule, column_name, sum(rows)::BIGINT AS rows,
    list([low, high] ORDER BY low) FILTER (place <= {_MOST_RANGES}) AS ranges,
    coalesce(sum(rows) FILTER (place > {_MOST_RANGES}), 0)::BIGINT AS left_out
FROM run GROUP BY rule, column_name ORDER BY min(low), rule, column_name
"""


def receipt_for_partner(settings: Settings, delivery_id: int) -> PartnerReceipt:
    """Return the receipt of one delivery, as it was when the file was landed.

    Raises:
        NotFound: there is no such delivery, or its feed has no contract any more.
    """
    with connect(settings, read_only=True) as connection:
        found = next(iter(receipts(connection, delivery_id)), None)
        if found is None:
            raise NotFound(f"There is no delivery {delivery_id}.", next_action="See `safer-kpi deliveries`.")
        feed = outline(settings, found["feed"])
        entry, held, nowhere, unknown = entry_of(connection, delivery_id), [], NotPlaced(), None
        if entry is not None:
            held = connection.execute(_HELD.format(delivery=delivery_id, entry=entry)).fetchall()
            nowhere = not_placed(connection, feed, first=entry, last=entry)
            unknown = unclassified(connection, feed, settings.project, first=entry, last=entry)
    return partner_receipt(
        found,
        feed,
        [
            (rule, column, rows, [(low, high) for low, high in ranges], left)
            for rule, column, rows, ranges, left in held
        ],
        nowhere=nowhere,
        unclassified=unknown,
    )


def entry_of(connection: duckdb.DuckDBPyConnection, delivery_id: int) -> int | None:
    """Return the journal entry that the delivery posted, if it posted one."""
    query = f"SELECT entry FROM journal.delivery WHERE delivery_id = {int(delivery_id)} AND entry IS NOT NULL"
    posted = connection.execute(query).fetchall()
    return int(posted[0][0]) if posted else None
