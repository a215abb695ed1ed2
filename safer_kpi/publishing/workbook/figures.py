"""The sheets of figures by period: one for each indicator of the strategy that has figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing.workbook import cells
from safer_kpi.publishing.workbook.sheet import Column, Sheet
from safer_kpi.statements.wording import LENGTHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from safer_kpi.publishing.model.metric_page import MetricPage
    from safer_kpi.publishing.model.report import Report
    from safer_kpi.publishing.model.series import Dated
    from safer_kpi.publishing.workbook.cells import Cell

COLUMNS = (
    Column("Measure", 44), Column("Area", 42), Column("Period", 28), Column("Length of period", 14),
    Column("First day", 18), Column("Last day", 18), Column("Value", 14), Column("Unit", 22),
    Column("95% interval, lower", 14, "interval"), Column("95% interval, upper", 14, "interval"),
    Column("Status", 16, "status"), Column("Verdict", 18, "verdict"), Column("Signal in the series", 30, "signal"),
)  # fmt: skip
EARLIER = Column("Value in the last report", 16, "earlier")
_SAYS = (
    "The headline measures come first. Each measure has its longest periods first, then the shorter ones.",
    "A unit such as per cent is not part of the number: 58.7 with the unit per cent is 58.7%.",
)
_LENGTHS = LENGTHS | {"calendar_quarter": "calendar quarter", "calendar_year": "calendar year"}
_SIGNALS = {"improving": "Better", "worsening": "Worse", "no clear change": "No signal"}


def figures_sheets(report: Report) -> Iterator[Sheet]:
    """Yield a sheet for each indicator, and one for the measures of no indicator."""
    of_kpi: dict[str, list[MetricPage]] = {}
    for page in report.pages:
        of_kpi.setdefault("" if page.kpi is None else page.kpi.kpi, []).append(page)
    by_metric = {page.score.metric.metric_id: page for page in report.pages}
    for priority in report.card:
        for line in priority.kpis:
            first = [by_metric[score.metric.metric_id] for score in line.scores]
            rest = [page for page in of_kpi.get(line.kpi.kpi, []) if page not in first]
            yield _sheet(report, f"Figures {line.kpi.kpi}", f"{line.kpi.kpi}: {line.kpi.words}", [*first, *rest])
    yield _sheet(report, "Figures other", "Measures of no indicator", of_kpi.get("", []))


def _sheet(report: Report, name: str, title: str, pages: Iterable[MetricPage]) -> Sheet:
    return Sheet(
        name=name,
        title=f"{title}: figures by period",
        says=_SAYS,
        columns=COLUMNS if report.before is None else (*COLUMNS, EARLIER),
        rows=tuple(_row(report, page, dated) for page in pages for dated in page.series),
    )


def _row(report: Report, page: MetricPage, dated: Dated) -> tuple[Cell, ...]:
    number = dated.number
    row: tuple[Cell, ...] = (
        page.score.metric.title,
        page.score.area or report.area,
        cells.period(number),
        _LENGTHS[number.key.period_type].capitalize(),
        number.start,
        number.end,
        cells.value(number),
        number.unit,
        *cells.interval(number),
        cells.status(number),
        dated.judgement.word,
        _signal(dated),
    )
    if report.before is None:
        return row
    return (*row, cells.NOT_APPLICABLE if dated.earlier is None else cells.value(dated.earlier))


def _signal(dated: Dated) -> str:
    """Return what the figure says of its own series, with the rule; the shorthand where it was not judged so."""
    if dated.signal is None or dated.signal.verdict not in _SIGNALS:
        return cells.NOT_APPLICABLE
    word = _SIGNALS[dated.signal.verdict]
    return word if word == "No signal" else f"{word}: {dated.signal.reason}"
