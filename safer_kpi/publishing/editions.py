"""Which edition published which protected figure: what a public edition's own files say of the editions before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.lake import Lake

_COLUMNS = ("metric_id", "period_type", "period", "period_start", "series", "edition", "corrects")


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishedPeriod:
    """The protected figures of one metric in one period that one edition published first.

    Attributes:
        start: the first day of the period.
        series: the series of the figures.
        edition: the edition, and ``corrects`` the one whose figures it replaced; None where it replaced none.
        figures: how many figures there are.
    """

    metric_id: str
    period_type: PeriodType
    period: str
    start: dt.date
    series: int
    edition: str
    corrects: str | None
    figures: int


def published_periods(lake: Lake) -> tuple[PublishedPeriod, ...]:
    """Return the periods of the protected figures of a public edition, in the order of metric, length and time."""
    columns = ", ".join(_COLUMNS)
    rows = lake.sql(
        f"SELECT {columns}, count(*) AS figures FROM kpi.published GROUP BY {columns} "
        "ORDER BY metric_id, period_type, period_start, edition, corrects, series"
    ).rows()
    return tuple(
        PublishedPeriod(start=row["period_start"], **{name: row[name] for name in row if name != "period_start"})
        for row in rows
    )
