"""What public files say, one statement at a time, and what findings call a count and a figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from safer_kpi.disclosure.audit.chain.files import Key, Published
    from safer_kpi.disclosure.audit.result import Finding

#: An authority's own counts are exact only as long as all of their series are at least this.
UNDER = 10


class Told(NamedTuple):
    """The least and most that a public file says of one count, in the state of one release."""

    key: Key
    release: str
    least: float
    most: float
    words: str
    series: int = 1
    rounded: int | None = None


class Small(NamedTuple):
    """The authority's counts of which at least one is under ten in the state of a release: none is exact any more."""

    keys: tuple[Key, ...]
    release: str
    words: str


@dataclass
class Telling:
    """All that public files say of protected counts, and the findings about rows by themselves.

    Attributes:
        summed: counts whose figure is a sum of others, with the release; it tells nothing new of a protected count.
    """

    told: list[Told]
    small: list[Small]
    summed: set[tuple[Key, str]]
    findings: list[Finding]


def named(key: Key) -> str:
    """Return what a finding calls a count."""
    part = "" if key.breakdown == "all" else f", {key.breakdown}"
    return f"{key.metric}, {key.area}, {key.length} from {key.start}{part}"


def stated(row: Published, edition: str) -> str:
    """Return what a finding calls a published figure."""
    return f"{edition}: {named(row.key)}, is {row.figure} ({row.how}), of {row.release}"
