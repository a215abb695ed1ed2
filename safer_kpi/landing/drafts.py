"""Files that are about to be committed: each has its number, its time and its receipt, and nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.lake import raw
from safer_kpi.landing import book
from safer_kpi.landing.depersonalise import forget_bytes, is_identifier
from safer_kpi.landing.next_time import next_time
from safer_kpi.landing.pseudonyms import open_key
from safer_kpi.landing.receipt import Receipt

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import duckdb

    from safer_kpi.landing.arrival import Arrival
    from safer_kpi.landing.standing import Standing
    from safer_kpi.settings import Settings


@dataclass(kw_only=True)
class Draft:
    """A file that is about to be committed, with its receipt.

    Attributes:
        version: the contract version that its entry carries.
        has_rows: whether its rows are to be posted.
        is_written: the receipt answers for a file that came before, and is there already.
    """

    arrival: Arrival
    receipt: Receipt
    version: str
    has_rows: bool = False
    is_written: bool = False


def drafts_of(
    connection: duckdb.DuckDBPyConnection, settings: Settings, arrivals: Sequence[Arrival], standing: Standing
) -> list[Draft]:
    """Number files in the order given, and find out which of them have rows to post.

    Bytes that are searched and clean begin to be stored.
    """
    drafts, head = [], standing.head
    for arrival in arrivals:
        draft = _draft(connection, settings, arrival, standing, head)
        drafts.append(draft)
        if not draft.is_written:
            posted_at = draft.receipt.received_at if draft.has_rows else head.posted_at
            head = replace(head, delivery_id=draft.receipt.delivery_id, posted_at=posted_at)
    return drafts


def _draft(
    connection: duckdb.DuckDBPyConnection, settings: Settings, arrival: Arrival, standing: Standing, head: book.Head
) -> Draft:
    """Number a file, and find out whether it has rows to post."""
    feed, terms, held = arrival.feed, arrival.terms, arrival.held
    received_at = next_time(connection, settings, head, terms.received_at, standing.written)
    receipt = _new_receipt(arrival, head, received_at)
    draft = Draft(arrival=arrival, receipt=receipt, version=open_key(connection, settings, feed))
    if held is not None:
        known = standing.of(feed).known
        file = held.sha256, receipt.published_at
        if terms.once and file in known.answered:
            earlier = book.first_receipt(connection, feed, *file)
            if earlier is not None:
                return replace(draft, receipt=earlier, is_written=True)
        if file in known.taken:
            receipt.status = "duplicate"
            receipt.stored = "kept" if raw.holds(settings, held.sha256) else "deleted"
            return draft
        # A file that was read before midnight is read again; so is one whose receipt was known and is so no more.
        arrival.read_on(received_at.date())
        if arrival.is_clean:
            held.keep()
    try:
        arrival.rows()
        _check_publication(receipt)
        draft.has_rows = True
    except InputRefused as refusal:
        refuse(receipt, refusal)
        if held is not None and not held.is_kept:
            receipt.stored = "deleted"
            if is_identifier(refusal):
                forget_bytes(connection, settings, held.sha256)
    return draft


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


def refuse(receipt: Receipt, refusal: InputRefused) -> None:
    """Write a refusal into a receipt."""
    row = f" (row {refusal.row})" if refusal.row is not None else ""
    receipt.status, receipt.changes, receipt.stale_cells = "refused", {}, []
    receipt.rule, receipt.error_row, receipt.message = refusal.rule, refusal.row, str(refusal)
    named = receipt.file_name or f"Delivery {receipt.delivery_id}"
    receipt.error = f"{named}{row}, {receipt.feed} {receipt.contract_version} {refusal.rule}: {refusal}"


def _check_publication(receipt: Receipt) -> None:
    if receipt.published_at > receipt.received_at:
        raise InputRefused(
            "The publication date lies after the receipt.",
            rule="published_after_receipt",
            next_action="Give the date on which the partner published the file.",
        )
