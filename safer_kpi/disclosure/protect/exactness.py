"""Whether an authority's figure of a protected count may be exact."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.values import AUTHORITY, EXACT, QUARTER, SUMMED, WARD, YEAR

if TYPE_CHECKING:
    from safer_kpi.disclosure.protect.atoms import Atoms
    from safer_kpi.disclosure.protect.book import Book
    from safer_kpi.disclosure.protect.counts import Counts, Final
    from safer_kpi.disclosure.protect.families import Families
    from safer_kpi.disclosure.protect.values import Period

#: An authority's count below this is never exact, nor is any other of its series and length of period.
SMALLEST = 10
#: Rounded parts that an exact figure needs at least, unless it has none: with fewer, the others' errors add up to less
#: than a small part can hide behind.
PARTS = 6
#: Wards that an authority needs for exact quarters, and for exact years.
WARDS = {QUARTER: 17, YEAR: 8}


@dataclass(frozen=True)
class Exactness:
    """Whether an authority's figures may be exact: the same answer for a whole series, never by one outcome."""

    families: Families
    counts: Counts
    book: Book
    atoms: Atoms

    def allows(self, of: Final) -> bool:
        """Return whether a figure may be exact."""
        metric, period = of.metric_id, of.period
        return not (
            self._is_ever_small(metric, period.length)
            or self._has_few_wards(metric, period)
            or self._has_few_parts(metric)
            or self._has_few_summands(metric, period)
            or self._has_quarters(metric, period)
        )

    def _is_ever_small(self, metric: str, length: str) -> bool:
        """Return whether the count was ever small, or ever published as not exact, in a period of this length."""
        twins = self.families.twins[metric]
        small = any(count.value < SMALLEST for twin in twins for count in self.counts.of_authority(twin, length))
        return small or any(row.how != EXACT for twin in twins for row in self.book.authority(twin, length))

    def _has_few_wards(self, metric: str, period: Period) -> bool:
        by_ward = self.families.by_ward(metric)
        if by_ward is None:
            return False
        rows = self.book.inside(by_ward, period, length=QUARTER, area_type=WARD)
        wards = Counter(row.period.label for row in rows)
        return min(wards.values(), default=0) < WARDS[period.length]

    def _has_few_parts(self, metric: str) -> bool:
        """Return whether a breakdown has too few parts, each of which is rounded; quarters add up to the same year."""
        return any(0 < len(self.atoms.labels(word)) < PARTS for _, word in self.families.breakdowns(metric))

    def _has_few_summands(self, metric: str, period: Period) -> bool:
        """Return whether too few of the metrics that add up to this one are rounded."""
        parts = [part for twin in self.families.twins[metric] for part in self.families.parts.get(twin, ())]
        return 0 < sum(self._is_rounded(part, period) for part in parts) < PARTS

    def _is_rounded(self, part: str, period: Period) -> bool:
        if part not in self.families.rules:
            return part not in self.families.exact
        rows = [row for length in (QUARTER, YEAR) for row in self.book.authority(part, length)]
        if any(row.how != EXACT for row in rows if row.period.holds(period) or period.holds(row.period)):
            return True
        return any(self._is_ever_small(part, length) for length in self.families.rules[part].periods)

    def _has_quarters(self, metric: str, period: Period) -> bool:
        """Return whether a quarter of a year is more than the sum of its wards.

        Atoms would be four parts, which are too few. Beside exact quarters, which earlier releases counted, an exact
        year would tell by how much they were revised since, and with that a small count that was revised.
        """
        if period.length != YEAR:
            return False
        quarters = [
            row
            for twin in self.families.twins[metric]
            for row in self.book.inside(twin, period, length=QUARTER, area_type=AUTHORITY)
        ]
        return any(row.how != SUMMED for row in quarters)
