"""The atoms: the finest published cells of protected counts, each rounded by an offset of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.offset import atom_name, offset, rounded
from safer_kpi.disclosure.protect.values import QUARTER, ROUNDED, WARD, YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safer_kpi.disclosure.protect.counts import Counts, Final
    from safer_kpi.disclosure.protect.families import Families
    from safer_kpi.disclosure.protect.writing import Writer


@dataclass(frozen=True)
class Atoms:
    """Writes the atoms of one edition."""

    families: Families
    counts: Counts
    writer: Writer
    key: bytes

    def wards(self) -> None:
        """Publish the wards' quarters, and *elsewhere*: what the authority counts and no ward of it."""
        by_ward = [name for name, rule in self.families.rules.items() if rule.grain == WARD]
        for metric in by_ward:
            for whole in self.counts.of_authority(metric, QUARTER):
                if self.writer.is_open(whole):
                    for count in self.counts.of_wards(whole):
                        self._write(count, by_ward)

    def parts(self) -> None:
        """Publish the authority's years by breakdown.

        Every part that any metric published by this breakdown has had anywhere is published, also where it counts
        nothing: a part that appeared only where it counts something would tell more than its figure.
        """
        for metric, rule in self.families.rules.items():
            for word in rule.breakdowns:
                beside = [name for name, other in self.families.rules.items() if word in other.breakdowns]
                for whole in self.counts.of_authority(metric, YEAR):
                    if self.writer.is_open(whole, word):
                        for part in self.counts.of_parts(whole, self.labels(word)):
                            self._write(part, beside)

    def whole(self, of: Final) -> None:
        """Publish an authority's count as an atom of its own."""
        self._write(of, [name for name, rule in self.families.rules.items() if rule.grain != WARD])

    def labels(self, breakdown: str) -> frozenset[str]:
        """Return every part of a breakdown that the release has or an edition has published."""
        return self.counts.labels.get(breakdown, frozenset()) | self.writer.book.labels(breakdown)

    def _write(self, count: Final, beside: Iterable[str]) -> None:
        name = atom_name(
            self.families.family(count.metric_id, beside),
            series=self.writer.series,
            area=count.area_code,
            period=count.period,
            breakdown=count.breakdown,
        )
        self.writer.write(count, rounded(count.value, offset(self.key, name)), ROUNDED)
