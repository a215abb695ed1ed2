"""Who else contributes to a feed's numbers: the contract's term ``adds_elsewhere``, looked up by name.

Some sources have no area of their own and add to everybody's, in the months for which their files come. British
Transport Police is one: data.police.uk publishes its crimes in files of their own.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from safer_kpi.catalogue.cell_terms import names_in
from safer_kpi.catalogue.suggestions import nearest
from safer_kpi.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from safer_kpi.catalogue.cell_terms import CellTerms
    from safer_kpi.catalogue.contract_source import ContractSource

TERM = "adds_elsewhere"


@dataclass(frozen=True, kw_only=True)
class Contributor:
    """A place whose cells add to the areas of other places.

    Attributes:
        place: the place as the feed's cells name it, such as ``btp``.
        code: the code that coverage has for it.
        name: its name for readers.
    """

    place: str
    code: str
    name: str


def contributors_of(
    seeds: Path, terms: Mapping[str, Any], cell: CellTerms, source: ContractSource
) -> tuple[Contributor, ...]:
    """Return the places that a contract's ``adds_elsewhere`` names.

    Raises:
        ProjectError: the feed's cells have no place, or the lookup of their places does not list one of the names.
    """
    told = list(dict.fromkeys(terms.get(TERM, ())))
    if not told:
        return ()
    lookups = {name: seed for name, seed in terms.get("reference", {}).items() if cell.place == f"{{{name}}}"}
    if not lookups:
        of = ", ".join(sorted(names_in(cell.place or ""))) or "nothing"
        raise ProjectError(
            f"{source.where(TERM)}: {TERM} names places of the feed's cells, and their place is {of}, which no lookup"
            " of the term reference lists.",
            next_action=f"Write the place of the cell as one name that reference looks up, or leave {TERM} out.",
        )
    [(column, seed)] = lookups.items()
    with (seeds / seed).open(encoding="utf-8", newline="") as lines:
        known = {row[column]: row for row in csv.DictReader(lines)}
    if unknown := [place for place in told if place not in known]:
        raise ProjectError(
            f"{source.where(TERM)}: seeds/{seed} does not list the place {unknown[0]!r}. {nearest(unknown[0], known)}"
        )
    return tuple(
        Contributor(
            place=place,
            code=known[place].get("area_code", place),
            name=known[place].get("force_name", place),
        )
        for place in told
    )
