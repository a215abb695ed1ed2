"""The receipt of a delivery."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import datetime as dt

Stored = Literal["kept", "deleted"]
Status = Literal["accepted", "refused", "duplicate", "stale"]


@dataclass(kw_only=True)
class Receipt:
    """The receipt of one file received for a feed.

    ``rows_read = rows_accepted + rows_quarantined + rows_skipped`` for every delivery that was not refused.
    ``file_name`` is the name that its file came with as far as the contract knows it, None if it knows nothing of it.
    ``changes`` maps a cause to its number of records, a changed record counting once. Times are UTC.
    Of a refused file, ``rule`` is the clause it broke, ``error_row`` the row to blame if there is one, ``message`` what
    is wrong and what to do, and ``error`` all of it in one line. Of a workbook, ``hidden_rows`` and ``hidden_columns``
    are those of its table that are hidden, and read; ``hidden_sheets`` are never read; None if an older version, which
    did not count them, landed it. ``archive_sha256`` is the hash of the archive that the file came in. ``stored`` says
    what became of the bytes: ``kept`` in the raw store, or ``deleted`` because the file was not searched whole for
    identifiers of people or holds some. Of a file that was fetched, ``fetched_from`` is the address, without a user,
    password or query, and ``publisher_date`` the date that the publisher gave it; None for a file that was sent, and in
    receipts from before format 5.
    """

    delivery_id: int
    feed: str
    file_name: str | None
    sha256: str
    bytes: int
    published_at: dt.datetime
    received_at: dt.datetime
    cells: list[str] = field(default_factory=list)
    stale_cells: list[str] = field(default_factory=list)
    contract_version: str
    status: Status
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_skipped: int = 0
    changes: dict[str, int] = field(default_factory=dict)
    error: str | None = None
    rule: str | None = None
    error_row: int | None = None
    message: str | None = None
    hidden_rows: int | None = 0
    hidden_columns: int | None = 0
    hidden_sheets: int | None = 0
    archive_sha256: str | None = None
    stored: Stored = "kept"
    fetched_from: str | None = None
    publisher_date: dt.datetime | None = None

    def as_row(self) -> dict[str, Any]:
        """Return the receipt as a row of ``deliveries()``."""
        return asdict(self)
