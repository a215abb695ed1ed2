"""The header of a sheet's table: the texts of its rows, joined to one name for each column."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused
from safer_kpi.intake.workbook.columns import column_letters
from safer_kpi.intake.workbook.sheet import NOT_CALCULATED
from safer_kpi.intake.workbook.text import INVISIBLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.intake.workbook.scan import Range
    from safer_kpi.intake.workbook.sheet import Row

_LONGEST_MARKERS = 64
_HIDDEN = dict.fromkeys(map(ord, INVISIBLE))
_BRACKETED = r"\[(?:notes?|n|[a-z])?\s*\d*(?:\s*(?:,|and|&)\s*(?:notes?|n)?\s*\d+)*\]"
_NOTE = re.compile(r"\[(?:notes?|n)\s*\d+(?:\s*(?:,|and|&)\s*(?:notes?|n)?\s*\d+)*\]", re.IGNORECASE)
_MARKER = re.compile(r"(?:" + _BRACKETED + r"|\(\d{1,2}\)|[¹²³⁰⁴-⁹*†‡]+)\s*\Z", re.IGNORECASE)


def plain(text: str) -> str:
    """Return a text with each run of blanks as one space."""
    return " ".join(text.translate(_HIDDEN).split())


def without_footnotes(text: str) -> str:
    """Return a text without the markers of footnotes at its end; a text that holds only markers stays as it is."""
    # Only the end is searched: the work does not grow with a text made to be searched slowly.
    front, left = text[:-_LONGEST_MARKERS], text[-_LONGEST_MARKERS:]
    while (shorter := _MARKER.sub("", left).rstrip()) != left:
        if not shorter:
            return text
        left = shorter
    return front + left


def header_text(text: str) -> str:
    """Return a cell of the header: its blanks collapsed, markers of footnotes removed."""
    return plain(without_footnotes(_NOTE.sub(" ", plain(text)).strip()))


def join(rows: Sequence[Row], merged: Sequence[Range]) -> dict[int, str]:
    """Return the name of each column that has one, from the rows of a header (number and cells), top to bottom.

    A cell merged over several columns names each of them. In an upper row without such cells a text names the
    columns to its right as well, up to the next one: there the merging is only drawn.

    Raises:
        InputRefused: ``formula`` or ``header`` (two columns of one name).
    """
    parts: dict[int, list[str]] = {}
    for place, (number, cells, _) in enumerate(rows):
        uncalculated = [column for column, text in cells.items() if text == NOT_CALCULATED]
        if uncalculated:
            raise not_calculated(number, uncalculated[0])
        texts = {column: cleaned for column, text in cells.items() if (cleaned := header_text(text))}
        if place < len(rows) - 1:
            below = {column for lower in rows[place + 1 :] for column in lower.cells}
            texts = _spread(number, texts, merged, below)
        for column, text in texts.items():
            own = parts.setdefault(column, [])
            if own[-1:] != [text]:
                own.append(text)
    names = {column: " | ".join(parts[column]) for column in sorted(parts)}
    repeated = [name for name, times in Counter(map(str.casefold, names.values())).items() if times > 1]
    if repeated:
        columns = [column_letters(column) for column, name in names.items() if name.casefold() == repeated[0]]
        raise header_refused(
            f"Columns {' and '.join(columns[:5])} of the header have the same name.",
            "Ask the partner to give every column a name of its own.",
            rows[0].number,
        )
    return names


def header_refused(what: str, next_action: str, row: int | None = None) -> InputRefused:
    """Return the refusal of a table whose header cannot be read."""
    return InputRefused(what, rule="header", row=row, next_action=next_action)


def not_calculated(row: int, column: int) -> InputRefused:
    """Return the refusal of a formula whose value is not in the file."""
    return InputRefused(
        f"The formula in {column_letters(column)}{row} has no calculated value in the file.",
        rule="formula",
        row=row,
        next_action="Ask the partner to open it in Excel, let it calculate, and save it again.",
    )


def _spread(number: int, texts: dict[int, str], merged: Sequence[Range], below: set[int]) -> dict[int, str]:
    # By first column: Excel merges no cell twice, and a file that does must not cost more for it.
    here = {area[1]: area for area in merged if area[0] <= number <= area[2] and area[1] < area[3]}
    spread = dict(texts)
    for first_row, first, _, last in here.values():
        if first_row == number and first in texts:
            # Where nothing stands below, a merged cell names one column alone.
            spread |= {column: texts[first] for column in below - texts.keys() if first < column <= last}
    if here:
        return spread
    down = {area[1] for area in merged if area[0] <= number <= area[2]}
    text: str | None = None
    for column in range(min(texts, default=0), max(below, default=0) + 1):
        if column in texts:
            # A cell merged downwards names its own column and no other.
            text = None if column in down else texts[column]
        elif text is not None and column in below and column not in down:
            spread[column] = text
    return spread
