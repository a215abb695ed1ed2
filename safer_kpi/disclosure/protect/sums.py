"""Figures that are worked out from published ones.

They are the years and rolling years of wards and of *elsewhere*, and the rolling years of the authority.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.disclosure.protect.authority import QUARTERS, ward_atoms
from safer_kpi.disclosure.protect.values import AUTHORITY, ELSEWHERE, QUARTER, ROLLING12, SUMMED, WARD, YEAR

if TYPE_CHECKING:
    from safer_kpi.disclosure.protect.book import Book
    from safer_kpi.disclosure.protect.counts import Counts
    from safer_kpi.disclosure.protect.families import Families
    from safer_kpi.disclosure.protect.values import Period, Published
    from safer_kpi.disclosure.protect.writing import Writer


def ward_sums(families: Families, counts: Counts, writer: Writer) -> None:
    """Publish the years and rolling years of wards and of *elsewhere*: the sums of their four quarters."""
    for metric in (name for name, rule in families.rules.items() if rule.grain == WARD):
        for length in (YEAR, ROLLING12):
            for whole in counts.of_authority(metric, length):
                if writer.is_open(whole):
                    for area, rows in _by_area(writer.book, metric, whole.period).items():
                        if len(rows) == QUARTERS:
                            writer.write(whole, sum(row.figure for row in rows), SUMMED, area=area)


def rolling_years(families: Families, counts: Counts, writer: Writer) -> None:
    """Publish the rolling years of the authority: the year's figure in March, else the sum of four quarters."""
    for metric, rule in families.rules.items():
        if not rule.additive:
            continue
        for whole in counts.of_authority(metric, ROLLING12):
            if writer.is_open(whole) and (rows := of_twelve_months(families, writer, metric, whole.period)):
                writer.write(whole, sum(row.figure for row in rows), SUMMED)


def of_twelve_months(families: Families, writer: Writer, metric: str, period: Period) -> list[Published]:
    """Return the published figures that an authority's rolling year is the sum of; empty if some are missing."""
    for length, wanted in ((YEAR, 1), (QUARTER, QUARTERS)):
        rows = writer.book.inside(metric, period, length=length, area_type=AUTHORITY)
        if len(rows) == wanted:
            return rows
    return ward_atoms(writer, metric, period) if families.by_ward(metric) == metric else []


def _by_area(book: Book, metric: str, period: Period) -> dict[tuple[str, str], list[Published]]:
    """Return the quarters of each ward, and of *elsewhere*, by its code and type."""
    found: dict[tuple[str, str], list[Published]] = {}
    for kind in (WARD, ELSEWHERE):
        for row in book.inside(metric, period, length=QUARTER, area_type=kind):
            found.setdefault((row.area_code, kind), []).append(row)
    return found
