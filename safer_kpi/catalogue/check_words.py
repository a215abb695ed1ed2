"""The checks of a contract in words for a partner: what a value must be, and how to correct one that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.catalogue.layouts import Layout

_ROW_RULES: Mapping[str, tuple[str, str]] = {
    "required": ("A value is required.", "Fill the cell in every row."),
    "duplicate_key": (
        "The file holds one row per key; the first counts, its repeats are held back.",
        "Send each record once, as it stands now.",
    ),
    "outside_cells": (
        "The row's date must lie in the months the file's name says.",
        "Correct the date, or name the file for the months it covers.",
    ),
    "destroyed_id": (
        "A reference must be whole; a spreadsheet has turned it into a rounded number such as 5.42E+10.",
        "Export again from your own system, without opening the file in a spreadsheet or with this column as text.",
    ),
    "column_count": (
        "A row has as many fields as the header.",
        "Export again, with every value that holds the delimiter or a line break in quotes.",
    ),
}
_MOST_NAMED = 12


def check_words(check: Any, *, says: str | None = None) -> str:
    """Return what one pandera check asks of a value, as a phrase after ``must be`` or as a sentence of its own.

    ``says`` is what the contract says of the column's pattern; a pattern without it is shown as it is written.
    """
    statistics = check.statistics or {}
    if "pattern" in statistics:
        return says or f"text of the form {statistics['pattern']}"
    if "allowed_values" in statistics:
        return _one_of([str(value) for value in statistics["allowed_values"]])
    if {"min_value", "max_value"} <= statistics.keys():
        return _length(statistics["min_value"], statistics["max_value"])
    return str(check.description or check.error or check.name)


def _one_of(values: Sequence[str]) -> str:
    if len(values) == 1:
        return values[0]
    shown = ", ".join(values[:_MOST_NAMED])
    left = len(values) - _MOST_NAMED
    return f"one of the {len(values)} agreed values: {shown}, …" if left > 0 else f"one of: {shown}"


def _length(low: int | None, high: int | None) -> str:
    if low and high:
        return f"{low} to {high} characters long"
    return f"at most {high} characters long" if high else f"at least {low} characters long"


def column_words(layout: Layout, column: str) -> list[str]:
    """Return what the contract asks of a column's values, a phrase or sentence each; empty if any text is allowed."""
    declared = layout.schema.columns[column]
    words = [check_words(check, says=_says(layout, column)) for check in declared.checks]
    tokens = getattr(layout, "tokens", {}).get(column, {})
    for kept, meaning in (("[c]", "a figure you hold back"), ("[x]", "a figure that is not available")):
        # The shorthand the lake keeps is taken too; partners are told of their own marks.
        if marks := [token for token, as_kept in tokens.items() if as_kept == kept and token != kept]:
            words.append(f"or {' or '.join(f'`{mark}`' for mark in marks)} for {meaning}")
    if (declared.metadata or {}).get("marks"):
        words.append("or a mark of official statistics, such as `[c]` or `12 [r]`")
    return words


def _says(layout: Layout, column: str) -> str | None:
    """Return the partner's words of the contract for the pattern of a column's values, or None."""
    said = (layout.schema.columns[column].metadata or {}).get("says")
    return str(said) if said else None


def header_of(layout: Layout, column: str) -> str:
    """Return the header under which partners know a column."""
    declared = (layout.schema.columns[column].metadata or {}).get("headers", ())
    return str(declared[0]) if declared else column


def clauses_of(layouts: Sequence[Layout]) -> list[tuple[str, str | None, str, str]]:
    """Return the clauses of a contract: rule, column (none for a rule of the row), what it says, how to correct it."""
    found: dict[tuple[str, str | None], tuple[str, str]] = {}
    for layout in layouts:
        for column in layout.columns:
            for check in layout.schema.columns[column].checks:
                found.setdefault((check.name, column), _clause(check, layout, column))
        for check in layout.schema.checks:
            mend = "Correct the cells of the row that contradict each other."
            found.setdefault((check.name, None), (check_words(check), mend))
    return [(rule, column, says, mend) for (rule, column), (says, mend) in found.items()]


def rule_words(clauses: Sequence[tuple[str, str | None, str, str]], rule: str, column: str | None) -> tuple[str, str]:
    """Return what a broken clause says and how to correct it, a sentence each."""
    if rule in _ROW_RULES:
        return _ROW_RULES[rule]
    for one, of, says, mend in clauses:
        if (one, of) == (rule, column):
            return says, mend
    return f"The clause {rule} of the contract.", "Ask us what it means; tell us if it should be another one."


def _clause(check: Any, layout: Layout, column: str) -> tuple[str, str]:
    words = check_words(check, says=_says(layout, column))
    if not check.statistics:
        return words, f"Correct {header_of(layout, column)!r} in these rows."
    also = ", ".join(column_words(layout, column)[len(layout.schema.columns[column].checks) :])
    empty = ", or empty" if layout.schema.columns[column].nullable else ""
    told = f"It must be {words}{' ' + also if also else ''}{empty}."
    return told, f"Write {header_of(layout, column)!r} so in these rows."
