"""One shape a feed's file may have, as a pandera model of its contract declares it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.cell_forms import CellForms, cell_forms
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One shape a feed's file may have.

    Attributes:
        name: its name in the contract.
        schema: its pandera schema; every value is text.
        columns: the schema's columns.
        headers: header text, made plain, to column.
        tokens: per column the partner's marks for suppressed and unavailable figures, and what the lake keeps instead.
        pseudonyms: the columns of partners' ids, of which a keyed hash is kept.
        forms: how the cells of its columns are written.
    """

    name: str
    schema: Any
    columns: tuple[str, ...]
    headers: Mapping[str, str]
    tokens: Mapping[str, Mapping[str, str]]
    pseudonyms: frozenset[str]
    forms: CellForms = field(default_factory=CellForms)

    def headings(self, column: str) -> tuple[str, ...]:
        """Return the headings under which partners send a column; its own name where there are no others."""
        return tuple((self.schema.columns[column].metadata or {}).get("headers", ())) or (column,)

    def heading(self, column: str) -> str:
        """Return the heading that partners are told of a column."""
        return self.headings(column)[0]


def plain_heading(heading: str) -> str:
    """Return a heading without the differences that carry no meaning: case, spaces, underscores."""
    return re.sub(r"[\s_]+", " ", heading.strip()).casefold()


def layout_of_model(name: str, model: Any, *, key: Collection[str], marks: Mapping[str, str]) -> Layout:
    """Return the layout that a pandera model declares.

    Args:
        name: its name in the contract.
        model: the model.
        key: the columns of the contract's key.
        marks: the contract's own marks and their meanings.

    Raises:
        ProjectError: two columns claim one header, or a column declares a form that does not exist.
    """
    schema = model.to_schema()
    headers: dict[str, str] = {}
    for column, declared in schema.columns.items():
        for header in (column, *(declared.metadata or {}).get("headers", ())):
            if headers.setdefault(plain_heading(header), column) != column:
                raise ProjectError(f"Layout {name!r}: two columns claim one header.")
    terms = {column: declared.metadata or {} for column, declared in schema.columns.items()}
    return Layout(
        name=name,
        schema=schema,
        columns=tuple(schema.columns),
        headers=headers,
        tokens={column: of["tokens"] for column, of in terms.items() if "tokens" in of},
        pseudonyms=frozenset(column for column, of in terms.items() if of.get("pseudonym")),
        forms=cell_forms(terms, key=key, marks=marks),
    )
