"""The journal's side of a landing: numbers, times, claims on cells, coverage and receipts."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import ProjectError, UsageError
from safer_kpi.lake.digests import Wrote, as_text, write_row, written_by
from safer_kpi.lake.journal import STORED_SQL
from safer_kpi.landing.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from safer_kpi.catalogue.cells import Cell
    from safer_kpi.catalogue.feeds import Feed
    from safer_kpi.lake.digests import Digests
    from safer_kpi.landing.posting import Confirmation, Posting

Place = tuple["str | None", "str | None", "dt.date | None", "int | None"]
"""The part, place, first day and months of a cell."""
_MICROSECOND = dt.timedelta(microseconds=1)
_BEFORE_ALL = dt.datetime.fromisoformat("0001-01-01")


@dataclass(frozen=True, kw_only=True)
class Head:
    """The last entry, its time and the last delivery's number."""

    entry: int
    posted_at: dt.datetime
    delivery_id: int

    def next_time(self, asked: dt.datetime | None, now: dt.datetime) -> dt.datetime:
        """Return when the next entry posts: strictly after the last, never in the future.

        Raises:
            UsageError: ``asked`` (a history being loaded) lies before the last entry, or in the future.
        """
        if asked is None:
            return max(now, self.posted_at + _MICROSECOND)
        if asked > now:
            raise UsageError("--received-at lies in the future.", next_action="Give a time that has passed, in UTC.")
        if asked < self.posted_at:
            raise UsageError(
                f"--received-at lies before the last entry ({self.posted_at:%Y-%m-%dT%H:%M:%S}Z).",
                next_action="History is loaded in the order it was received.",
            )
        return max(asked, self.posted_at + _MICROSECOND)


def head(connection: duckdb.DuckDBPyConnection) -> Head:
    """Return the head of the journal."""
    entry, posted_at = connection.execute("SELECT max(entry), max(posted_at) FROM journal.entry").fetchall()[0]
    delivery_id = connection.execute("SELECT max(delivery_id) FROM journal.delivery").fetchall()[0][0]
    return Head(entry=entry or 0, posted_at=posted_at or _BEFORE_ALL, delivery_id=delivery_id or 0)


def first_receipt(
    connection: duckdb.DuckDBPyConnection, feed: Feed, sha256: str, published_at: dt.datetime
) -> Receipt | None:
    """Return the first receipt for the same bytes of a feed under the same publication date; None if there is none.

    A refusal counts only under the same version of the contract: a mended contract may read the file.
    """
    found = _receipts(
        connection,
        "feed = ? AND sha256 = ? AND published_at = ? AND (status <> 'refused' OR contract_version = ?)"
        " ORDER BY delivery_id LIMIT 1",
        [feed.name, sha256, published_at, feed.version],
    )
    return found[0] if found else None


def receipts_since(connection: duckdb.DuckDBPyConnection, feed: str, since: dt.datetime) -> list[Receipt]:
    """Return the receipts of the files that a feed received since then, the first to come first."""
    return _receipts(connection, "feed = ? AND received_at >= ? ORDER BY delivery_id", [feed, since])


def _receipts(connection: duckdb.DuckDBPyConnection, condition: str, values: Sequence[object]) -> list[Receipt]:
    relation = connection.execute(
        f"SELECT * EXCLUDE (entry, digest), {STORED_SQL} AS stored FROM journal.delivery WHERE {condition}", values
    )
    names = [column[0] for column in relation.description]
    found = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    return [Receipt(**told | {"changes": json.loads(told["changes"])}) for told in found]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One delivery's claim on one cell; the claim published last (then received last) owns the cell."""

    cell: str
    delivery_id: int
    published_at: dt.datetime
    received_at: dt.datetime

    @property
    def rank(self) -> tuple[dt.datetime, dt.datetime, int]:
        """The order of claims on a cell: the largest owns it."""
        return self.published_at, self.received_at, self.delivery_id


def claims(connection: duckdb.DuckDBPyConnection, feed: str, cells: Sequence[str]) -> list[Claim]:
    """Return the claims that stand on these cells, strongest first."""
    rows = connection.execute(
        """SELECT cell, delivery_id, published_at, received_at FROM journal.claim
        WHERE feed = ? AND list_contains(?, cell)
        GROUP BY ALL HAVING sum(weight) > 0""",
        [feed, list(cells)],
    ).fetchall()
    found = [Claim(cell=c, delivery_id=d, published_at=p, received_at=r) for c, d, p, r in rows]
    return sorted(found, key=lambda claim: claim.rank, reverse=True)


