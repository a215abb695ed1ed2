"""Write the sheets of a report, or of a strategic assessment, into a spreadsheet by gptables."""

from __future__ import annotations

import copy
import io
import re
from typing import TYPE_CHECKING, Any

from safer_kpi.publishing.workbook import front
from safer_kpi.publishing.workbook.assessed import assessment_sheets
from safer_kpi.publishing.workbook.cells import DAY, Figure
from safer_kpi.publishing.workbook.changes import change_sheets
from safer_kpi.publishing.workbook.figures import figures_sheets
from safer_kpi.publishing.workbook.layout import lay_out, lay_out_cover, print_on_a3, texts_of
from safer_kpi.publishing.workbook.packing import repacked
from safer_kpi.publishing.workbook.places import area_sheet, people_sheets, ward_sheet
from safer_kpi.publishing.workbook.summary import scorecard_sheet, summary_sheet
from safer_kpi.publishing.workbook.texts import comment_sheet, definition_sheet, feed_sheets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from safer_kpi.publishing.model.report import Report
    from safer_kpi.publishing.workbook.cells import Cell
    from safer_kpi.publishing.workbook.sheet import Sheet

#: The headings of the contents, and the width of the cover.
CONTENTS, COVER = ("Sheet", "What it holds"), 75
#: The file of the workbook in a report.
WORKBOOK = "report.xlsx"
#: No text becomes a formula or a link, whatever it begins with.
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_MOST_CHARACTERS = 32_000  # a cell holds 32,767
_READABLE = re.compile("[A-Za-z0-9]")


def workbook(report: Report) -> bytes:
    """Return a report as a spreadsheet: a cover, contents, notes, then one table on each sheet.

    The same report gives the same bytes, on any machine with the same packages.
    """
    import gptables
    import pandas as pd

    made = sheets(report)
    notes, source = front.notes(made, is_public=report.is_public), _safe(front.source(report))
    tables = {sheet.name: _table(sheet, source) for sheet in made}
    intro, about = [_safe(line) for line in front.intro(report)], front.about()
    target = io.BytesIO()
    book = gptables.produce_workbook(
        target,
        tables,
        theme=_theme(),
        cover=gptables.Cover(title=_safe(front.title(report)), intro=intro, about=about, width=COVER),
        contentsheet_options={"column_names": list(CONTENTS), "title": "Contents"},
        notes_table=pd.DataFrame({"name": list(notes), "Note": list(notes.values())}),
        auto_width=False,
        workbook_options=_OPTIONS,
    )
    _lay_out(book, made, {name: table.data_range[0] for name, table in tables.items()}, list(notes.values()))
    lay_out_cover(book.get_worksheet_by_name("Cover"), COVER, front.title(report), [intro, about])
    book.set_properties(
        {
            "title": front.title(report),
            "subject": f"Release {report.release.release_id}, {report.edition} edition",
            "created": report.release.published_at,
        }
    )
    book.close()
    return repacked(target.getvalue())


def _theme() -> Any:
    """Return the theme of gptables, with the cells of a row beginning at the same height."""
    import gptables

    theme = copy.deepcopy(gptables.gptheme)
    theme.update_data_format({"valign": "top"})
    return theme


def _lay_out(book: Any, made: list[Sheet], headings: Mapping[str, int], notes: list[str]) -> None:
    """Set the sizes and the printed pages of every sheet but the cover."""
    for sheet in made:
        worksheet, first = book.get_worksheet_by_name(sheet.name), headings[sheet.name]
        lay_out(worksheet, [column.width for column in sheet.columns], texts_of(sheet), first=first)
        print_on_a3(worksheet, headings=first)
    contents = [CONTENTS, *((sheet.name, sheet.title) for sheet in made)]
    lay_out(book.get_worksheet_by_name("Contents"), (20, 110), contents, first=2)
    lay_out(book.get_worksheet_by_name("Notes"), (14, 110), [("", text) for text in ("Note", *notes)], first=2)


def sheets(report: Report) -> list[Sheet]:
    """Return the sheets of a report in their order; one without rows is left out."""
    made = (
        summary_sheet(report),
        scorecard_sheet(report),
        *figures_sheets(report),
        ward_sheet(report),
        *people_sheets(report),
        area_sheet(report),
        *assessment_sheets(report),
        *change_sheets(report),
        *feed_sheets(report),
        definition_sheet(report),
        comment_sheet(report),
    )
    return [sheet for sheet in made if sheet.rows]


def _table(sheet: Sheet, source: str) -> Any:
    """Return a sheet as gptables takes it."""
    import gptables
    import pandas as pd

    headings = [column.heading for column in sheet.columns]
    return gptables.GPTable(
        pd.DataFrame([[_content(cell) for cell in row] for row in sheet.rows], columns=headings, dtype=object),
        table_name=sheet.table_name,
        title=_safe(sheet.title),
        instructions="This worksheet contains one table.",
        legend=[_safe(line) for line in sheet.legend],
        source=source,
        table_notes={column.heading: f"$${column.note}$$" for column in sheet.columns if column.note},
        index_columns={},
        additional_formatting=[*_of_columns(sheet), *_of_cells(sheet)],
    )


def _of_columns(sheet: Sheet) -> Iterator[dict[str, Any]]:
    """Yield the alignments of the columns: numbers stand on the right with their headings, apart from the next text."""
    places = range(len(sheet.columns))
    numbers = [place for place in places if any(isinstance(row[place], Figure) for row in sheet.rows)]
    texts = [place for place in places if place not in numbers]
    for of_kind, form in ((numbers, {"align": "right", "indent": 1}), (texts, {"align": "left"})):
        if of_kind:
            yield {"column": {"columns": of_kind, "include_names": True, "format": form}}


def _of_cells(sheet: Sheet) -> Iterator[dict[str, Any]]:
    """Yield the number format of each number and each day."""
    for line, row in enumerate(sheet.rows, start=1):
        for place, cell in enumerate(row):
            if not isinstance(cell, str):
                yield {"cell": {"cells": (line, place), "format": {"num_format": _pattern(cell)}}}


def _content(cell: Cell) -> Any:
    """Return what gptables writes into a cell."""
    from gptables.core.gptable import FormatList

    if isinstance(cell, Figure):
        return cell.value
    if not isinstance(cell, str):
        return cell
    text = _safe(cell)
    # gptables refuses a text without a Latin letter or a digit, such as a name in another script, unless it is rich.
    return text if _READABLE.search(text) else FormatList([{}, text])


def _pattern(cell: Cell) -> str:
    return cell.pattern if isinstance(cell, Figure) else DAY


def _safe(text: str) -> str:
    """Return a text in which gptables finds no link and no reference to a note, and which fits into a cell."""
    whole = text.replace("](", "] (").replace("$$", "$ $")
    return whole if len(whole) <= _MOST_CHARACTERS else f"{whole[:_MOST_CHARACTERS]} (cut here: the pages have it all)"
