"""Commit partner files: some of them in one transaction under the writer lease, or nothing of them."""

from __future__ import annotations

from contextlib import closing, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from safer_kpi.catalogue.known_names import known_name
from safer_kpi.errors import InputRefused, UsageError
from safer_kpi.lake.boundary import boundary
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing import book
from safer_kpi.landing.arrival import arrive
from safer_kpi.landing.diff import in_cells, post
from safer_kpi.landing.drafts import drafts_of, refuse
from safer_kpi.landing.held_back import write_quarantine
from safer_kpi.landing.next_time import next_time
from safer_kpi.landing.page import Page, write_receipts
from safer_kpi.landing.posting import Confirmation, Posting, Target, Terms
from safer_kpi.landing.receipt import Receipt
from safer_kpi.landing.released import write_held_before
from safer_kpi.landing.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.lake.copying import Copied
    from safer_kpi.landing.arrival import Arrival
    from safer_kpi.landing.drafts import Draft
    from safer_kpi.landing.readings import Reading
    from safer_kpi.landing.standing import FeedStanding
    from safer_kpi.settings import Settings


class NotTogether(Exception):
    """One of several files cannot be committed; none was."""


def land_one(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    feed: Feed,
    source: str,
    terms: Terms,
    *,
    standing: Standing | None = None,
    file_name: str | None = None,
    archive_sha256: str | None = None,
) -> Receipt:
    """Receive, read and commit the file at ``source``; the caller holds the lease.

    It may have arrived under another name or in an archive. Of its name the receipt keeps what the contract knows.
    Whoever lands several hands the same ``standing`` on.
    """
    standing = standing or Standing(connection)
    arrival = arrive_at(standing, settings, feed, source, terms, file_name=file_name, archive_sha256=archive_sha256)
    with closing(arrival):
        return commit(connection, settings, [arrival], standing)[0]


def arrive_at(
    standing: Standing,
    settings: Settings,
    feed: Feed,
    source: str,
    terms: Terms,
    *,
    file_name: str | None = None,
    archive_sha256: str | None = None,
) -> Arrival:
    """Receive the file at ``source`` and read it, unless what the journal says now answers for it; without a lease."""
    standing.renew()
    standing.look_up([feed])
    known = standing.of(feed).known
    return arrive(
        settings, feed, source, terms,
        is_known=partial(known.answers, terms), are_new=known.owned.isdisjoint,
        file_name=file_name, archive_sha256=archive_sha256,
    )  # fmt: skip


def commit(
    connection: duckdb.DuckDBPyConnection, settings: Settings, arrivals: Sequence[Arrival], standing: Standing
) -> list[Receipt]:
    """Post what files say in one transaction, of a refused one nothing but its receipt; the caller holds the lease.

    Several files have different bytes and share no cell of a feed, so that none changes what another one meets.

    Raises:
        NotTogether: one of several raises an error.
    """
    page, is_last_step = Page(), False
    try:
        standing.renew()
        standing.look_up([arrival.feed for arrival in arrivals])
        drafts = drafts_of(connection, settings, arrivals, standing)
        new = [draft for draft in drafts if not draft.is_written]
        if new:
            posted, head = [draft for draft in new if draft.has_rows], standing.head
            with nullcontext() if posted else boundary("receipt.commit"), transaction(connection):
                for draft in new:
                    entry = None
                    if draft.has_rows:
                        posting = _posting(draft, head)
                        if _post(connection, settings, draft, posting, standing.of(draft.arrival.feed), page):
                            entry, head = posting.entry, replace(head, entry=posting.entry, posted_at=posting.posted_at)
                    page.receipt(draft.receipt, entry)
                page.append(connection)
                is_last_step = True
                page.write(connection)
                for draft in new:
                    if draft.arrival.held is not None:
                        draft.arrival.held.wait()
            standing.committed(replace(head, delivery_id=new[-1].receipt.delivery_id))
            for draft in new:
                standing.of(draft.arrival.feed).landed(draft.receipt)
    except Exception as problem:
        standing.forget()
        if len(arrivals) > 1 and not is_last_step:
            raise NotTogether from problem
        raise
    return [draft.receipt for draft in drafts]


