"""What the protector takes and gives: counts of a restricted release, and figures that are published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

AUTHORITY, WARD, ELSEWHERE = "local_authority", "ward", "elsewhere"
QUARTER, YEAR, ROLLING12 = "quarter", "year", "rolling12"
EXACT, ROUNDED, SUMMED = "exact", "rounded", "summed"
ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Place:
    """The partnership's own authority, and its wards as the release knows them."""

    authority: str
    wards: frozenset[str]

    @property
    def elsewhere(self) -> str:
        """The code of what the authority counts and no ward of it does."""
        return f"{self.authority}:elsewhere"


@dataclass(frozen=True, kw_only=True)
class Period:
    """One period, such as the quarter 2024-25-Q1."""

    label: str
    length: str
    starts_on: dt.date
    ends_on: dt.date

    def holds(self, other: Period) -> bool:
        """Whether ``other`` lies wholly inside."""
        return self.starts_on <= other.starts_on and other.ends_on <= self.ends_on

    def meets(self, other: Period) -> bool:
        """Whether a day lies in both."""
        return self.starts_on <= other.ends_on and other.starts_on <= self.ends_on


@dataclass(frozen=True, kw_only=True)
class Count:
    """One count of a restricted release; ``value`` never shows, and is None until the release calls the count final."""

    metric_id: str
    definition_version: int
    area_code: str
    area_type: str
    period: Period
    breakdown: str
    value: int | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Published:
    """One figure of a protected count.

    Attributes:
        series: 1, and one more with each new key and the periods after it.
        figure: the number that is published.
        how: ``rounded`` (an atom), ``exact``, or ``summed`` (worked out from other published figures).
        release_id: the restricted release whose count it froze.
        edition: the public edition that published it first.
        corrects: the public edition whose figure of the same cell this one replaced by a correction that was signed;
            None for a figure that is as it was first published.
    """

    metric_id: str
    series: int
    definition_version: int
    area_code: str
    area_type: str
    period: Period
    breakdown: str
    figure: int
    how: str
    release_id: str
    edition: str
    corrects: str | None = None
