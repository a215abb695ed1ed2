"""How the cells of a layout's columns are written, as the contract declares it: figures, days, months, identifiers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.marks import MEANINGS, stands_behind
from safer_kpi.catalogue.suggestions import nearest
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

THOUSANDS = ("comma", "space")
DAYS = ("yyyy-mm-dd", "dd/mm/yyyy", "dd/mm/yy", "dd-mon-yyyy", "yyyy-mm-dd hh:mm", "dd/mm/yyyy hh:mm", "serial")
MONTHS = ("yyyy-mm", "mon-yy", "mm/yyyy", "first day")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """How a column's figures are written.

    Attributes:
        number: the pattern of a plain number.
        thousands: the separators that may stand between groups of three digits.
        percent: whether a figure may be written ``12.5%``, which is kept as 0.125.
        alone: what stands instead of a figure, and what is kept for it.
        behind: the marks behind a figure, and what is kept then; None where the figure counts.
    """

    number: str
    thousands: tuple[str, ...] = ()
    percent: bool = False
    alone: Mapping[str, str] = field(default_factory=dict)
    behind: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CellForms:
    """How cells are written, by column.

    Attributes:
        figures: the columns of figures.
        days: the columns of days in declared forms, with the forms.
        months: the columns of months in declared forms, with the forms.
        identifiers: the columns of references, in which a rounded number is no reference.
    """

    figures: Mapping[str, Figure] = field(default_factory=dict)
    days: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    months: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    identifiers: frozenset[str] = frozenset()


def cell_forms(
    columns: Mapping[str, Mapping[str, Any]], *, key: Collection[str], marks: Mapping[str, str]
) -> CellForms:
    """Return the forms that the columns' metadata declare.

    Args:
        columns: per column its metadata.
        key: the columns of the contract's key.
        marks: the contract's own marks and their meanings.

    Raises:
        ProjectError: names every unknown form or separator with its column, and what is allowed.
    """
    if mistakes := [mistake for column, told in columns.items() for mistake in _mistakes(column, told)]:
        raise ProjectError("\n".join(mistakes))
    return CellForms(
        figures={
            column: _figure(told, marks) for column, told in columns.items() if "figure" in told or "tokens" in told
        },
        days={column: tuple(told["days"]) for column, told in columns.items() if "days" in told},
        months={column: tuple(told["months"]) for column, told in columns.items() if "months" in told},
        identifiers=frozenset(
            column
            for column, told in columns.items()
            if told.get("identifier") or told.get("pseudonym") or (column in key and _is_reference(told))
        ),
    )


def _is_reference(told: Mapping[str, Any]) -> bool:
    return not told.keys() & {"figure", "tokens", "days", "months"}


def _figure(told: Mapping[str, Any], marks: Mapping[str, str]) -> Figure:
    declared = told.get("figure", {})
    tokens = told.get("tokens", {})
    # A column without marks of its own, such as a whole number, takes none.
    known = {**told.get("marks", {}), **marks} if tokens else {}
    return Figure(
        # A contract of an older version of the project says no more than its marks.
        number=declared.get("number", r"-?\d{1,12}(\.\d{1,18})?"),
        thousands=tuple(declared.get("thousands", ())),
        percent=bool(declared.get("percent")),
        # The contract's own word on a mark comes last.
        alone={**{mark: MEANINGS[meaning].kept for mark, meaning in told.get("marks", {}).items()}, **tokens,
               **{mark: MEANINGS[meaning].kept for mark, meaning in marks.items() if tokens}},
        behind={
            mark: None if MEANINGS[meaning].counts else MEANINGS[meaning].kept
            for mark, meaning in known.items()
            if stands_behind(mark, meaning)
        },
    )  # fmt: skip


def _mistakes(column: str, told: Mapping[str, Any]) -> Iterator[str]:
    for term, given, known in (
        ("thousands", told.get("figure", {}).get("thousands", ()), THOUSANDS),
        ("forms", told.get("days", ()), DAYS),
        ("forms", told.get("months", ()), MONTHS),
        ("marks", told.get("marks", {}).values(), MEANINGS),
    ):
        for name in given:
            if name not in known:
                yield f"Column {column!r}: {term} holds {name!r}, which is not one of them. {nearest(str(name), known)}"
    for kind in ("days", "months"):
        if kind in told and not told[kind]:
            yield f"Column {column!r}: forms is empty. Name at least one form."
