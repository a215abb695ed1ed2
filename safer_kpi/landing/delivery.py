"""Commit one partner file: one transaction under the writer lease, or nothing but a receipt."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from safer_kpi.catalogue.known_names import known_name
from safer_kpi.errors import InputRefused, UsageError
from safer_kpi.lake import raw
from safer_kpi.lake.boundary import boundary
from safer_kpi.lake.transaction import one_view, transaction
from safer_kpi.landing import book
from safer_kpi.landing.arrival import arrive
from safer_kpi.landing.depersonalise import forget_bytes, is_identifier
from safer_kpi.landing.diff import in_cells, post
from safer_kpi.landing.known_files import known_files
from safer_kpi.landing.next_time import next_time
from safer_kpi.landing.posting import Confirmation, Posting, Target, Terms
from safer_kpi.landing.pseudonyms import open_key
from safer_kpi.landing.receipt import Receipt
from safer_kpi.landing.released import write_held_before

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.lake.copying import Copied
    from safer_kpi.lake.raw import Held
    from safer_kpi.landing.arrival import Arrival
    from safer_kpi.landing.readings import Reading
    from safer_kpi.settings import Settings


def land_one(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    feed: Feed,
    source: str,
    terms: Terms,
    *,
    file_name: str | None = None,
    archive_sha256: str | None = None,
) -> Receipt:
    """Receive, read and commit the file at ``source``; the caller holds the lease.

    It may have arrived under another name or in an archive. Of its name the receipt keeps what the contract knows.
    """
    arrival = arrive(
        settings, feed, source, terms,
        is_known=partial(known_files(connection, feed).answers, terms),
        file_name=file_name, archive_sha256=archive_sha256,
    )  # fmt: skip
    with closing(arrival):
        return commit(connection, settings, arrival)


def commit(connection: duckdb.DuckDBPyConnection, settings: Settings, arrival: Arrival) -> Receipt:
    """Post what a file says in one transaction, or nothing but its receipt; the caller holds the lease."""
    feed, terms, held = arrival.feed, arrival.terms, arrival.held
    with one_view(connection):
        head = book.head(connection)
    received_at = next_time(connection, settings, head, terms.received_at)
    receipt = _new_receipt(arrival, head, received_at)
    version = open_key(connection, settings, feed)
    if held is not None:
        if terms.once and (earlier := book.first_receipt(connection, feed, held.sha256, receipt.published_at)):
            return earlier
        if book.is_duplicate(connection, feed.name, held.sha256, receipt.published_at):
            receipt.status = "duplicate"
            receipt.stored = "kept" if raw.holds(settings, held.sha256) else "deleted"
            _write_receipt_alone(connection, receipt, None)
            return receipt
        # A file that was read before midnight is read again; so is one whose receipt was known and is so no more.
        arrival.read_on(received_at.date())
        if arrival.is_clean:
            held.keep()
    try:
        read = arrival.rows()
        _check_publication(receipt)
        posting = Posting(
            entry=head.entry + 1, posted_at=received_at, delivery_id=receipt.delivery_id, contract_version=version
        )
        _post(connection, settings, arrival, read, receipt, posting)
    except InputRefused as refusal:
        _refuse(receipt, refusal)
        if held is not None and not held.is_kept:
            receipt.stored = "deleted"
            if is_identifier(refusal):
                forget_bytes(connection, settings, held.sha256)
        _write_receipt_alone(connection, receipt, held)
    return receipt


def _new_receipt(arrival: Arrival, head: book.Head, received_at: dt.datetime) -> Receipt:
    terms, held = arrival.terms, arrival.held
    return Receipt(
        delivery_id=head.delivery_id + 1,
        feed=arrival.feed.name,
        file_name=arrival.known_as,
        sha256=held.sha256 if held else "",
        bytes=held.size if held else 0,
        published_at=terms.published or received_at,
        received_at=received_at,
        contract_version=arrival.feed.version,
        status="accepted",
        archive_sha256=arrival.archive_sha256,
        fetched_from=terms.fetched_from,
        publisher_date=terms.publisher_date,
    )


def _post(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    arrival: Arrival,
    read: Reading,
    receipt: Receipt,
    posting: Posting,
) -> None:
    feed, confirmation = arrival.feed, arrival.terms.confirmation
    _count(receipt, read)
    with transaction(connection):
        owned = book.owners(book.claims(connection, feed.name, receipt.cells))
        before = {cell: claim.delivery_id for cell, claim in owned.items()}
        was_held = write_held_before(connection, settings, feed, before)
        target = replace(_claim(connection, feed, receipt, posting, read, owned), was_held=was_held)
        receipt.changes = post(connection, feed, target, posting, confirmed=confirmation is not None)
        book.write_quarantine(connection, feed.name, posting, read.quarantine())
        book.write_held(connection, feed.name, posting, dict.fromkeys(target.cells, receipt.delivery_id))
        book.write_contract(connection, feed, posting)
        book.write_entry(connection, feed.name, posting, kind="delivery", confirmation=confirmation)
        book.write_receipt(connection, receipt, posting.entry)
        if arrival.held is not None:
            arrival.held.wait()


def refuse_file(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    feed: Feed,
    copied: Copied,
    terms: Terms,
    refusal: InputRefused,
    *,
    file_name: str,
    archive_sha256: str | None = None,
) -> Receipt:
    """Write the receipt of a file that is refused before a contract reads it; the caller holds the lease."""
    head = book.head(connection)
    received_at = next_time(connection, settings, head, terms.received_at)
    receipt = Receipt(
        delivery_id=head.delivery_id + 1,
        feed=feed.name,
        file_name=known_name(feed, file_name),
        sha256=copied.sha256,
        bytes=copied.size,
        published_at=terms.published or received_at,
        received_at=received_at,
        contract_version=feed.version,
        status="refused",
        archive_sha256=archive_sha256,
        stored="deleted",
        fetched_from=terms.fetched_from,
        publisher_date=terms.publisher_date,
    )
    if terms.once and copied.sha256:
        earlier = book.first_receipt(connection, feed, copied.sha256, receipt.published_at)
        if earlier is not None:
            return earlier
    _refuse(receipt, refusal)
    _write_receipt_alone(connection, receipt, None)
    return receipt


def _refuse(receipt: Receipt, refusal: InputRefused) -> None:
    row = f" (row {refusal.row})" if refusal.row is not None else ""
    receipt.status, receipt.changes, receipt.stale_cells = "refused", {}, []
    receipt.rule, receipt.error_row, receipt.message = refusal.rule, refusal.row, str(refusal)
    named = receipt.file_name or f"Delivery {receipt.delivery_id}"
    receipt.error = f"{named}{row}, {receipt.feed} {receipt.contract_version} {refusal.rule}: {refusal}"


def _count(receipt: Receipt, read: Reading) -> None:
    receipt.cells = read.cells
    receipt.rows_read, receipt.rows_skipped = read.parsed.rows_read, read.parsed.rows_skipped
    receipt.rows_accepted, receipt.rows_quarantined = read.checked.rows_accepted, read.checked.rows_quarantined
    receipt.hidden_rows, receipt.hidden_columns = read.parsed.hidden_rows, read.parsed.hidden_columns
    receipt.hidden_sheets = read.parsed.hidden_sheets


def _check_publication(receipt: Receipt) -> None:
    if receipt.published_at > receipt.received_at:
        raise InputRefused(
            "The publication date lies after the receipt.",
            rule="published_after_receipt",
            next_action="Give the date on which the partner published the file.",
        )


def _claim(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    receipt: Receipt,
    posting: Posting,
    read: Reading,
    owned: Mapping[str, book.Claim],
) -> Target:
    """Claim the delivery's cells; those ``owned`` by a later publication are stale and stay as they are."""
    own = [
        book.Claim(
            cell=cell,
            delivery_id=receipt.delivery_id,
            published_at=receipt.published_at,
            received_at=receipt.received_at,
        )
        for cell in receipt.cells
    ]
    receipt.stale_cells = [claim.cell for claim in own if claim.cell in owned and owned[claim.cell].rank > claim.rank]
    live = [cell for cell in receipt.cells if cell not in receipt.stale_cells]
    if not live:
        receipt.status = "stale"
    book.write_cells(connection, feed.name, read.covered.typed)
    posting.wrote["cell"] = [(feed.name, c.name, c.part, c.place, c.starts_on, c.months) for c in read.covered.typed]
    book.write_claims(connection, feed.name, posting, own, +1)
    book.write_coverage(connection, feed.name, posting, [cell for cell in receipt.cells if cell not in owned], +1)
    rows = read.rows(feed, receipt.delivery_id)
    if live and receipt.stale_cells:
        rows = f"SELECT * FROM ({rows}) WHERE {in_cells(live)}"
    return Target(
        rows=rows,
        held=read.held(feed),
        cells=live,
        covered=[cell for cell in live if cell in owned],
    )


def _write_receipt_alone(connection: duckdb.DuckDBPyConnection, receipt: Receipt, received: Held | None) -> None:
    if received is not None:
        received.wait()
    with boundary("receipt.commit"), transaction(connection):
        book.write_receipt(connection, receipt, None)


def confirmation_of(person: str | None, reason: str | None) -> Confirmation | None:
    """Return a confirmation from a command line's two options.

    Raises:
        UsageError: one of the two is missing.
    """
    if person is None and reason is None:
        return None
    if not person or not reason:
        raise UsageError("A confirmation needs a person and a reason.", next_action="Give --confirm and --reason.")
    return Confirmation(person=person, reason=reason)
