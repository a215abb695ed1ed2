"""Numbers as people read them: a table, and below it what keeps a number from being whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_UNPLACED = (
    "Not placed: what was recorded without a place, or in one that no lookup lists; it may belong to the area."
    " A receipt counts the two apart. A lookup that lists a place lets its rows be counted: safer-kpi land area_lookup"
    " FILE."
)
_ALSO_FROM = (
    "Also from: another source adds to these areas in the months for which a file of it was landed. Numbers with it and"
    " without it are not alike; safer-kpi change says where two periods differ."
)
#: Columns that are shown where a number has something to say in them, each with the column of the number.
_WHERE_TOLD = {
    "denominator": "denominator",
    "rows held": "held_rows",
    "not placed": "unplaced",
    "also from": "contributors",
}


def print_numbers(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print numbers of one metric as a table, with the notes that they need."""
    from safer_kpi.cli.output import observations, print_table

    shown = observations(rows)
    columns = [key for key in shown[0] if key not in _WHERE_TOLD or any(row.get(_WHERE_TOLD[key]) for row in rows)]
    is_placed = all(row["placed"] in {None, 1} for row in rows)
    if is_placed:
        columns.remove("placed")
    print_table(shown, columns)
    if not is_placed:
        say(_UNPLACED)
    if any(row["contributors"] for row in rows):
        say(_ALSO_FROM)
    print_reasons(rows)
    print_sensitive(rows)


def print_sensitive(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the note on small counts of sensitive metrics among the rows that are shown, if any are."""
    from safer_kpi.reading.display import small_counts

    names = list(rows[0]) if rows else []
    if note := small_counts(names, [tuple(row[name] for name in names) for row in rows]):
        say(note)


def print_reasons(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print why numbers have no value, each reason once; of one area the newest period stands for all."""
    reasons = {(row["metric_id"], row["area_code"]): row["reason"] for row in rows if row["reason"]}
    for told in dict.fromkeys(reasons.values()):
        say(f"No value: {told}.")
