"""The journal's side of rows that are held back: which they are and why, and how many of each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from safer_kpi.landing.posting import Posting


def write_quarantine(
    connection: duckdb.DuckDBPyConnection, feed: str, posting: Posting, held: str
) -> dict[str | None, int]:
    """Write which rows are held back and why; return how many in each cell. They themselves stay in the raw bytes.

    ``held`` is SQL of ``source_row, rule, column_name, cell``; the cell of a row that cannot be read is NULL.
    """
    written = connection.execute(
        f"""INSERT INTO journal.quarantine
        SELECT {posting.entry}, {posting.delivery_id}, ?, source_row, rule, column_name, cell FROM ({held})""",
        [feed],
    ).fetchall()
    if not written[0][0]:
        return {}
    posting.wrote["quarantine"] = None
    return dict(connection.execute(f"SELECT cell, count(DISTINCT source_row) FROM ({held}) GROUP BY cell").fetchall())


def _any_held(connection: duckdb.DuckDBPyConnection, feed: str) -> bool:
    """Return whether any row of a feed is or was held back; most feeds have none, and nothing must be counted."""
    for table in ("held", "quarantine"):
        if connection.execute(f"SELECT 1 FROM journal.{table} WHERE feed = ? LIMIT 1", [feed]).fetchall():
            return True
    return False


#: An entry that read a delivery's bytes and wrote which rows it holds back; a new pseudonym key (a replay that a person
#: answers for) reads no check anew.
IS_READING = "(kind = 'delivery' OR (kind = 'replay' AND person IS NULL))"


def write_held(
    connection: duckdb.DuckDBPyConnection, feed: str, posting: Posting, owners: Mapping[str, int | None]
) -> None:
    """Post how the number of rows held back in each cell changed; rows of the delivery that owns the cell count.

    A held row with an unknown cell could belong to any cell of its delivery, and counts in each. ``owners`` maps a
    cell to the delivery that owns it now; None if none does.
    """
    if not owners or not _any_held(connection, feed):
        return
    written = connection.execute(
        """INSERT INTO journal.held
        WITH owner AS (
            SELECT unnest(?) AS cell, unnest(?)::BIGINT AS delivery_id
        ), last_read AS (
            SELECT delivery_id, max(entry) AS entry
            FROM (SELECT delivery_id, entry FROM journal.entry WHERE feed = ? AND """
        + IS_READING
        + """ UNION ALL SELECT ?, ?)
            GROUP BY delivery_id
        ), kept AS (
            SELECT DISTINCT q.delivery_id, q.source_row, q.cell
            FROM journal.quarantine AS q JOIN last_read USING (delivery_id, entry)
        ), now AS (
            SELECT owner.cell, count(DISTINCT kept.source_row) AS rows
            FROM owner
            LEFT JOIN kept ON kept.delivery_id = owner.delivery_id AND coalesce(kept.cell, owner.cell) = owner.cell
            GROUP BY owner.cell
        ), before AS (
            SELECT cell, sum(rows) AS rows FROM journal.held WHERE feed = ? GROUP BY cell
        )
        SELECT ?, ?, ?, ?, now.cell, now.rows - coalesce(before.rows, 0)
        FROM now LEFT JOIN before USING (cell)
        WHERE now.rows <> coalesce(before.rows, 0)""",
        [
            list(owners), list(owners.values()), feed, posting.delivery_id, posting.entry, feed,
            posting.entry, posting.posted_at, posting.posted_at.date(), feed,
        ],
    ).fetchall()  # fmt: skip
    if written[0][0]:
        posting.wrote["held"] = None
