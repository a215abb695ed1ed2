"""What the journal says that a landing must know, looked up once and kept true by whoever commits.

DuckLake reads its catalogue and one file for each entry at every question. Between two commits of one writer nothing
has changed unless the catalogue has a newer snapshot: then all is looked up again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from safer_kpi.lake.clock import newest_snapshot
from safer_kpi.lake.transaction import one_view
from safer_kpi.landing import book
from safer_kpi.landing.known_files import known_files

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.landing.known_files import Known
    from safer_kpi.landing.receipt import Receipt


@dataclass(kw_only=True)
class FeedStanding:
    """What the journal says of one feed.

    Attributes:
        owners: for each cell the claim that owns it.
        places: the part, place and period of each cell that the lake knows.
        versions: the contract versions whose columns are stored.
        held: how many rows are held back in each cell; cells without any may be left out.
        known: the files that have a receipt.
    """

    owners: dict[str, book.Claim]
    places: dict[str, book.Place]
    versions: set[str]
    held: dict[str, int]
    known: Known

    def claimed(self, claims: Sequence[book.Claim]) -> None:
        """Take note of claims that a transaction makes."""
        for claim in claims:
            owner = self.owners.get(claim.cell)
            if owner is None or claim.rank > owner.rank:
                self.owners[claim.cell] = claim

    def held_now(self, cells: Sequence[str], rows: Mapping[str | None, int]) -> dict[str, int]:
        """Take note of how many rows a delivery holds back in the cells that it owns now; return what that changes.

        ``rows`` are numbers of rows by cell; those of an unknown cell could belong to any, and count in each.
        """
        now = {cell: rows.get(cell, 0) + rows.get(None, 0) for cell in cells}
        changed = {cell: count - self.held.get(cell, 0) for cell, count in now.items()}
        self.held.update(now)
        return {cell: by for cell, by in changed.items() if by}

    def landed(self, receipt: Receipt) -> None:
        """Take note of a receipt that is written."""
        if receipt.sha256:
            file = frozenset(((receipt.sha256, receipt.published_at),))
            is_taken = receipt.status in ("accepted", "stale")
            taken = self.known.taken | file if is_taken else self.known.taken
            self.known = replace(self.known, taken=taken, answered=self.known.answered | file)


class Standing:
    """What the journal says, as far as it was asked for; it is true while ``renew`` finds no other snapshot.

    Attributes:
        connection: where it is looked up.
        written: when the lake was last written.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._snapshot: int | None = None
        self._head: book.Head | None = None
        self._feeds: dict[str, FeedStanding] = {}
        self.written: dt.datetime | None = None

    def renew(self) -> None:
        """Forget what was looked up if the catalogue has another snapshot; not within a transaction of the lake."""
        snapshot, written = newest_snapshot(self.connection)
        if snapshot != self._snapshot:
            self.forget()
        self._snapshot, self.written = snapshot, written

    def forget(self) -> None:
        """Forget what was looked up."""
        self._snapshot, self._head, self._feeds = None, None, {}

    def look_up(self, feeds: Iterable[Feed]) -> None:
        """Look up the head and what the journal says of feeds, unless it is known; not within a transaction."""
        missing = [feed for feed in feeds if feed.name not in self._feeds]
        if self._head is not None and not missing:
            return
        with one_view(self.connection):
            if self._head is None:
                self._head = book.head(self.connection)
            for feed in missing:
                self._feeds[feed.name] = _of_feed(self.connection, feed)

    @property
    def head(self) -> book.Head:
        """The head of the journal."""
        if self._head is None:
            raise RuntimeError("The head of the journal was not looked up.")
        return self._head

    def of(self, feed: Feed) -> FeedStanding:
        """Return what the journal says of a feed."""
        return self._feeds[feed.name]

    def committed(self, head: book.Head) -> None:
        """Take note that the one transaction since ``renew`` stands, and of the head that it left."""
        self._head = head
        if self._snapshot is not None:
            self._snapshot += 1


def _of_feed(connection: duckdb.DuckDBPyConnection, feed: Feed) -> FeedStanding:
    claims = connection.execute(
        """SELECT cell, delivery_id, published_at, received_at FROM journal.claim
        WHERE feed = ? GROUP BY ALL HAVING sum(weight) > 0""",
        [feed.name],
    ).fetchall()
    standing = [book.Claim(cell=c, delivery_id=d, published_at=p, received_at=r) for c, d, p, r in claims]
    places = connection.execute(
        "SELECT cell, part, place, starts_on, months FROM journal.cell WHERE feed = ?", [feed.name]
    ).fetchall()
    versions = connection.execute(
        "SELECT DISTINCT contract_version FROM journal.contract WHERE feed = ?", [feed.name]
    ).fetchall()
    held = connection.execute(
        "SELECT cell, sum(rows)::BIGINT FROM journal.held WHERE feed = ? GROUP BY cell", [feed.name]
    ).fetchall()
    owners = book.owners(sorted(standing, key=lambda claim: claim.rank, reverse=True))
    return FeedStanding(
        owners=owners,
        places={cell: (part, place, starts_on, months) for cell, part, place, starts_on, months in places},
        versions={version for (version,) in versions},
        held=dict(held),
        known=replace(known_files(connection, feed), owned=frozenset(owners)),
    )
