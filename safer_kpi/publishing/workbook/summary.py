"""The sheets of the summary: its main points and questions, and the scorecard of every indicator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing import words
from safer_kpi.publishing.model.assessment.whole import Assessment
from safer_kpi.publishing.workbook import cells
from safer_kpi.publishing.workbook.sheet import Column, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.publishing.model.report import Report
    from safer_kpi.publishing.model.score import Score
    from safer_kpi.publishing.model.scorecard import KpiLine
    from safer_kpi.publishing.workbook.cells import Cell

POINTS = (Column("Kind", 16), Column("About", 44), Column("What it says", 100))
#: The columns of a measure with its latest figure, change and verdict.
MEASURE = (
    Column("Measure", 44), Column("Area", 42), Column("Period", 28), Column("Value", 14), Column("Unit", 22),
    Column("95% interval, lower", 14, "interval"), Column("95% interval, upper", 14, "interval"),
    Column("Status", 16, "status"), Column("Change on the earlier period", 26, "change"),
    Column("Earlier value", 14, "change"), Column("Earlier period", 28), Column("Verdict", 18, "verdict"),
    Column("What to know", 90), Column("Data received", 12, "received"),
)  # fmt: skip
SCORECARD = (
    Column("Indicator", 13), Column("Priority", 30), Column("Indicator in the words of the strategy", 70),
    Column("The strategy asks for", 16), *MEASURE,
)  # fmt: skip
_NOT_MEASURED = "Not measured"


def summary_sheet(report: Report) -> Sheet:
    """Return the main points, what each part of an assessment finds, and the questions, each with what it is about."""
    findings = report.findings if isinstance(report, Assessment) else ()
    told = (
        *(("Main point", point.link, point.text) for point in report.points),
        *(("Finding", finding.name, text) for finding in findings for text, _ in finding.told),
        *(("Question", point.link, point.text) for point in report.questions),
    )
    rows = tuple((kind, about, words.sentence(text)) for kind, about, text in told)
    title = f"Summary: main points and questions, {report.period}"
    return Sheet(name="Summary", title=title, says=(report.tally,) if report.tally else (), columns=POINTS, rows=rows)


def scorecard_sheet(report: Report) -> Sheet:
    """Return every indicator of the strategy with its headline measures; an unmeasured one says who was asked."""
    return Sheet(
        name="Scorecard",
        title=f"Scorecard: every indicator of the strategy, {report.period}",
        says=("An indicator without data is not measured: What to know says what is missing and who was asked.",),
        columns=SCORECARD,
        rows=tuple(row for priority in report.card for line in priority.kpis for row in _rows(report, line)),
    )


def _rows(report: Report, line: KpiLine) -> Iterator[tuple[Cell, ...]]:
    kpi = line.kpi
    head = (kpi.kpi, kpi.priority, kpi.words, cells.text(line.asked.capitalize()))
    for score in line.scores:
        yield (*head, *measure_cells(report, score))
    if not line.scores:
        none = cells.NOT_APPLICABLE
        yield (
            *head,
            _NOT_MEASURED,
            *[none] * 6,
            _NOT_MEASURED,
            *[none] * 3,
            _NOT_MEASURED,
            cells.text(line.note),
            none,
        )


def measure_cells(report: Report, score: Score) -> tuple[Cell, ...]:
    """Return the cells of a measure: its latest figure, change and verdict."""
    number, change = score.number, score.change
    reference = change.reference
    unit = score.metric.unit if number is None else number.unit
    return (
        score.metric.title,
        score.area or report.area,
        cells.period(number),
        cells.value(number),
        unit,
        *cells.interval(number),
        cells.status(number),
        change.words,
        cells.NOT_APPLICABLE if reference is None else cells.shown(reference.value, unit),
        cells.text(change.period),
        score.judgement.word,
        _to_know(score),
        cells.share(None if number is None else number.coverage),
    )


def _to_know(score: Score) -> str:
    """Return the meaning of the verdict, its test, and what must be known to read the change."""
    change = score.change
    part = f"Over {change.covering} it was {change.value.text}." if change.value is not None else ""
    return " ".join(said for said in (score.judgement.why, score.judgement.test, part, change.note) if said)
