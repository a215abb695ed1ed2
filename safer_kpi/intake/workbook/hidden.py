"""The refusal of a workbook that hides something, where its contract does not read it."""

from __future__ import annotations

from safer_kpi.errors import InputRefused


def hidden_refused(what: str, row: int | None = None) -> InputRefused:
    """Return the refusal of hidden rows, columns or sheets."""
    return InputRefused(
        what,
        rule="hidden",
        row=row,
        next_action="Ask the partner to show everything and clear all filters, or to delete what is not meant, "
        "and to send it again.",
    )
