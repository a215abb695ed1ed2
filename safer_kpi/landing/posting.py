"""The values that the parts of a landing pass to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from safer_kpi.lake.digests import ChangeSums


@dataclass(frozen=True, kw_only=True)
class Posting:
    """The values that all change rows of one entry share."""

    entry: int
    posted_at: dt.datetime
    delivery_id: int
    contract_version: str
    #: None for a delivery (each change has its own cause); otherwise the one cause of a replay or reversal
    cause: str | None = None
    #: tables of the journal that the entry has written to, with the rows; None for rows to be read from the lake
    wrote: dict[str, list[tuple[object, ...]] | None] = field(default_factory=dict, compare=False)
    #: the sums of its change rows, if these were hashed before they were written
    hashed: list[ChangeSums] = field(default_factory=list, compare=False)
    #: SQL of change rows that are written together with those of other files
    later: list[str] = field(default_factory=list, compare=False)


@dataclass(frozen=True, kw_only=True)
class Target:
    """The rows that should be live in ``cells`` after an entry has posted.

    ``rows`` is SQL of ``origin_delivery_id, origin_row, cell`` and the feed's columns; ``held`` is SQL of
    ``source_row`` and the feed's columns for rows that are quarantined now. ``covered`` are those of ``cells`` that
    had been delivered before. ``was_held`` says that the table ``held_before`` (see ``landing.released``) holds the
    rows which the deliveries that own ``covered`` hold back. ``sums`` has for each cell with rows their number and the
    two sums of their hashes (see ``lake.digests``); None if they were not hashed.
    """

    rows: str
    held: str
    cells: Sequence[str]
    covered: Sequence[str]
    was_held: bool = False
    sums: Mapping[str, tuple[int, int, int]] | None = None


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """The person responsible for an unusual entry, and the reason."""

    person: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Terms:
    """When a file was published and received (None: now), and who confirmed what it withdraws. Times are UTC.

    ``once``: where this feed has a receipt for the same bytes under the same publication date, that receipt is the
    answer and nothing is written. For callers that may come twice with one arrival. ``fetched_from`` is the address
    that a file was fetched from, and ``publisher_date`` the date that its publisher gave it; None for a file that was
    sent.
    """

    published: dt.datetime | None = None
    received_at: dt.datetime | None = None
    confirmation: Confirmation | None = None
    once: bool = False
    fetched_from: str | None = None
    publisher_date: dt.datetime | None = None
