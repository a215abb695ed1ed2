"""The refusals that every part of reading a workbook shares."""

from __future__ import annotations

from safer_kpi.errors import InputRefused

SEND_AGAIN = "Ask the partner to open it in Excel, save it as .xlsx and send it again."


def damaged(what: str, row: int | None = None) -> InputRefused:
    """Return the refusal of a workbook that contradicts itself."""
    return InputRefused(what, rule="damaged", row=row, next_action=SEND_AGAIN)


def bomb(what: str, row: int | None = None) -> InputRefused:
    """Return the refusal of a file that would exhaust its reader."""
    return InputRefused(what, rule="bomb", row=row, next_action="Do not open it; ask the partner what it is.")


def too_large(what: str, row: int | None = None) -> InputRefused:
    """Return the refusal of a workbook beyond a limit of its dialect."""
    return InputRefused(
        what,
        rule="too_large",
        row=row,
        next_action="Ask the partner to remove what is not the table (empty formatted rows, other sheets), "
        "or raise the contract's limit.",
    )
