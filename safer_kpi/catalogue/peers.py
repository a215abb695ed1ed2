"""The peers of ``contracts/peers.yaml``: forces and authorities that the partnership compares itself with, and why."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from safer_kpi.catalogue.lines import read_document
from safer_kpi.catalogue.shape import Shape
from safer_kpi.catalogue.template import area_of

if TYPE_CHECKING:
    from pathlib import Path

FILE = "contracts/peers.yaml"
Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PeerEntry(_Strict):
    """One force or authority."""

    code: Text = Field(description="Code of a local authority or of a police force area")
    why: Text = Field(description="Why the partnership compares itself with it")
    differs: Text | None = Field(None, description="What a reader must know of how it records or publishes")


class PeersFile(_Strict):
    """The peers of a partnership, in the order in which they are shown."""

    peers: list[PeerEntry] = Field(description="The peers; an empty list for none")


_SHAPE = Shape(root=PeersFile, entries={"peers": PeerEntry}, items={"peers": "code"})


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One force or authority that is shown beside the own numbers.

    Attributes:
        code: its code.
        name: its name.
        area_type: ``local_authority`` or ``force``.
        why: why the partnership chose it.
        differs: what differs in how it records or publishes; None if nothing is known to.
    """

    code: str
    name: str
    area_type: str
    why: str
    differs: str | None


def load_peers(project: Path) -> tuple[Peer, ...]:
    """Return the peers of a project, in its order; none if it has no such file.

    Raises:
        ProjectError: the file is not of its form, or a code is unknown, the own one, or stated twice.
    """
    path = project / FILE
    if not path.is_file():
        return ()
    document = read_document(path)
    _SHAPE.check(document)
    known = _known(project / "seeds")
    own, found = area_of(project), dict[str, Peer]()
    for place, entry in enumerate(document.data["peers"]):
        code, at = entry["code"], ("peers", place, "code")
        if code in found:
            raise document.error(at, f"{code} is stated twice.", "Remove one of them.")
        if code == own:
            raise document.error(at, f"{code} is the partnership's own area.", "Name other areas.")
        if code not in known:
            raise document.error(
                at,
                f"{code} is not the code of a local authority or of a police force area.",
                "Use a code of seeds/la_forces.csv or seeds/forces.csv.",
            )
        area_type, name = known[code]
        found[code] = Peer(code=code, name=name, area_type=area_type, why=entry["why"], differs=entry.get("differs"))
    return tuple(found.values())


def _known(seeds: Path) -> dict[str, tuple[str, str]]:
    """Return the area type and the name of every force and authority, by code."""
    listed = (
        ("forces.csv", "force", "area_code", "area_name"),
        ("la_forces.csv", "local_authority", "la_code", "la_name"),
    )
    found: dict[str, tuple[str, str]] = {}
    for seed, area_type, code, name in listed:
        with (seeds / seed).open(encoding="utf-8", newline="") as lines:
            found |= {row[code]: (area_type, row[name]) for row in csv.DictReader(lines)}
    return found
