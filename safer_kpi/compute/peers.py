"""Write the own area and its peers into the lake, where the models read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.catalogue.peers import load_peers
from safer_kpi.catalogue.template import area_of
from safer_kpi.compute import derived

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

COLUMNS = {
    "place": "INTEGER",
    "area_code": "VARCHAR",
    "area_name": "VARCHAR",
    "area_type": "VARCHAR",
    "why": "VARCHAR",
    "differs": "VARCHAR",
}
DDL = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())


def write(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """Make ``journal.peer`` hold the project's peers; write nothing if it already does."""
    derived.write(connection, "peer", COLUMNS, peer_rows(project), order="place")


def peer_rows(project: Path) -> list[tuple[object, ...]]:
    """Return one row of ``COLUMNS`` for the own area, at place 0, and one per peer, in the project's order."""
    peers = enumerate(load_peers(project), start=1)
    own: tuple[object, ...] = (0, area_of(project), None, None, None, None)
    return [own, *((place, one.code, one.name, one.area_type, one.why, one.differs) for place, one in peers)]
