"""The sheets that a strategic assessment has besides those of a report: levels, repeats, what emerges, and progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing.model.assessment.whole import Assessment
from safer_kpi.publishing.workbook import cells
from safer_kpi.publishing.workbook.places import FIGURES, figure_cells
from safer_kpi.publishing.workbook.sheet import Column, Sheet
from safer_kpi.publishing.workbook.summary import MEASURE, measure_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.publishing.facts import Number
    from safer_kpi.publishing.model.assessment.emerging import WardSign
    from safer_kpi.publishing.model.report import Report
    from safer_kpi.publishing.model.score import Score
    from safer_kpi.publishing.workbook.cells import Cell

LEVELS = (Column("Indicator", 13), Column("Priority", 30), Column("What it counts", 24), *MEASURE)
REPEATS = (Column("Measure", 44), Column("Period", 28), Column("Place", 42), Column("Code of the place", 16), *FIGURES)
EMERGING = (
    Column("Kind", 30), Column("Measure", 44), Column("Place", 42), Column("Code of the place", 16),
    Column("Period", 28), Column("Value", 14), Column("Unit", 22), Column("The year before", 14),
    Column("Verdict", 18, "verdict"), Column("Change, or the rule behind a signal", 60),
)  # fmt: skip
PROGRESS = (
    Column("Indicator", 13), Column("Indicator in the words of the strategy", 70), Column("Measure", 44),
    Column("Area", 42), Column("Period", 28), Column("Value", 14), Column("Unit", 22), Column("Asked for", 12),
    Column("Change on the earlier period", 26, "change"), Column("Moved as asked", 18),
    Column("Verdict", 18, "verdict"),
)  # fmt: skip
_CHANGED, _MOVED = "Better or worse than the year before", "Moved most, not judged"


def assessment_sheets(report: Report) -> Iterator[Sheet]:
    """Yield the sheets of an assessment's own sections; nothing for a report."""
    if isinstance(report, Assessment):
        yield _levels(report)
        yield _repeats(report)
        yield _emerging(report)
        yield _progress(report)


def _levels(report: Assessment) -> Sheet:
    rows = tuple(
        (one.line.kpi.kpi, one.line.kpi.priority, heading, *measure_cells(report, score))
        for priority in report.levels
        for one in priority.kpis
        for heading, scores in one.groups
        for score in scores
    )
    says = ("Recorded crime is not all crime: much is never reported, and more reporting can be progress.",)
    title = "Levels and trends: how much was recorded and done, and which way it goes"
    return Sheet(name="Levels", title=title, says=says, columns=LEVELS, rows=rows)


def _repeats(report: Assessment) -> Sheet:
    def row(score: Score, place: str, number: Number) -> tuple[Cell, ...]:
        about = (score.metric.title, cells.period(number), place, number.key.area_code)
        return (*about, *figure_cells(number))

    rows: list[tuple[Cell, ...]] = []
    for one in report.repeats.counted:
        score = one.page.score
        if score.number is not None:
            name = score.area or report.area
            rows.append(row(score, f"{name} (whole area)", score.number))
        if one.wards is not None:
            rows += [row(score, ward.name, ward.number) for ward in one.wards.rows if ward.number is not None]
    says = (
        "More repeats can mean more harm, or that more people come forward and are recognised.",
        "Of wards, those with the largest figures are listed.",
    )
    title = "Repeat demand: people and places that are counted several times"
    return Sheet(name="Repeat demand", title=title, says=says, columns=REPEATS, rows=tuple(rows))


def _emerging(report: Assessment) -> Sheet:
    found = report.emerging
    rows: list[tuple[Cell, ...]] = []
    none = cells.NOT_APPLICABLE
    for signalled in found.signals:
        score = signalled.score
        rows += [
            ("Signal in the chart", *_about(report, score, point.number), none, none, point.note)
            for point in signalled.points
        ]
    for kind, scores in ((_CHANGED, found.changed), (_MOVED, found.moved)):
        rows += [(kind, *_against_the_year(report, one, one.number)) for one in scores if one.number is not None]
    rows += [("Ward, against the year before", *_ward(sign)) for sign in found.wards]
    rows += [("Ward, signal in a month", *_ward(sign)) for sign in found.ward_signals]
    says = (*found.overview, *found.ward_overview, "Where many figures are looked at, some change by chance alone.")
    title = "Emerging issues: measures that are not headline, and single wards"
    return Sheet(name="Emerging issues", title=title, says=says, columns=EMERGING, rows=tuple(rows))


def _about(report: Report, score: Score, number: Number) -> tuple[Cell, ...]:
    name = score.area or report.area
    about = (score.metric.title, name, number.key.area_code, cells.period(number))
    return (*about, cells.value(number), number.unit)


def _against_the_year(report: Report, score: Score, number: Number) -> tuple[Cell, ...]:
    reference = score.change.reference
    before = cells.NOT_APPLICABLE if reference is None else cells.shown(reference.value, number.unit)
    return (*_about(report, score, number), before, score.judgement.word, score.change.words)


def _ward(sign: WardSign) -> tuple[Cell, ...]:
    """Return the cells of a ward; a figure of the year before is compared with it by a stored test."""
    unit = sign.score.metric.unit
    figure, before = (
        cells.NOT_APPLICABLE if one is None else cells.shown(one.value, unit) for one in (sign.figure, sign.before)
    )
    code = cells.NOT_APPLICABLE if sign.figure is None else sign.figure.of.area_code
    period = f"{sign.period[:1].upper()}{sign.period[1:]}"
    return (sign.score.metric.title, sign.ward, code, period, figure, unit, before, sign.judgement.word, sign.reason)


def _progress(report: Assessment) -> Sheet:
    rows = tuple(
        (
            steps.line.kpi.kpi,
            steps.line.kpi.words,
            score.metric.title,
            score.area or report.area,
            cells.period(score.number),
            cells.value(score.number),
            score.metric.unit if score.number is None else score.number.unit,
            step.asked.capitalize(),
            score.change.words,
            step.said,
            score.judgement.word,
        )
        for priority in report.progress.priorities
        for steps in priority.kpis
        for step in steps.steps
        for score in (step.score,)
    )
    says = (
        *report.progress.overview,
        "As asked says only that the figure moved in the direction that the strategy asks for, by however little.",
    )
    title = "Progress: whether the headline measures moved as the strategy asks"
    return Sheet(name="Progress", title=title, says=says, columns=PROGRESS, rows=rows)