def owners(standing: Sequence[Claim]) -> dict[str, Claim]:
    """Return for each cell the claim that owns it."""
    found: dict[str, Claim] = {}
    for claim in standing:  # strongest first
        found.setdefault(claim.cell, claim)
    return found


def write_entry(
    connection: duckdb.DuckDBPyConnection,
    feed: str,
    posting: Posting,
    *,
    kind: str,
    confirmation: Confirmation | None = None,
) -> None:
    """Write an entry, a numbered line of the journal, with the digests of all that it wrote: the caller's last step."""
    digests = written_by(connection, {posting.entry: Wrote(feed=feed, rows=posting.wrote)})
    write_row(
        connection, "entry", entry_row(feed, posting, digests[posting.entry], kind=kind, confirmation=confirmation)
    )


def entry_row(
    feed: str, posting: Posting, digests: Digests, *, kind: str, confirmation: Confirmation | None
) -> dict[str, object]:
    """Return the row of an entry."""
    person, reason = (confirmation.person, confirmation.reason) if confirmation else (None, None)
    return {
        "entry": posting.entry, "posted_at": posting.posted_at, "kind": kind, "delivery_id": posting.delivery_id,
        "feed": feed, "reason": reason, "person": person, "contract_version": posting.contract_version,
        "digests": as_text(digests),
    }  # fmt: skip


def write_claims(
    connection: duckdb.DuckDBPyConnection, feed: str, posting: Posting, made: Sequence[Claim], weight: int
) -> None:
    """Write claims that are made (+1) or taken back (-1)."""
    rows: list[tuple[object, ...]] = [
        (posting.entry, claim.delivery_id, feed, claim.cell, claim.published_at, claim.received_at, weight)
        for claim in made
    ]
    for row in rows:
        connection.execute("INSERT INTO journal.claim VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    posting.wrote["claim"] = rows


def write_cells(connection: duckdb.DuckDBPyConnection, feed: str, cells: Sequence[Cell]) -> None:
    """Store the part, place and period of each cell that is new to the lake.

    Raises:
        ProjectError: the lake knows a cell of that name with another part, place or period.
    """
    rows = connection.execute(
        "SELECT cell, part, place, starts_on, months FROM journal.cell WHERE feed = ? AND list_contains(?, cell)",
        [feed, [cell.name for cell in cells]],
    ).fetchall()
    known = {name: (part, place, starts_on, months) for name, part, place, starts_on, months in rows}
    if new := new_cells(feed, cells, known):
        names, parts, places, starts, months = (list(column) for column in zip(*new, strict=True))
        connection.execute(
            "INSERT INTO journal.cell SELECT ?, unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), "
            "unnest(?::DATE[]), unnest(?::INTEGER[])",
            [feed, names, parts, places, starts, months],
        )


def new_cells(feed: str, cells: Sequence[Cell], known: Mapping[str, Place]) -> list[tuple[str, *Place]]:
    """Return the cells that the lake does not know, each with its name, part, place, first day and months.

    Raises:
        ProjectError: the lake knows a cell of that name with another part, place or period.
    """
    new: list[tuple[str, *Place]] = []
    for cell in cells:
        values = cell.part, cell.place, cell.starts_on, cell.months
        if cell.name not in known:
            new.append((cell.name, *values))
        elif known[cell.name] != values:
            raise ProjectError(
                f"The contract of {feed} gives the cell {cell.name} another part, place or period than the lake has.",
                next_action="Let other cells have other names: change the contract's file_name or cell.",
            )
    return new


def write_coverage(
    connection: duckdb.DuckDBPyConnection, feed: str, posting: Posting, cells: Sequence[str], weight: int
) -> None:
    """Write the cells that become covered (+1) or uncovered (-1)."""
    rows: list[tuple[object, ...]] = [
        (posting.entry, posting.posted_at, posting.posted_at.date(), feed, cell, weight) for cell in cells
    ]
    for row in rows:
        connection.execute("INSERT INTO journal.coverage VALUES (?, ?, ?, ?, ?, ?)", row)
    posting.wrote["coverage"] = rows


def write_contract(connection: duckdb.DuckDBPyConnection, feed: Feed, posting: Posting) -> None:
    """Store the columns of a contract version when it is first used."""
    known = connection.execute(
        "SELECT 1 FROM journal.contract WHERE feed = ? AND contract_version = ?", [feed.name, feed.version]
    ).fetchall()
    if not known:
        connection.execute(
            "INSERT INTO journal.contract VALUES (?, ?, ?, ?, ?)",
            [feed.name, feed.version, list(feed.columns), feed.digest, posting.entry],
        )
        posting.wrote["contract"] = None
