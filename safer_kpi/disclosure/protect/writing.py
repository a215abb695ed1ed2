"""Writing figures of one edition into the book."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.values import ALL, Published

if TYPE_CHECKING:
    from safer_kpi.disclosure.protect.book import Book
    from safer_kpi.disclosure.protect.values import Count, Period


@dataclass(frozen=True)
class Writer:
    """What all new figures of an edition have in common.

    Attributes:
        former: the periods that figures of earlier series speak of; nothing is added to what they reach into.
    """

    book: Book
    release_id: str
    edition: str
    series: int
    former: frozenset[Period]

    def write(self, of: Count, figure: int, how: str, *, area: tuple[str, str] | None = None) -> None:
        """Add a figure; it is of the count's cell, or of the same cell of another area, by its code and type."""
        code, kind = area or (of.area_code, of.area_type)
        self.book.add(
            Published(
                metric_id=of.metric_id,
                series=self.series,
                definition_version=of.definition_version,
                area_code=code,
                area_type=kind,
                period=of.period,
                breakdown=of.breakdown,
                figure=figure,
                how=how,
                release_id=self.release_id,
                edition=self.edition,
            )
        )

    def correct(self, row: Published, figure: int) -> Published:
        """Replace a figure and return the row that says so; it keeps its series."""
        corrects = row.corrects if row.edition == self.edition else row.edition
        corrected = replace(row, figure=figure, release_id=self.release_id, edition=self.edition, corrects=corrects)
        self.book.add(corrected)
        return corrected

    def is_open(self, of: Count, kind: str = ALL) -> bool:
        """Whether no earlier edition has published anything of a count's period; ``kind`` names a breakdown.

        A period that a figure of an earlier series reaches into is not open for any metric.
        """
        if any(period.meets(of.period) for period in self.former):
            return False
        return not self.book.is_closed(of.metric_id, of.period, kind)
