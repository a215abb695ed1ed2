"""The words of the cover and of the notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing import words
from safer_kpi.publishing.protection import MANNER, ZERO_AND_FIVE
from safer_kpi.publishing.site.documents import DOCUMENTS
from safer_kpi.publishing.workbook.cells import SHORTHANDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from safer_kpi.publishing.model.report import Report
    from safer_kpi.publishing.workbook.sheet import Sheet

NOTES = {
    "interval": (
        "A count of crimes or a share of answers varies by chance from year to year, even if nothing behind it "
        "changes. The 95% interval is the range in which the underlying figure plausibly lies."
    ),
    "status": (
        "A final figure is settled. A provisional one may still grow, because late records add to it. An incomplete "
        "one lacks part of its data, and a part is not shown as the whole. The other words say why there is no figure."
    ),
    "verdict": (
        "A verdict compares a settled figure with that of the year before, or with its baseline. Improving and "
        "worsening: it moved in the direction that its definition calls better, or worse, by more than chance explains."
        " No clear change: chance alone can explain the difference, which does not prove that nothing changed. Not "
        "judged: up and down are neither good nor bad, there is no earlier figure, or no fair test exists."
    ),
    "signal": (
        "A figure is judged against the months or quarters before it, as on a process chart (XmR). Better and worse "
        "are signals that something changed. A series in which nothing changed gives one false signal in about 80 "
        "figures."
    ),
    "change": (
        "The year before is taken as it was known when it was as old as this year is now, so that late records do not "
        "look like a fall. Where a month is missing, the two years are compared by the months that both have. No "
        "percentage is given of a figure below 20."
    ),
    "received": "The part of the expected data that has been received.",
    "earlier": (
        "What the last report showed of the same period; not applicable if it did not cover the period. Figures change "
        "when records come in late, are corrected, or are counted by new rules."
    ),
    "whole": (
        "Higher or lower: the rate of the whole area lies outside the ward's 95% interval. Similar: it lies inside, so "
        "chance alone can explain the difference."
    ),
}

_PUBLIC_NOTES = {
    "change": (
        "The difference of two published figures. Where they may be rounded, a small change may be rounding alone. No "
        "percentage is given of a figure below 20."
    ),
}


def title(report: Report) -> str:
    """Return the title of the workbook."""
    return f"{DOCUMENTS[report.kind].title} {report.area}, {report.period}"


def source(report: Report) -> str:
    """Return the source of every sheet, in a line."""
    return f"Source: release {report.release.release_id}, certified, of what was known on {report.known}."


def intro(report: Report) -> list[str]:
    """Return the first lines of the cover: what this is, who may read it, and who approved its figures."""
    approvers, kind = words.people([approval.name for approval in report.release.approvals]), report.kind
    last = ""
    if report.before is not None:
        last = f" What changed is told since release {report.before.release_id}, which the last report was made of."
    head = [
        f"The figures of the {kind} as a spreadsheet. The pages of the same {kind} hold charts and explanations.{last}",
        source(report),
    ]
    if report.is_public:
        return [*head, "This is the public edition.", *MANNER, ZERO_AND_FIVE]
    return [
        *head,
        f"Approved by {approvers}.",
        "This is the restricted edition, for partners only: its numbers are exact.",
        "Small numbers can point to people. Do not publish or pass them on as they stand.",
    ]


def about() -> list[str]:
    """Return how to read the sheets."""
    meanings = [f"{short} means {meaning}." for short, meaning in SHORTHANDS.items()]
    return [
        "The sheet Contents lists every sheet, and the sheet Notes explains the columns that refer to a note.",
        "Each sheet of data holds one table, below its title and the lines to read first.",
        "A number is shown rounded; the cell holds it as the release states it.",
        "A missing figure is never shown as zero. A shorthand stands in its place:",
        *meanings,
    ]


def notes(sheets: Iterable[Sheet], *, is_public: bool = False) -> dict[str, str]:
    """Return the notes that some sheets refer to; those of a public edition say what it does otherwise."""
    used = {column.note for sheet in sheets for column in sheet.columns}
    return {name: text for name, text in (NOTES | (_PUBLIC_NOTES if is_public else {})).items() if name in used}
