"""The sheets that compare places and people: wards, age and sex, other breakdowns, and other areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing.workbook import cells
from safer_kpi.publishing.workbook.sheet import Column, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from safer_kpi.publishing.facts import Number
    from safer_kpi.publishing.model.report import Report
    from safer_kpi.publishing.model.wards import WardTable
    from safer_kpi.publishing.workbook.cells import Cell

FIGURES = (
    Column("Value", 14), Column("Unit", 22), Column("95% interval, lower", 14, "interval"),
    Column("95% interval, upper", 14, "interval"), Column("Status", 16, "status"),
)  # fmt: skip
WARDS = (
    Column("Measure", 44), Column("Period", 28), Column("Place", 42), Column("Code of the place", 16), *FIGURES,
    Column("Number counted", 14), Column("What is counted", 18), Column("Beside the whole area", 18, "whole"),
)  # fmt: skip
PARTS = (Column("Measure", 44), Column("Area", 42), Column("Period", 28), Column("Breakdown", 16), Column("Group", 28),
         *FIGURES)  # fmt: skip
AREAS = (Column("Measure", 44), Column("Period", 28), Column("Area", 42), *FIGURES, Column("What differs", 60))
#: The headings of the tables by age and by sex; the others are of another kind.
_OF_PEOPLE = ("By age", "By sex")


def ward_sheet(report: Report) -> Sheet:
    """Return the rates of every ward beside that of the whole area."""
    return Sheet(
        name="Wards",
        title=f"Wards of {report.area}: rates beside that of the whole area",
        says=(
            "Town centres and seafronts have many visitors and few residents.",
            "A rate per resident is high there without residents being at higher risk.",
        ),
        columns=WARDS,
        rows=tuple(row for table in report.wards for row in _wards(report, table)),
    )


def _wards(report: Report, table: WardTable) -> Iterator[tuple[Cell, ...]]:
    def row(number: Number, name: str, said: str) -> tuple[Cell, ...]:
        about = (table.score.metric.title, cells.period(number), name, number.key.area_code)
        is_counted = number.value is not None and number.numerator is not None
        counted = cells.whole(number.numerator or 0) if is_counted else cells.NOT_APPLICABLE
        return (*about, *figure_cells(number), counted, table.events, said)

    yield row(table.whole, f"{report.area} (whole area)", cells.NOT_APPLICABLE)
    for ward in table.rows:
        yield row(ward.number, ward.name, ward.said)


def people_sheets(report: Report) -> Iterator[Sheet]:
    """Yield the figures by age and sex, and those of other breakdowns."""
    says = (
        "Groups differ in size, so a larger figure alone does not show that something falls harder on one of them.",
        "Partners send age and sex, and no other protected characteristic.",
    )
    people, other = _parts(report, of_people=True), _parts(report, of_people=False)
    yield Sheet(name="People", title="People: figures by age and sex", says=says, columns=PARTS, rows=people)
    title = "Other breakdowns: figures by agency, place, time and the like"
    yield Sheet(name="Other breakdowns", title=title, says=(), columns=PARTS, rows=other)


def _parts(report: Report, *, of_people: bool) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (
            page.score.metric.title,
            page.score.area or report.area,
            cells.period(row.number),
            figures.heading.removeprefix("By ").capitalize(),
            row.name,
            *figure_cells(row.number),
        )
        for page in report.pages
        for figures in page.parts
        if (figures.heading in _OF_PEOPLE) is of_people
        for row in figures.rows
        if row.number is not None
    )


def area_sheet(report: Report) -> Sheet:
    """Return the figures of other areas beside the own one."""
    rows = tuple(
        (
            page.score.metric.title,
            cells.period(page.score.number),
            peer.row.name,
            *figure_cells(peer.row.number),
            peer.differs or ("The own area" if peer.is_own else "Nothing known"),
        )
        for page in report.pages
        for peer in page.peers
    )
    says = (
        "The areas stand in the order in which the partnership names them.",
        "They are not ranked, because areas record differently.",
    )
    title = "Other areas: the same measures elsewhere"
    return Sheet(name="Other areas", title=title, says=says, columns=AREAS, rows=rows)


def figure_cells(number: Number | None) -> tuple[Cell, ...]:
    """Return the cells of a number: value, unit, interval and status."""
    unit = cells.NOT_AVAILABLE if number is None else number.unit
    return cells.value(number), unit, *cells.interval(number), cells.status(number)
