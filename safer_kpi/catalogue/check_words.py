"""The checks of a contract in a partner's words: what a value must be, and how to mend one that is not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from safer_kpi.catalogue.feeds import Layout

# A pattern is told by what it takes: values it must accept, values it must not, the words for it. The first that fits.
_FORMS: Sequence[tuple[Sequence[str], Sequence[str], str]] = (
    (("2024-05",), ("2024-25", "2024-05-31"), "a month, written 2024-05"),
    (("2024-05-31", "31/05/2024"), ("2024-05",), "a date, written 2024-05-31 or 31/05/2024"),
    (("2024-05-31",), ("2024-05",), "a date, written 2024-05-31"),
    (("Yes", "n", "1"), ("2", "perhaps"), "Y or N, Yes or No, 1 or 0, True or False"),
    (("18:30",), ("25:00",), "a time, written 18:30"),
    (("E01015272", "95AA01S1"), ("E0101",), "an ONS code of an LSOA, such as E01015272"),
    (("E06000058",), ("E0600", "word"), "an ONS code of nine characters, such as E06000058"),
    (("c1" * 32,), ("c1" * 31,), "64 characters 0 to 9 and a to f"),
    (("7", "7.5", "-7.25"), ("word",), "a number, written without thousands separators"),
    (("7", "7.0", "1204"), ("7.5", "-7"), "a whole number that is not negative, without thousands separators"),
    (("2024-25",), ("2024-255", "2024"), "a financial year, written 2024-25"),
    (("2024",), ("24", "word"), "a year, written 2024"),
)
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
    "column_count": (
        "A row has as many fields as the header.",
        "Export again, with every value that holds the delimiter or a line break in quotes.",
    ),
}
_MOST_NAMED = 12


def check_words(check: Any) -> str:
    """What one pandera check asks of a value, as a phrase that follows ``must be``, or as a sentence of its own."""
    statistics = check.statistics or {}
    if "pattern" in statistics:
        return pattern_words(str(statistics["pattern"]))
    if "allowed_values" in statistics:
        return _one_of([str(value) for value in statistics["allowed_values"]])
    if {"min_value", "max_value"} <= statistics.keys():
        return _length(statistics["min_value"], statistics["max_value"])
    return str(check.description or check.error or check.name)


def pattern_words(pattern: str) -> str:
    """A regular expression in words."""
    for accepted, refused, words in _FORMS:
        if all(re.match(pattern, text) for text in accepted) and not any(re.match(pattern, text) for text in refused):
            return words
    return f"text of the form {pattern}"


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
    """What the contract asks of a column's values, a phrase or sentence each; none where any text will do."""
    declared = layout.schema.columns[column]
    words = [check_words(check) for check in declared.checks]
    tokens = getattr(layout, "tokens", {}).get(column, {})
    for kept, meaning in (("[c]", "a figure you hold back"), ("[x]", "a figure that is not available")):
        # The shorthand the lake keeps is taken too; partners are told of their own marks.
        if marks := [token for token, as_kept in tokens.items() if as_kept == kept and token != kept]:
            words.append(f"or {' or '.join(f'`{mark}`' for mark in marks)} for {meaning}")
    return words


def header_of(layout: Layout, column: str) -> str:
    """The header under which partners know a column."""
    declared = (layout.schema.columns[column].metadata or {}).get("headers", ())
    return str(declared[0]) if declared else column


def rule_words(layouts: Sequence[Layout], rule: str, column: str | None) -> tuple[str, str]:
    """What a broken clause says and how to mend it, a sentence each."""
    if rule in _ROW_RULES:
        return _ROW_RULES[rule]
    for layout in layouts:
        if column is not None and column in layout.columns:
            for check in layout.schema.columns[column].checks:
                if check.name == rule:
                    return _clause(check, layout, column)
        for check in layout.schema.checks:
            if column is None and check.name == rule:
                return check_words(check), "Correct the cells of the row that contradict each other."
    return f"The clause {rule} of the contract.", "Ask us what it means; tell us if it should be another one."


def _clause(check: Any, layout: Layout, column: str) -> tuple[str, str]:
    words = check_words(check)
    if not check.statistics:
        return words, f"Correct {header_of(layout, column)!r} in these rows."
    also = ", ".join(column_words(layout, column)[len(layout.schema.columns[column].checks) :])
    empty = ", or empty" if layout.schema.columns[column].nullable else ""
    told = f"It must be {words}{' ' + also if also else ''}{empty}."
    return told, f"Write {header_of(layout, column)!r} so in these rows."
