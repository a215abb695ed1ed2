"""What became of one file of a source."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import datetime as dt

Status = Literal["fetched", "unchanged", "not_yet", "gone", "waiting", "changing", "postponed", "failed"]


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What became of one file of a source.

    Attributes:
        feeds: the feeds whose folders it is for.
        period: the period it was asked for; empty if the address names none.
        file_name: its name in the inbox.
        status: ``fetched`` (it was dropped), ``unchanged``, ``not_yet`` (the publisher has no such file yet), ``gone``
            (it has it no longer), ``waiting`` (the file fetched before was not landed yet), ``changing`` (it is being
            written), ``postponed`` (the publisher asks to be asked later), ``failed``.
        bytes: its size if it was fetched.
        sha256: its hash if it was fetched.
        published_at: the publisher's date (UTC, no zone) if it was fetched; when it was fetched if none was given.
        message: what a person should know.
    """

    feeds: tuple[str, ...]
    period: str
    file_name: str
    status: Status
    bytes: int | None = None
    sha256: str | None = None
    published_at: dt.datetime | None = None
    message: str = ""

    def as_row(self) -> dict[str, Any]:
        """Return it as a row of ``safer-kpi fetch --json``."""
        return asdict(self) | {"feeds": list(self.feeds)}
