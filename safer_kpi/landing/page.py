"""The rows of the journal that some deliveries write together: collected first, then written table by table.

Each statement makes a file in the lake, and DuckLake reads its catalogue for each.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from safer_kpi.lake.digests import Wrote, write_rows, written_by
from safer_kpi.lake.journal import journal_columns
from safer_kpi.landing.book import entry_row
from safer_kpi.landing.diff import append

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.landing.book import Claim, Place
    from safer_kpi.landing.posting import Confirmation, Posting
    from safer_kpi.landing.receipt import Receipt

Row = tuple[object, ...]


class Page:
    """Rows of the journal of one transaction, until ``write``."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}
        self._entries: list[tuple[str, Posting, Confirmation | None, int]] = []
        self._receipts: list[tuple[Receipt, int | None]] = []

    def cells(self, feed: str, new: Sequence[tuple[str, *Place]]) -> None:
        """Take the cells that are new to the lake."""
        self._rows.setdefault("cell", []).extend((feed, *cell) for cell in new)

    def claims(self, feed: str, posting: Posting, made: Sequence[Claim]) -> None:
        """Take claims that are made."""
        self._take(posting, "claim", [
            (posting.entry, claim.delivery_id, feed, claim.cell, claim.published_at, claim.received_at, 1)
            for claim in made
        ])  # fmt: skip

    def coverage(self, feed: str, posting: Posting, cells: Sequence[str]) -> None:
        """Take cells that become covered."""
        day = posting.posted_at.date()
        self._take(posting, "coverage", [(posting.entry, posting.posted_at, day, feed, cell, 1) for cell in cells])

    def held(self, feed: str, posting: Posting, changed: dict[str, int]) -> None:
        """Take how the number of rows that are held back changed, by cell."""
        day = posting.posted_at.date()
        self._take(posting, "held", [
            (posting.entry, posting.posted_at, day, feed, cell, rows) for cell, rows in changed.items()
        ])  # fmt: skip

    def contract(self, feed: Feed, posting: Posting) -> None:
        """Take the columns of a contract version that the lake does not know."""
        row: Row = feed.name, feed.version, list(feed.columns), feed.digest, posting.entry
        self._rows.setdefault("contract", []).append(row)
        posting.wrote["contract"] = None

    def entry(self, feed: str, posting: Posting, confirmation: Confirmation | None, records: int) -> None:
        """Take the entry of a delivery, which changes a number of records."""
        self._entries.append((feed, posting, confirmation, records))

    def receipt(self, receipt: Receipt, entry: int | None) -> None:
        """Take the receipt of a file, accepted or not."""
        self._receipts.append((receipt, entry))

    def append(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Append the change rows that the entries have left for now in the open transaction, once for each feed."""
        rows: dict[str, list[str]] = {}
        for feed, posting, _, _ in self._entries:
            rows.setdefault(feed, []).extend(posting.later)
        for feed, some in rows.items():
            if some:
                append(connection, feed, some)

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write all else of it in the open transaction, the entries with the digests of what they wrote."""
        for table, rows in self._rows.items():
            _insert(connection, table, rows)
        if self._entries:
            wrote = {
                each.entry: Wrote(feed=feed, rows=each.wrote, sums=next(iter(each.hashed), None), records=records)
                for feed, each, _, records in self._entries
            }
            digests = written_by(connection, wrote)
            write_rows(connection, "entry", [
                entry_row(feed, each, digests[each.entry], kind="delivery", confirmation=confirmation)
                for feed, each, confirmation, _ in self._entries
            ])  # fmt: skip
        write_receipts(connection, self._receipts)

    def _take(self, posting: Posting, table: str, rows: list[Row]) -> None:
        self._rows.setdefault(table, []).extend(rows)
        posting.wrote[table] = rows


def write_receipts(connection: duckdb.DuckDBPyConnection, receipts: Sequence[tuple[Receipt, int | None]]) -> None:
    """Write receipts, each with the number of its entry if it posted one, in the open transaction.

    Bytes that were not kept are entered as expired under the clause that the file broke.
    """
    rows = [
        receipt.as_row() | {"changes": json.dumps(receipt.changes, sort_keys=True), "entry": entry}
        for receipt, entry in receipts
    ]
    expired = [row | {"expired_at": row["received_at"]} for row in rows if row["stored"] == "deleted"]
    for table, written in (("expired", expired), ("delivery", rows)):
        if written:
            write_rows(connection, table, written)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    given = ", ".join(f"?::{kind}" for kind in journal_columns(table).values())
    connection.execute(
        f"INSERT INTO journal.{table} VALUES {', '.join([f'({given})'] * len(rows))}",
        [value for row in rows for value in row],
    )
