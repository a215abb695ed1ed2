"""Bring the tables of a read file's copy up to the lake, and find which numbers that can change.

Read and written are the lake, attached as ``lake``, and the copy, attached as ``book``. The numbers are pairs of metric
and area in the temporary table ``touched``: whatever a posting, a cell, a row held back, an area or a definition that
changed can reach. A pair more costs time; a pair fewer would be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.compute.schema import COPIED
from safer_kpi.errors import ProjectError
from safer_kpi.sql import identifier, literal, statement

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

#: The temporary table of the pairs that are made again.
TOUCHED = "touched"
_LEDGER, _AREAS = "ledger", "area_change"


@dataclass(frozen=True, kw_only=True)
class Since:
    """From where on the lake may differ from the read file.

    Attributes:
        entry: the first entry that the file does not hold.
        day: the day it was posted on, from which ledgers were built again; None where nothing was.
    """

    entry: int
    day: dt.date | None


#: Everything may differ: the models or definitions were edited.
EVER = Since(entry=0, day=None)


def renew_tables(connection: duckdb.DuckDBPyConnection, since: Since) -> None:
    """Make every copied table of the book, which is in use, hold the lake's rows; write ``touched``.

    What comes from the project's files alone is as it was unless they changed.

    Raises:
        ProjectError: the lake lacks a table or column that the book has.
    """
    import duckdb

    appended = _appended(connection, since)
    renewed = [table for table in COPIED if since == EVER or not table.of_project]
    for table in COPIED:
        if table not in renewed:
            connection.execute(f"CREATE TEMP TABLE changed_{table.name} AS FROM kpi.{table.name} LIMIT 0")
    for table in renewed:
        names = [name for name, *_ in connection.execute(f"SELECT * FROM kpi.{table.name} LIMIT 0").description]
        columns = ", ".join(map(identifier, names))
        compared = ", ".join(identifier(name) for name in names if name != "evidence")
        where = appended.get(table.name, "")
        try:
            sql = f"SELECT {columns} FROM lake.kpi.{table.name}{where}"
            connection.execute(f"CREATE TEMP TABLE new_{table.name} AS {sql}")
        except (duckdb.CatalogException, duckdb.BinderException) as missing:
            raise ProjectError(
                f"models/kpi/{table.name}.sql and the lake do not have the same columns.",
                next_action="Run safer-kpi build.",
            ) from missing
        old, new = f"SELECT {compared} FROM kpi.{table.name}{where}", f"SELECT {compared} FROM new_{table.name}"
        connection.execute(
            f"CREATE TEMP TABLE changed_{table.name} AS ({old} EXCEPT ALL {new}) UNION ALL ({new} EXCEPT ALL {old})"
        )
        if connection.execute(f"SELECT 1 FROM changed_{table.name} LIMIT 1").fetchall():
            connection.execute(f"DELETE FROM kpi.{table.name}{where}")
            connection.execute(f"INSERT INTO kpi.{table.name} FROM new_{table.name} ORDER BY {table.order}")
    connection.execute(f"CREATE TEMP TABLE {TOUCHED} AS {statement('safer_kpi.compute', TOUCHED)}")
    for table in renewed:
        connection.execute(f"DROP TABLE new_{table.name}")
    for table in COPIED:
        connection.execute(f"DROP TABLE changed_{table.name}")


def _appended(connection: duckdb.DuckDBPyConnection, since: Since) -> dict[str, str]:
    """Return the tables whose rows of earlier entries stay as they are, each with the condition of the others.

    A ledger is built again by whole days. Of another table, such as that of deliveries, old rows may be gone, so they
    are counted. To count those of areas, which are few, would take longer than to read them.
    """
    if since == EVER:
        return {}
    by_entry = [table.name for table in COPIED if table.of_entries and table.name not in {_LEDGER, _AREAS}]
    counts = [
        ", ".join(f"(SELECT count(*) FROM {source}.kpi.{name} WHERE entry < {since.entry})" for name in by_entry)
        for source in ("book", "lake")
    ]
    here, there = (connection.execute(f"SELECT {each}").fetchall()[0] for each in counts)
    new = f" WHERE entry IS NULL OR entry >= {since.entry}"
    found = {name: new for name, one, other in zip(by_entry, here, there, strict=True) if one == other}
    return found | {_LEDGER: f" WHERE entry >= {since.entry}" if since.day is None else _posted_from(since.day)}


def _posted_from(day: dt.date) -> str:
    return f" WHERE posted_at >= {literal(day)}"
