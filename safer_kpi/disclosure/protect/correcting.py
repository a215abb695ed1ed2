"""Corrections: exact figures of the authority that are published again, and the sums that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.sums import of_twelve_months
from safer_kpi.disclosure.protect.values import EXACT, QUARTER, ROLLING12, ROUNDED, SUMMED, YEAR
from safer_kpi.errors import CheckFailed, NotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from safer_kpi.disclosure.protect.authority import Authority
    from safer_kpi.disclosure.protect.counts import Final
    from safer_kpi.disclosure.protect.values import Published

_LENGTHS = (QUARTER, YEAR, ROLLING12)


@dataclass(frozen=True)
class Corrections:
    """Writes the corrections of one edition."""

    authority: Authority

    def publish(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Publish exact figures of the authority, each by its metric and period, as the release counts them now.

        Metrics that are equal by declaration are corrected together. A sum of figures that are corrected is made again.

        Raises:
            NotFound: nothing is published of the metric and period.
            UsageError: the figure is not exact, is of an older definition, or is what the release counts.
            CheckFailed: the release does not call the count final, or its figure may not be exact any more.
        """
        changed: set[Published] = set()
        for metric, label in wanted:
            row = self._row(metric, label)
            if row not in changed:
                changed |= set(self._corrected(row))
        while more := set(self._sums(changed)):
            changed |= more

    def _row(self, metric: str, label: str) -> Published:
        """Return the exact figure that is to be corrected."""
        rows = [row for row in self._published(metric) if row.period.label == label]
        if not rows:
            raise NotFound(
                f"No public edition has a protected figure of {metric[:60]} in {label[:20]} for the whole area.",
                next_action="Name a count and a quarter or a year of it, such as 1a.sexual_offences:2024-25-Q1.",
            )
        how = rows[0].how
        if how == ROUNDED:
            raise UsageError(
                f"The figure of {metric} in {label} is rounded, and a rounded figure is never corrected.",
                next_action="Leave it: two roundings of one count would tell more of it than one.",
            )
        if how == SUMMED:
            raise UsageError(
                f"The figure of {metric} in {label} is the sum of other published figures.",
                next_action="Correct the exact figures that it is the sum of, if it has any; the sum follows.",
            )
        return rows[0]

    def _corrected(self, row: Published) -> Iterator[Published]:
        """Replace a figure, and those of metrics equal to it."""
        count = self._count(row)
        self.authority.twin(count)
        for name in self.authority.families.twins[row.metric_id]:
            same = self.authority.writer.book.find(name, row.area_code, row.period)
            if same is not None and same.how == EXACT:
                yield self.authority.writer.correct(same, count.value)

    def _count(self, row: Published) -> Final:
        """Return what the release counts now."""
        label, metric = row.period.label, row.metric_id
        count = self.authority.counts.wholes.get((metric, row.period.length), {}).get(label)
        if count is None:
            raise CheckFailed(
                f"The release has no final count of {metric} in {label}.",
                next_action="Correct it of a release that certifies the period.",
            )
        if count.definition_version != row.definition_version:
            raise UsageError(
                f"{metric} was counted in {label} by another version of its definition, which is another number.",
                next_action="Leave it: figures stay as their definition counted them.",
            )
        if count.value == row.figure:
            raise UsageError(
                f"The figure of {metric} in {label} is what the release certifies.",
                next_action="Leave it out of the corrections.",
            )
        if not self.authority.exactness.allows(count):
            raise CheckFailed(
                f"A figure of {metric} in {label} may not be exact any more by the rules for small counts.",
                next_action="Leave it: its note tells readers that the count has changed.",
            )
        return count

    def _sums(self, changed: set[Published]) -> Iterator[Published]:
        """Make again each sum that a changed figure is in."""
        for metric in self.authority.families.rules:
            for row in self._published(metric):
                made_of = self._made_of(row) if row.how == SUMMED else ()
                figure = sum(part.figure for part in made_of)
                if changed & set(made_of) and figure != row.figure:
                    yield self.authority.writer.correct(row, figure)

    def _made_of(self, row: Published) -> Sequence[Published]:
        metric, period, writer = row.metric_id, row.period, self.authority.writer
        if period.length == ROLLING12:
            return of_twelve_months(self.authority.families, writer, metric, period)
        if finer := self.authority.finer(metric, period):
            return finer
        others = set(self.authority.families.twins[metric]) - {metric}
        twins = (writer.book.find(name, row.area_code, period) for name in sorted(others))
        return [twin for twin in twins if twin is not None][:1]

    def _published(self, metric: str) -> list[Published]:
        book = self.authority.writer.book
        return [row for length in _LENGTHS for row in book.authority(metric, length)]
