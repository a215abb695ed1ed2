"""The terms of a feed's contract: which exist, what each holds and which may be left out, checked by name and type.

``contracts/feeds/__init__.py`` states the same terms as types, for editors and type checkers; a test holds the two
together. What the terms mean to each other is checked where the contract is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.source import EVERY
from safer_kpi.catalogue.suggestions import nearest
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from safer_kpi.catalogue.contract_source import ContractSource

CADENCES = ("weekly", "monthly", "quarterly", "yearly")
NIL_RETURNS = ("header_only", "stated")


@dataclass(frozen=True, kw_only=True)
class Term:
    """One term.

    Attributes:
        holds: what it holds, in words.
        fits: whether a value is that.
        optional: whether a contract may leave it out.
        empty: whether None means that the term does not apply.
        terms: the terms inside it; none where it has no fixed ones.
    """

    holds: str
    fits: Callable[[Any], bool]
    optional: bool = False
    empty: bool = False
    terms: Mapping[str, Term] = field(default_factory=dict)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_pattern(value: Any) -> bool:
    if not _is_text(value):
        return False
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(isinstance(one, str) for one in value)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(part, str) for item in value.items() for part in item)


def _is_layouts(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(_is_text(name) and hasattr(model, "to_schema") for name, model in value.items())
    )


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _whole(least: int) -> Term:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value >= least

    return Term(holds=f"a whole number, {least} or more", fits=fits)


def _one_of(*words: str) -> Term:
    return Term(holds=f"one of {', '.join(map(repr, words))}", fits=lambda value: value in words)


def _inside(terms: Mapping[str, Term]) -> Term:
    return Term(
        holds=f"a mapping with the terms {', '.join(terms)}",
        fits=lambda value: isinstance(value, Mapping),
        terms=terms,
    )


def _optional(kind: Term, *, empty: bool = False) -> Term:
    return replace(kind, optional=True, empty=empty)


TEXT = Term(holds="a text", fits=_is_text)
PATTERN = Term(holds="a regular expression as Python writes them", fits=_is_pattern)
MARK = Term(holds="one character", fits=lambda value: isinstance(value, str) and len(value) == 1)
LIST = Term(holds="a list of texts", fits=_is_list)
MAPPING = Term(holds="a mapping of texts to texts", fits=_is_mapping)
VERSION = Term(
    holds="a version such as '1.2.0'",
    fits=lambda value: isinstance(value, str) and re.fullmatch(r"\d+\.\d+\.\d+", value) is not None,
)
#: Where a table is among titles, totals and notes: of a sheet, and of a CSV file.
FRAME: Mapping[str, Term] = {
    "header_rows": _optional(_whole(1)),
    "fill_down": _optional(LIST),
    "skip_rows": _optional(LIST),
    "ends_at": _optional(LIST),
    "nil_return": _optional(PATTERN, empty=True),
    "strip_footnotes": _optional(LIST),
    "title": _optional(PATTERN, empty=True),
    "title_into": _optional(TEXT, empty=True),
    "beside": _optional(_one_of("refused", "left_out")),
}
WORKBOOK: Mapping[str, Term] = {
    "sheet": PATTERN,
    "header_starts": PATTERN,
    **FRAME,
    "hidden": _optional(_one_of("read", "refused")),
    "max_bytes": _optional(_whole(1)),
    "max_unpacked": _optional(_whole(1)),
    "max_expansion": _optional(_whole(1)),
    "max_cells": _optional(_whole(1)),
    "max_rows": _optional(_whole(1)),
    "max_columns": _optional(_whole(1)),
    "max_sheets": _optional(_whole(1)),
}
JSON_LINES: Mapping[str, Term] = {
    "max_bytes": _optional(_whole(1)),
    "max_line_bytes": _optional(_whole(1)),
    "max_expansion": _optional(_whole(1)),
    "max_malformed_rows": _optional(_whole(0)),
}
PARQUET: Mapping[str, Term] = {
    "max_bytes": _optional(_whole(1)),
    "max_unpacked": _optional(_whole(1)),
    "max_rows": _optional(_whole(1)),
}
DIALECT: Mapping[str, Term] = {
    "delimiter": _optional(MARK),
    "quote": _optional(MARK),
    "encodings": _optional(LIST),
    "header_starts": _optional(PATTERN, empty=True),
    **FRAME,
    "max_bytes": _optional(_whole(1)),
    "max_line_bytes": _optional(_whole(1)),
    "max_expansion": _optional(_whole(1)),
    "max_malformed_rows": _optional(_whole(0)),
    "workbook": _optional(_inside(WORKBOOK)),
    "json_lines": _optional(_inside(JSON_LINES)),
    "parquet": _optional(_inside(PARQUET)),
}
SOURCE: Mapping[str, Term] = {
    "address": TEXT,
    "from": _optional(TEXT),
    "look_back": _optional(_whole(0)),
    "every": _optional(_one_of(*EVERY)),
    "name": _optional(TEXT),
    "files": _optional(PATTERN),
    "contact": _optional(TEXT),
    "max_bytes": _optional(_whole(1)),
    "pause_seconds": _optional(_whole(1)),
}
CONTRACT: Mapping[str, Term] = {
    "version": VERSION,
    "title": TEXT,
    "owner": TEXT,
    "legal_basis": TEXT,
    "cadence": _one_of(*CADENCES),
    "due_after_days": _whole(0),
    "parts": _optional(LIST),
    "layouts": Term(holds="a mapping of names to pandera models, one or more", fits=_is_layouts),
    "ignored_headers": _optional(LIST),
    "key": LIST,
    "canonical_order": LIST,
    "causes": MAPPING,
    "file_name": _optional(PATTERN, empty=True),
    "file_name_example": _optional(TEXT),
    "cell": Term(
        holds="a text or a mapping of texts to texts", fits=lambda value: _is_text(value) or _is_mapping(value)
    ),
    "window": _optional(_inside({"from": TEXT, "to": TEXT, "row": TEXT}), empty=True),
    "unpivot": _optional(
        _inside({"header": _optional(PATTERN), "reads": _optional(_one_of("month")), "name": TEXT, "value": TEXT}),
        empty=True,
    ),
    "marks": _optional(MAPPING),
    "reference": _optional(MAPPING),
    "must_agree": _optional(MAPPING),
    "max_withdrawn_share": Term(holds="a number from 0 to 1", fits=_is_share),
    "nil_return": replace(_one_of(*NIL_RETURNS), empty=True),
    "public_names": _optional(LIST),
    "same_file_as": _optional(LIST),
    "source": _optional(_inside(SOURCE), empty=True),
    "adds_elsewhere": _optional(LIST),
    "retention": _optional(_inside({"months": replace(_whole(1), empty=True), "rule": TEXT}), empty=True),
    "dialect": _inside(DIALECT),
}
#: Terms that name columns of the feed.
_COLUMNS = ("key", "canonical_order", "causes", "must_agree", "public_names")


def checked_terms(given: Any, source: ContractSource) -> Mapping[str, Any]:
    """Return the terms of a contract after checking each by its name and its type.

    Raises:
        ProjectError: names every unknown, missing or wrong term with its line, and what is allowed.
    """
    if not isinstance(given, Mapping):
        raise ProjectError(
            f"{source.where()}: CONTRACT is not a mapping of terms.", next_action=f"Terms: {', '.join(CONTRACT)}."
        )
    if mistakes := list(_mistakes(given, CONTRACT, source, ())):
        raise ProjectError("\n".join(mistakes))
    return given


def checked_unpivot(terms: Mapping[str, Any], source: ContractSource) -> Mapping[str, str] | None:
    """Return the term ``unpivot``.

    Raises:
        ProjectError: it does not say which headings are values.
    """
    told: Mapping[str, str] | None = terms.get("unpivot")
    if told is not None and not told.keys() & {"header", "reads"}:
        raise ProjectError(
            f"{source.where('unpivot')}: unpivot does not say which headings are values.",
            next_action='Write "reads": "month", or the pattern of the headings as "header".',
        )
    return told


def check_columns(terms: Mapping[str, Any], columns: Collection[str], source: ContractSource) -> None:
    """Check that the terms which name columns name columns of the feed.

    Raises:
        ProjectError: names every unknown column with its line and the nearest column.
    """
    named = {term: list(terms.get(term) or ()) for term in _COLUMNS}
    if terms.get("window"):
        named["window"] = [terms["window"]["row"]]
    mistakes = [
        f"{source.where(term)}: {term} names {name!r}, which is not a column. {nearest(name, columns)}"
        for term, names in named.items()
        for name in names
        if name not in columns
    ]
    if mistakes:
        raise ProjectError("\n".join(mistakes))


def _mistakes(
    given: Mapping[Any, Any], known: Mapping[str, Term], source: ContractSource, path: tuple[str, ...]
) -> Iterator[str]:
    whole = ".".join(path) or "a contract"
    for name in given:
        if name not in known:
            yield f"{source.where(*path, str(name))}: {name!r} is not a term of {whole}. {nearest(str(name), known)}"
    for name, term in known.items():
        place = source.where(*path, name)
        told = ".".join((*path, name))
        if name not in given:
            if not term.optional:
                yield f"{place}: {whole} lacks {name!r}, {term.holds}."
        elif given[name] is None:
            if not term.empty:
                yield f"{place}: {told} must be {term.holds}, and it is None."
        elif not term.fits(given[name]):
            yield f"{place}: {told} must be {term.holds}{' or None' if term.empty else ''}, and it is {given[name]!r}."
        elif term.terms:
            yield from _mistakes(given[name], term.terms, source, (*path, name))
