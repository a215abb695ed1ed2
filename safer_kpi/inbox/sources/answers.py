"""What a source can answer when it is asked for one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt


@dataclass(frozen=True, kw_only=True)
class Got:
    """The file came: its hash, its size, the publisher's date if one was given, and what the next request asks with."""

    sha256: str
    bytes: int
    published_at: dt.datetime | None
    validators: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Unchanged:
    """The file is the one that was fetched before."""


@dataclass(frozen=True)
class Absent:
    """No file is there, or not yet."""


@dataclass(frozen=True)
class Changing:
    """The file is being written."""


@dataclass(frozen=True, kw_only=True)
class Later:
    """The publisher asks not to be asked again before a time (UTC, no zone)."""

    until: dt.datetime


Answer = Got | Unchanged | Absent | Changing | Later
