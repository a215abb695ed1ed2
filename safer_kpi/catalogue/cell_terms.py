"""The term ``cell`` of a contract: its scope cells, checked when the contract is loaded.

Its parts are ``part`` and ``place``, where there are any, and one period by its kind; or ``whole``, where the whole
table is one cell. The values joined by a slash name the cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.suggestions import suggested
from safer_kpi.domain.spans import SPAN_KINDS
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from safer_kpi.catalogue.contract_source import ContractSource

#: The whole table is one cell, which names no period.
WHOLE = "whole"
PLACES = ("part", "place")
CELL_TERMS = (*PLACES, *SPAN_KINDS, WHOLE)
_ALLOWED = f"Write part and place where there are any, then one of {', '.join(SPAN_KINDS)}, or {WHOLE}."


@dataclass(frozen=True, kw_only=True)
class CellTerms:
    """A contract's scope cells; every text is a template over the groups of the file's name.

    Attributes:
        part: which of several deliverers sends the cell; None for one.
        place: the force or area the cell speaks for; None if it names none.
        period: the period the cell covers; for a whole table, what the table is called.
        kind: the kind of that period, one of ``SPAN_KINDS``, or ``whole``.
    """

    part: str | None = None
    place: str | None = None
    period: str
    kind: str

    @property
    def name(self) -> str:
        """The template of a cell's name."""
        return "/".join(text for text in (self.part, self.place, self.period) if text is not None)

    @property
    def written(self) -> dict[str, str]:
        """The terms as a contract writes them."""
        told = {"part": self.part, "place": self.place, self.kind: self.period}
        return {term: text for term, text in told.items() if text is not None}


def cell_terms(source: ContractSource, terms: Mapping[str, Any], *, known: Collection[str]) -> CellTerms:
    """Read the term ``cell`` of a contract.

    Args:
        source: the contract's text, for messages.
        terms: all terms of the contract.
        known: the names a template may use.

    Raises:
        ProjectError: the term names no period, an unknown one or several, or a value that nothing says.
    """
    told = terms["cell"]
    example = _example(terms)
    where = f"{source.where('cell')}: cell"
    if isinstance(told, str):
        raise ProjectError(
            f"{where} is a text, but the term must be a mapping.",
            next_action=f'Write "cell": {restated(told, example)}.',
        )
    if not isinstance(told, dict) or not all(isinstance(text, str) and text for text in told.values()):
        raise ProjectError(f"{where} must be a mapping of terms to texts.", next_action=_ALLOWED)
    for term in told:
        if term not in CELL_TERMS:
            raise ProjectError(
                f"{where} has the unknown term {term!r}. {suggested(str(term), CELL_TERMS)}".rstrip(),
                next_action=_ALLOWED,
            )
    kinds = [term for term in told if term not in PLACES]
    if len(kinds) != 1:
        raise ProjectError(
            f"{where} names {'no period' if not kinds else ' and '.join(kinds)}; it needs exactly one.",
            next_action=_ALLOWED,
        )
    for term, text in told.items():
        if unknown := sorted(names_in(text) - set(known)):
            raise ProjectError(
                f"{where}: {term} uses {', '.join(f'{{{name}}}' for name in unknown)}, which nothing says.",
                next_action=f"Known here: {', '.join(f'{{{name}}}' for name in sorted(known))}.",
            )
    found = CellTerms(part=told.get("part"), place=told.get("place"), period=told[kinds[0]], kind=kinds[0])
    _require_period(found, example, where)
    return found


def _require_period(found: CellTerms, example: Mapping[str, str], where: str) -> None:
    """Raise if the contract's example of a file name holds no period of the declared kind."""
    if found.kind == WHOLE or not names_in(found.period) <= example.keys():
        return
    kind, period = SPAN_KINDS[found.kind], found.period.format(**example)
    if kind.read(period) is None:
        named = ", ".join(f"{name} ({other.example})" for name, other in SPAN_KINDS.items())
        raise ProjectError(
            f"{where}: {period!r}, which file_name_example holds, is not a {kind.words}.",
            next_action=f"Use one of {named}.",
        )


def _example(terms: Mapping[str, Any]) -> dict[str, str]:
    """Return the groups of the example of a file name."""
    found = re.search(terms["file_name"], terms.get("file_name_example", "")) if terms.get("file_name") else None
    said = {name: text for name, text in found.groupdict().items() if text is not None} if found else {}
    return said | ({"month": SPAN_KINDS["month"].example} if terms.get("window") is not None else {})


def names_in(template: str) -> set[str]:
    """Return the names that a template uses."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def restated(template: str, example: Mapping[str, str]) -> str:
    """Return how to write a ``cell`` that an older contract states as one text; the example gives the kind."""
    *places, period = template.split("/")
    terms = dict(zip(PLACES[-len(places) :], places[-len(PLACES) :], strict=True)) if places else {}
    text = period.format(**example) if names_in(period) <= example.keys() else ""
    kind = next((name for name, known in SPAN_KINDS.items() if known.read(text) is not None), WHOLE)
    return "{" + ", ".join(f'"{term}": "{text}"' for term, text in (terms | {kind: period}).items()) + "}"