def _posting(draft: Draft, head: book.Head) -> Posting:
    receipt = draft.receipt
    return Posting(
        entry=head.entry + 1,
        posted_at=receipt.received_at,
        delivery_id=receipt.delivery_id,
        contract_version=draft.version,
    )


def _post(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    draft: Draft,
    posting: Posting,
    of_feed: FeedStanding,
    page: Page,
) -> bool:
    """Post the rows of a file in the open transaction; return whether it is not refused for what it would withdraw."""
    feed, receipt, confirmation = draft.arrival.feed, draft.receipt, draft.arrival.terms.confirmation
    read = draft.arrival.rows()
    _count(receipt, read)
    new_cells = book.new_cells(feed.name, read.covered.typed, of_feed.places)
    owned = {cell: of_feed.owners[cell] for cell in receipt.cells if cell in of_feed.owners}
    own = _claims(receipt)
    target = _target(feed, receipt, read, own, owned)
    if any(of_feed.held.get(cell) for cell in owned):
        before = {cell: claim.delivery_id for cell, claim in owned.items()}
        target = replace(target, was_held=write_held_before(connection, settings, feed, before))
    try:
        receipt.changes = post(connection, feed, target, posting, confirmed=confirmation is not None)
    except InputRefused as refusal:
        refuse(receipt, refusal)
        return False
    page.cells(feed.name, new_cells)
    posting.wrote["cell"] = [(feed.name, c.name, c.part, c.place, c.starts_on, c.months) for c in read.covered.typed]
    page.claims(feed.name, posting, own)
    page.coverage(feed.name, posting, [cell for cell in receipt.cells if cell not in owned])
    held = write_quarantine(connection, feed.name, posting, read.quarantine()) if receipt.rows_quarantined else {}
    page.held(feed.name, posting, of_feed.held_now(target.cells, held))
    if feed.version not in of_feed.versions:
        page.contract(feed, posting)
        of_feed.versions.add(feed.version)
    page.entry(feed.name, posting, confirmation, sum(receipt.changes.values()))
    of_feed.places.update({name: (part, place, starts, months) for name, part, place, starts, months in new_cells})
    of_feed.claimed(own)
    return True


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
    refuse(receipt, refusal)
    with boundary("receipt.commit"), transaction(connection):
        write_receipts(connection, [(receipt, None)])
    return receipt


def _count(receipt: Receipt, read: Reading) -> None:
    receipt.cells = read.cells
    receipt.rows_read, receipt.rows_skipped = read.parsed.rows_read, read.parsed.rows_skipped
    receipt.rows_accepted, receipt.rows_quarantined = read.checked.rows_accepted, read.checked.rows_quarantined
    receipt.hidden_rows, receipt.hidden_columns = read.parsed.hidden_rows, read.parsed.hidden_columns
    receipt.hidden_sheets = read.parsed.hidden_sheets


def _claims(receipt: Receipt) -> list[book.Claim]:
    return [
        book.Claim(
            cell=cell,
            delivery_id=receipt.delivery_id,
            published_at=receipt.published_at,
            received_at=receipt.received_at,
        )
        for cell in receipt.cells
    ]


def _target(
    feed: Feed, receipt: Receipt, read: Reading, own: Sequence[book.Claim], owned: Mapping[str, book.Claim]
) -> Target:
    """Return the rows of the delivery's cells; those ``owned`` by a later publication are stale and stay."""
    receipt.stale_cells = [claim.cell for claim in own if claim.cell in owned and owned[claim.cell].rank > claim.rank]
    live = [cell for cell in receipt.cells if cell not in receipt.stale_cells]
    if not live:
        receipt.status = "stale"
    rows = read.rows(feed, receipt.delivery_id)
    if live and receipt.stale_cells:
        rows = f"SELECT * FROM ({rows}) WHERE {in_cells(live)}"
    return Target(
        rows=rows,
        held=read.held(feed),
        cells=live,
        covered=[cell for cell in live if cell in owned],
        sums=read.sums,
    )


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
