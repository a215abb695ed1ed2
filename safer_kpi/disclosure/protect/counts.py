"""The final counts of a restricted release, found by metric, level and length of period."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.values import ALL, ELSEWHERE, QUARTER, ROLLING12, WARD, YEAR, Count
from safer_kpi.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from safer_kpi.disclosure.protect.values import Period, Place

_LENGTHS = (QUARTER, YEAR, ROLLING12)
_MONTHS_OF_QUARTERS = (3, 6, 9, 12)


@dataclass(frozen=True, kw_only=True)
class Final(Count):
    """One final count of a restricted release."""

    value: int = field(repr=False)


@dataclass(frozen=True)
class Counts:
    """The final counts of the own authority and its wards.

    Attributes:
        place: the own authority and its wards.
        wholes: the authority's final counts without a breakdown, by metric and length, then by the period's label.
        wards: the wards' counts of quarters, by metric and label of the quarter.
        parts: the authority's counts of a year by breakdown part, by metric and label of the year.
        labels: every part of each published breakdown that the release has, of any metric, area and period.
    """

    place: Place
    wholes: Mapping[tuple[str, str], Mapping[str, Final]]
    wards: Mapping[tuple[str, str], list[Count]]
    parts: Mapping[tuple[str, str], dict[str, Count]]
    labels: Mapping[str, frozenset[str]]

    def of_authority(self, metric: str, length: str) -> list[Final]:
        """Return the authority's final counts of one length, the first period first."""
        return list(self.wholes.get((metric, length), {}).values())

    def of_wards(self, whole: Final) -> list[Final]:
        """Return the counts of a quarter's wards and of *elsewhere*; empty unless all are final.

        Raises:
            CheckFailed: the wards count more than the authority.
        """
        wards = [final(count) for count in self.wards.get((whole.metric_id, whole.period.label), [])]
        known = [count for count in wards if count is not None]
        if not wards or len(known) < len(wards):
            return []
        rest = whole.value - sum(count.value for count in known)
        if rest < 0:
            raise CheckFailed(
                f"The wards of {self.place.authority} count more than the authority in {whole.period.label}:"
                f" {whole.metric_id}.",
                next_action="Check the release's areas: its wards and authority contradict each other.",
            )
        return [*known, replace(whole, area_code=self.place.elsewhere, area_type=ELSEWHERE, value=rest)]

    def of_parts(self, whole: Final, labels: Iterable[str]) -> list[Final]:
        """Return the counts of a year's parts, 0 for a part that it does not have; empty unless all are final."""
        held = self.parts.get((whole.metric_id, whole.period.label), {})
        parts = [
            final(held[label]) if label in held else replace(whole, breakdown=label, value=0)
            for label in sorted(labels)
        ]
        known = [part for part in parts if part is not None]
        return known if len(known) == len(parts) else []


def final(count: Count) -> Final | None:
    """Return the count if the release calls it final."""
    if count.value is None:
        return None
    return Final(**{name: getattr(count, name) for name in count.__dataclass_fields__})


def sorted_counts(counts: Iterable[Count], *, place: Place, labels: Iterable[str]) -> Counts:
    """Return the counts that protection looks at: of quarters, years and rolling years that end with a quarter.

    ``labels`` are the breakdown parts that the release has anywhere.
    """
    wholes: dict[tuple[str, str], dict[str, Final]] = {}
    wards: dict[tuple[str, str], list[Count]] = {}
    parts: dict[tuple[str, str], dict[str, Count]] = {}
    held: dict[str, set[str]] = {}
    for label in labels:
        held.setdefault(label.partition(":")[0], set()).add(label)
    for count in sorted(counts, key=lambda each: (each.period.starts_on, each.area_code)):
        metric, period = count.metric_id, count.period
        if not _is_looked_at(period):
            continue
        if count.area_type == WARD and count.area_code in place.wards:
            if count.breakdown == ALL and period.length == QUARTER:
                wards.setdefault((metric, period.label), []).append(count)
        elif count.area_code == place.authority and count.breakdown == ALL:
            if (whole := final(count)) is not None:
                wholes.setdefault((metric, period.length), {})[period.label] = whole
        elif count.area_code == place.authority and period.length == YEAR:
            parts.setdefault((metric, period.label), {})[count.breakdown] = count
            held.setdefault(count.breakdown.partition(":")[0], set()).add(count.breakdown)
    return Counts(
        place=place,
        wholes=wholes,
        wards=wards,
        parts=parts,
        labels={word: frozenset(found) for word, found in held.items()},
    )


def _is_looked_at(period: Period) -> bool:
    return period.length in _LENGTHS and period.ends_on.month in _MONTHS_OF_QUARTERS
