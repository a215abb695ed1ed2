"""The authority's own figures: exact where no small count can follow from them, else worked out from finer figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.exactness import Exactness
from safer_kpi.disclosure.protect.values import AUTHORITY, ELSEWHERE, EXACT, QUARTER, ROLLING12, SUMMED, WARD, YEAR
from safer_kpi.errors import CheckFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from safer_kpi.disclosure.protect.atoms import Atoms
    from safer_kpi.disclosure.protect.counts import Counts, Final
    from safer_kpi.disclosure.protect.families import Families
    from safer_kpi.disclosure.protect.values import Period, Published
    from safer_kpi.disclosure.protect.writing import Writer

QUARTERS = 4


@dataclass(frozen=True)
class Authority:
    """Writes the authority's own figures of one edition."""

    families: Families
    counts: Counts
    writer: Writer
    atoms: Atoms

    @property
    def exactness(self) -> Exactness:
        """Say whether figures may be exact."""
        return Exactness(self.families, self.counts, self.writer.book, self.atoms)

    def publish(self, length: str) -> None:
        """Publish the figures of one length, parts before what they add up to, the first period first.

        A count of different people or places is an atom of its own in each period. Rolling years of other counts are
        sums of quarters, which ``rolling_years`` writes.
        """
        for metric in self._parts_first():
            rule = self.families.rules[metric]
            if length not in rule.periods:
                continue
            for of in self.counts.of_authority(metric, length):
                if not self.writer.is_open(of) or self.writer.book.find(metric, of.area_code, of.period):
                    continue
                if not rule.additive:
                    self._atom(of)
                elif length != ROLLING12:
                    self._publish(of)

    def _publish(self, of: Final) -> None:
        if twin := self.twin(of):
            self.writer.write(of, twin.figure, twin.how)
        elif self.exactness.allows(of):
            self.writer.write(of, of.value, EXACT)
        elif (finer := self.finer(of.metric_id, of.period)) is None:
            self._atom(of)
        elif finer:
            self.writer.write(of, sum(row.figure for row in finer), SUMMED)

    def _atom(self, of: Final) -> None:
        """Publish an atom, unless a metric inside this one is published finer: then nothing.

        A ward of it shown as 5 (1 to 9) in a whole shown as 0 (0 to 4) would leave four numbers for both.
        """
        if not self.families.holds_finer(of.metric_id, of.period.length):
            self.atoms.whole(of)

    def twin(self, of: Final) -> Published | None:
        """Return the published figure of a metric that is equal by declaration.

        Raises:
            CheckFailed: the release's counts of the two differ.
        """
        for name in self.families.twins[of.metric_id]:
            other = self.counts.wholes.get((name, of.period.length), {}).get(of.period.label)
            if other is not None and other.value != of.value:
                raise CheckFailed(
                    f"{of.metric_id} and {name} are declared equal by sums_to and differ in {of.period.label}.",
                    next_action="Correct the public rule of the two, or what they count.",
                )
        found = (self.writer.book.find(name, of.area_code, of.period) for name in self.families.twins[of.metric_id])
        return next((row for row in found if row is not None), None)

    def finer(self, metric: str, period: Period) -> Sequence[Published] | None:
        """Return the published figures that a figure is the sum of.

        None if the metric is published no finer: then the figure is an atom. Empty if some of them are missing.
        """
        book, area = self.writer.book, self.counts.place.authority
        if period.length == YEAR and QUARTER in self.families.lengths(metric):
            return self._of_twins(metric, period)
        if by_ward := self.families.by_ward(metric):
            return ward_atoms(self.writer, by_ward, period)
        if parts := self.families.parts.get(metric):
            rows = [book.find(part, area, period) for part in parts]
            return [row for row in rows if row is not None] if None not in rows else []
        if period.length == YEAR and (splits := self.families.breakdowns(metric)):
            return book.parts(splits[0][0], period, splits[0][1])
        return None

    def _of_twins(self, metric: str, period: Period) -> list[Published]:
        """Return the four quarters of the metric, or of one equal to it."""
        for twin in self.families.twins[metric]:
            rows = self.writer.book.inside(twin, period, length=QUARTER, area_type=AUTHORITY)
            if len(rows) == QUARTERS:
                return rows
        return []

    def _parts_first(self) -> list[str]:
        """Return the metrics, those that add up to another before it."""
        done: list[str] = []
        todo = list(self.families.rules)
        while todo:
            ready = [name for name in todo if not set(self.families.parts.get(name, ())) & set(todo) - {name}]
            if not ready:
                raise CheckFailed(
                    f"{todo[0]} adds up to itself by the rules of others.", next_action="Correct sums_to of its rule."
                )
            done += ready
            todo = [name for name in todo if name not in ready]
        return done


def ward_atoms(writer: Writer, metric: str, period: Period) -> list[Published]:
    """Return the wards' quarters of a period and *elsewhere*; empty unless all its quarters are published."""
    kinds: Iterable[str] = (WARD, ELSEWHERE)
    rows = [row for kind in kinds for row in writer.book.inside(metric, period, length=QUARTER, area_type=kind)]
    quarters = {row.period.label for row in rows if row.area_type == ELSEWHERE}
    return rows if len(quarters) == (1 if period.length == QUARTER else QUARTERS) else []
