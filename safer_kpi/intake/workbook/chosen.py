"""The one visible sheet that a dialect declares."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.intake.workbook.dialect import WorkbookDialect


def chosen_sheet(visible: Sequence[str], dialect: WorkbookDialect) -> int:
    """Return the place, among the names of the visible sheets, of the one that the dialect declares.

    Raises:
        InputRefused: ``sheet``: none or several have such a name.
    """
    meant = re.compile(dialect.sheet, re.IGNORECASE)
    matching = [place for place, name in enumerate(visible) if meant.fullmatch(" ".join(name.split()))]
    if len(matching) != 1:
        raise sheet_refused(
            f"Of {len(visible):,} visible sheets {len(matching):,} are named as expected "
            f"({dialect.sheet!r}); one has to be."
        )
    return matching[0]


def sheet_refused(what: str) -> InputRefused:
    """Return the refusal of a workbook that does not show the declared sheet."""
    return InputRefused(
        what, rule="sheet", next_action="Ask the partner to name the sheet with the table as agreed, and to show it."
    )
