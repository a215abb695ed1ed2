"""The ``public`` rule of a definition: what the public edition may say of a metric."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class PublicRule:
    """What the public edition may say of one metric.

    Attributes:
        method: ``exact`` (the certified figures as they are), ``protected`` (figures after disclosure control) or
            ``none`` (nothing).
        grain: the level of the smallest areas that are published; None if nothing is.
        periods: the lengths of period that are published for the authority.
        breakdowns: the breakdowns that are published.
        contains: metrics that lie wholly inside this one: in every cell their number is at most this one's.
        sums_to: the metric that this one and all others with the same ``sums_to`` add up to; None for most.
        external: public tables that anybody has, each named as the metric of this project that holds it.
    """

    method: str
    grain: str | None = None
    periods: tuple[str, ...] = ()
    breakdowns: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    sums_to: str | None = None
    external: tuple[str, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return the rule as it is written in a definition, without what it leaves out."""
        return {name: value for name, value in asdict(self).items() if value}
