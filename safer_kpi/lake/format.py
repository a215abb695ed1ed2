"""The number of the format a lake is stored in: ``journal.format`` has a row for each format it has had.

A lake without that table has format 1. The number rises with every change of a stored table; the steps from one to the
next stand in ``safer_kpi.lake.migrations``.
"""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from typing import TYPE_CHECKING

from safer_kpi.errors import LakeBroken, LakeFormat

if TYPE_CHECKING:
    import duckdb

#: The format that this version writes.
FORMAT = 7
#: The format of lakes that have no ``journal.format``.
_UNNUMBERED = 1


def format_of(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Return the format of the attached lake; None if it has no journal yet. Not within a transaction.

    Raises:
        LakeBroken: the journal does not state it any more.
    """
    import duckdb

    try:  # to list the lake's tables would take far longer
        found = connection.execute("SELECT max(format) FROM lake.journal.format").fetchall()
    except duckdb.CatalogException:
        schemas = connection.execute(
            "SELECT count(*) FROM duckdb_schemas() WHERE database_name = 'lake' AND schema_name = 'journal'"
        ).fetchall()
        return _UNNUMBERED if schemas[0][0] else None
    if found[0][0] is None:
        raise LakeBroken("The lake's journal.format is empty.", next_action="Restore the lake from backup.")
    return int(found[0][0])


def require_known(connection: duckdb.DuckDBPyConnection) -> None:
    """Raise if a newer version of this package has written the lake.

    Raises:
        LakeFormat: its format is newer than this version knows.
    """
    found = format_of(connection)
    if found is not None and found > FORMAT:
        writer = connection.execute("SELECT max_by(package_version, format) FROM lake.journal.format").fetchall()[0][0]
        raise LakeFormat(
            f"The lake has format {found}; this version of safer-kpi ({version('safer-kpi')}) knows formats up to"
            f" {FORMAT}. Nothing was changed.",
            next_action=f"Install safer-kpi {writer} or later.",
        )


def require_current(connection: duckdb.DuckDBPyConnection, *, is_numbered: bool = True) -> None:
    """Raise if the lake has an older format than this version writes; ``is_numbered``: whether it has a number at all.

    Raises:
        LakeFormat: it has.
    """
    found = format_of(connection) if is_numbered else _UNNUMBERED
    if found is not None and found < FORMAT:
        raise LakeFormat(
            f"The lake has format {found}, and this needs format {FORMAT}.",
            next_action="Run `safer-kpi migrate`; the next landing or build does the same.",
        )


def write_format(connection: duckdb.DuckDBPyConnection, number: int = FORMAT) -> None:
    """In the open transaction: record that the lake has this format from now on."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    connection.execute("INSERT INTO journal.format VALUES (?, ?, ?)", [number, version("safer-kpi"), now])
