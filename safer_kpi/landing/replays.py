"""Read a delivery's bytes again, or undo it. Both post; neither deletes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.errors import InputRefused, NotFound, UsageError
from safer_kpi.lake import connect, lease, raw
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing import book
from safer_kpi.landing.diff import in_cells, post
from safer_kpi.landing.expired import fetch_bytes
from safer_kpi.landing.held_back import write_held, write_quarantine
from safer_kpi.landing.next_time import next_time
from safer_kpi.landing.posting import Confirmation, Posting, Target
from safer_kpi.landing.pseudonyms import open_key
from safer_kpi.landing.readings import reading
from safer_kpi.landing.receipt import Receipt
from safer_kpi.landing.seeds import open_lake

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.settings import Settings


def replay(settings: Settings, delivery_id: int, *, received_at: dt.datetime | None = None) -> Receipt:
    """Read a delivery's stored bytes again under today's contract and post what differs.

    A reverted delivery stands again. Cells that a later publication owns stay as they are. If nothing differs,
    nothing is posted.

    Raises:
        NotFound: there is no such delivery.
        UsageError: it was refused or a duplicate, so it never posted; or its bytes expired.
        InputRefused: today's contract refuses the bytes; nothing has changed.
    """
    with connect(settings) as connection:
        open_lake(connection, settings)
        with lease(settings):
            first = _posted_delivery(connection, delivery_id)
            feed = load_feed(settings.project, first["feed"])
            version = open_key(connection, settings, feed)
            head = book.head(connection)
            posted_at = next_time(connection, settings, head, received_at)
            path = fetch_bytes(connection, settings, delivery_id, first["sha256"])
            try:
                name, came = first["file_name"], first["received_at"]
                with reading(settings, feed, path, name, received_on=came.date()) as read:
                    own = _claims_of(first, read.cells)
                    receipt = Receipt(
                        **first | {"cells": read.cells, "contract_version": feed.version, "status": "accepted"},
                        rows_read=read.parsed.rows_read,
                        rows_accepted=read.checked.rows_accepted,
                        rows_quarantined=read.checked.rows_quarantined,
                        rows_skipped=read.parsed.rows_skipped,
                    )
                    standing = book.claims(connection, feed.name, read.cells)
                    reclaimed = [claim for claim in own if claim not in standing]
                    owned = book.owners(sorted([*standing, *reclaimed], key=lambda c: c.rank, reverse=True))
                    receipt.stale_cells = [c.cell for c in own if owned[c.cell].delivery_id != delivery_id]
                    live = [claim.cell for claim in own if claim.cell not in receipt.stale_cells]
                    before = {claim.cell for claim in standing}
                    posting = Posting(
                        entry=head.entry + 1,
                        posted_at=posted_at,
                        delivery_id=delivery_id,
                        contract_version=version,
                        cause="replayed" if _last_version(connection, delivery_id) == version else "contract",
                    )
                    rows = f"SELECT * FROM ({read.rows(feed, delivery_id)}) WHERE {in_cells(live)}" if live else ""
                    target = Target(rows=rows, held=read.held(feed), cells=live, covered=live)
                    with transaction(connection):
                        receipt.changes = post(connection, feed, target, posting)
                        if receipt.changes or reclaimed:
                            fresh = [claim.cell for claim in reclaimed if claim.cell not in before]
                            book.write_cells(connection, feed.name, read.covered.typed)
                            book.write_claims(connection, feed.name, posting, reclaimed, +1)
                            book.write_coverage(connection, feed.name, posting, fresh, +1)
                            write_quarantine(connection, feed.name, posting, read.quarantine())
                            write_held(connection, feed.name, posting, dict.fromkeys(live, delivery_id))
                            book.write_contract(connection, feed, posting)
                            book.write_entry(connection, feed.name, posting, kind="replay")
                    if receipt.stale_cells and not live:
                        receipt.status = "stale"
                    return receipt
            finally:
                raw.release(settings, path)


def revert(
    settings: Settings, delivery_id: int, *, reason: str, person: str, received_at: dt.datetime | None = None
) -> Receipt:
    """Undo a delivery: its cells become as the next strongest delivery has them, or uncovered.

    Raises:
        NotFound: there is no such delivery.
        UsageError: it never posted, is reverted already, or person or reason is missing.
    """
    if not reason.strip() or not person.strip():
        raise UsageError("A reversal needs a person and a reason.", next_action="Give --by and --reason.")
    with connect(settings) as connection:
        open_lake(connection, settings)
        with lease(settings):
            first = _posted_delivery(connection, delivery_id)
            feed = load_feed(settings.project, first["feed"])
            version = open_key(connection, settings, feed)
            standing = book.claims(connection, feed.name, first["cells"])
            own = [claim for claim in standing if claim.delivery_id == delivery_id]
            if not own:
                raise UsageError(
                    f"Delivery {delivery_id} is already reverted.", next_action="`replay` makes it stand again."
                )
            before = book.owners(standing)
            after = book.owners([claim for claim in standing if claim.delivery_id != delivery_id])
            freed = [claim.cell for claim in own if before[claim.cell].delivery_id == delivery_id]
            head = book.head(connection)
            posted_at = next_time(connection, settings, head, received_at)
            restore_rows(connection, settings, feed, [after[cell] for cell in freed if cell in after])
            posting = Posting(
                entry=head.entry + 1,
                posted_at=posted_at,
                delivery_id=delivery_id,
                contract_version=version,
                cause="reverted",
            )
            columns = ", ".join(f'"{column}"' for column in feed.columns)
            nothing = f"SELECT NULL::BIGINT AS source_row, NULL::VARCHAR AS cell, {columns} FROM restored WHERE false"
            target = Target(rows="SELECT * FROM restored", held=nothing, cells=freed, covered=freed)
            with transaction(connection):
                changes = post(connection, feed, target, posting)
                book.write_claims(connection, feed.name, posting, own, -1)
                book.write_coverage(connection, feed.name, posting, [cell for cell in freed if cell not in after], -1)
                left = {cell: after[cell].delivery_id if cell in after else None for cell in freed}
                write_held(connection, feed.name, posting, left)
                book.write_entry(
                    connection,
                    feed.name,
                    posting,
                    kind="reversal",
                    confirmation=Confirmation(person=person, reason=reason),
                )
            return Receipt(**first, contract_version=feed.version, status="accepted", changes=changes)


def _posted_delivery(connection: duckdb.DuckDBPyConnection, delivery_id: int) -> dict:  # type: ignore[type-arg]
    names = ("delivery_id", "feed", "file_name", "sha256", "bytes", "published_at", "received_at", "cells")
    rows = connection.execute(
        f"SELECT status, {', '.join(names)} FROM journal.delivery WHERE delivery_id = ?",
        [delivery_id],
    ).fetchall()
    if not rows:
        raise NotFound(f"There is no delivery {delivery_id}.", next_action="See `safer-kpi deliveries`.")
    status, *values = rows[0]
    if status not in ("accepted", "stale"):
        raise UsageError(f"Delivery {delivery_id} never posted: it was {status}.", next_action="Land the file again.")
    return dict(zip(names, values, strict=True))


def _claims_of(first: dict, cells: Sequence[str]) -> list[book.Claim]:  # type: ignore[type-arg]
    return [
        book.Claim(
            cell=cell,
            delivery_id=first["delivery_id"],
            published_at=first["published_at"],
            received_at=first["received_at"],
        )
        for cell in cells
    ]


def _last_version(connection: duckdb.DuckDBPyConnection, delivery_id: int) -> str:
    rows = connection.execute(
        "SELECT contract_version FROM journal.entry WHERE delivery_id = ? AND kind <> 'reversal' "
        "ORDER BY entry DESC LIMIT 1",
        [delivery_id],
    ).fetchall()
    return str(rows[0][0])


def restore_rows(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, claims: Sequence[book.Claim]
) -> None:
    """Write ``restored``: the rows that the given claims make live in their cells, read from their bytes again."""
    columns = ", ".join(f'"{column}" VARCHAR' for column in feed.columns)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE restored (origin_delivery_id BIGINT, origin_row BIGINT, cell VARCHAR, {columns})"
    )
    for delivery_id in sorted({claim.delivery_id for claim in claims}):
        cells = [claim.cell for claim in claims if claim.delivery_id == delivery_id]
        earlier = _posted_delivery(connection, delivery_id)
        path = fetch_bytes(connection, settings, delivery_id, earlier["sha256"])
        try:
            name, came = earlier["file_name"], earlier["received_at"]
            with reading(settings, feed, path, name, received_on=came.date()) as read:
                connection.execute(
                    f"INSERT INTO restored SELECT * FROM ({read.rows(feed, delivery_id)}) WHERE list_contains(?, cell)",
                    [cells],
                )
        except InputRefused as refusal:
            raise UsageError(
                f"Delivery {delivery_id}, which would take the cell over, is refused by today's contract: {refusal}",
                next_action="Land a newer file for the cell instead.",
            ) from refusal
        finally:
            raw.release(settings, path)
