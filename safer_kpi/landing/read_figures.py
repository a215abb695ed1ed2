"""SQL that reads figures: a plain number, ``[c]`` for one held back, ``[x]`` for one not known; the rest as it came."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from safer_kpi.landing.read_days import BLANKS
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from safer_kpi.catalogue.cell_forms import Figure

_BLANK = "[ \\t\u00a0\u202f\u2009]"
_SEPARATORS = {"comma": ",", "space": _BLANK}


def is_plain_sql(column: str, figure: Figure) -> str:
    """Return the SQL of whether a cell is empty or is what the lake keeps already."""
    kept = "|".join([figure.number, *map(re.escape, sorted(set(figure.alone.values())))])
    return f"({identifier(column)} IS NULL OR regexp_full_match({identifier(column)}, {literal(kept)}))"


def figure_sql(column: str, figure: Figure) -> str:
    """Return the SQL of a column's text with each figure as the lake keeps it."""
    own = identifier(column)
    text = f"lower(trim({own}, {literal(BLANKS)}))"
    alone, behind = _any_of(figure.alone), _any_of(figure.behind)
    number = _written(figure)
    cases = [f"WHEN {own} IS NULL THEN NULL", f"WHEN regexp_full_match({text}, {literal(figure.number)}) THEN {text}"]
    if figure.alone:
        cases.append(f"WHEN regexp_full_match({text}, {literal(_run(alone))}) THEN {_kept(text, alone, figure)}")
    cases.append(f"WHEN regexp_full_match({text}, {literal(number)}) THEN {_number(text, figure)}")
    if figure.behind:
        tail = f"regexp_replace({text}, {literal('^' + number)}, '')"
        marks = f"regexp_extract_all({tail}, {literal(behind)})"
        held = [
            f"WHEN list_has_any({marks}, {_listed(mark for mark, as_kept in figure.behind.items() if as_kept == kept)})"
            f" THEN {literal(kept)}"
            for kept in sorted({kept for kept in figure.behind.values() if kept is not None})
        ]
        told = f"CASE {' '.join(held)} ELSE {_number(text, figure)} END" if held else _number(text, figure)
        cases.append(f"WHEN regexp_full_match({text}, {literal(number + _BLANK + '*' + _run(behind))}) THEN {told}")
    return f"CASE {' '.join(cases)} ELSE {own} END"


def _any_of(marks: Collection[str]) -> str:
    # The longest first, so that no mark is taken for the beginning of another.
    return (
        "(?:" + "|".join(re.escape(mark.lower()) for mark in sorted(marks, key=lambda mark: (-len(mark), mark))) + ")"
    )


def _run(mark: str) -> str:
    return f"(?:{mark}{_BLANK}*)+"


def _listed(marks: Iterable[str]) -> str:
    return literal(sorted(mark.lower() for mark in marks))


def _kept(text: str, alone: str, figure: Figure) -> str:
    """Return what is kept for marks alone: a figure that is held back, if one of them says so."""
    found = f"regexp_extract_all({text}, {literal(alone)})"
    *first, last = sorted(set(figure.alone.values()))
    held = "".join(
        f"WHEN list_has_any({found}, {_listed(mark for mark, kept in figure.alone.items() if kept == one)})"
        f" THEN {literal(one)} "
        for one in first
    )
    return f"CASE {held}ELSE {literal(last)} END" if held else literal(last)


def _written(figure: Figure) -> str:
    """Return the pattern of a number as it may be written."""
    forms = [figure.number]
    forms += [rf"-?\d{{1,3}}(?:{_SEPARATORS[one]}\d{{3}}){{1,4}}(?:\.\d{{1,18}})?" for one in figure.thousands]
    if figure.percent:
        forms.append(rf"\d{{1,3}}(?:\.\d{{1,15}})?{_BLANK}*%")
    return f"(?:{'|'.join(forms)})"


def _number(text: str, figure: Figure) -> str:
    """Return the number at the beginning of a text: its separators left out, a percentage as its fraction."""
    digits = rf"regexp_extract({text}, {literal('^-?[0-9.,' + _BLANK[1:-1] + ']*[0-9]')})"
    plain = f"regexp_replace({digits}, {literal('[,' + _BLANK[1:-1] + ']')}, '', 'g')"
    if not figure.percent:
        return plain
    fraction = f"CAST(TRY_CAST({digits} AS DECIMAL(18, 15)) * CAST('0.01' AS DECIMAL(3, 2)) AS VARCHAR)"
    return f"CASE WHEN contains({text}, '%') THEN regexp_replace({fraction}, '[.]?0+$', '') ELSE {plain} END"
