"""Bring a lake of an older format along: one step for each format, all in one transaction of the lake.

A step reads and writes tables as they were in its own formats. It never uses today's definitions of them, which a later
format may change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.lake.connection import connect
from safer_kpi.lake.format import FORMAT, format_of, write_format
from safer_kpi.lake.lease import lease
from safer_kpi.lake.migrations import to_2, to_3, to_4, to_5, to_6, to_7
from safer_kpi.lake.transaction import transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    from safer_kpi.settings import Settings

#: Per format the step that makes it of the one before.
STEPS: Mapping[int, Callable[[duckdb.DuckDBPyConnection], str]] = {
    2: to_2.migrate,
    3: to_3.migrate,
    4: to_4.migrate,
    5: to_5.migrate,
    6: to_6.migrate,
    7: to_7.migrate,
}


@dataclass(frozen=True, kw_only=True)
class Migrated:
    """One step of a migration.

    Attributes:
        format: the format the lake has after it.
        change: what the step did.
    """

    format: int
    change: str


def is_outdated(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the lake has an older format than this version writes."""
    found = format_of(connection)
    return found is not None and found < FORMAT


def migrate_lake(settings: Settings) -> list[Migrated]:
    """Bring a lake to today's format under the writer lease; gives the steps, none for a lake that has it.

    Raises:
        NotFound: there is no lake.
        LakeFormat: a newer version of this package has written it.
    """
    connect(settings, read_only=True).close()  # a writer's connection would make a lake where there is none
    with connect(settings) as connection, lease(settings):
        return migrate(connection)


def migrate(connection: duckdb.DuckDBPyConnection) -> list[Migrated]:
    """Bring the lake to today's format; gives the steps, none for a lake that has it. The caller holds the lease.

    Stopped at any moment, it has changed nothing or everything.
    """
    found = format_of(connection)
    if found is None or found >= FORMAT:
        return []
    with transaction(connection, "migration.commit"):
        return [_step(connection, number) for number in range(found + 1, FORMAT + 1)]


def _step(connection: duckdb.DuckDBPyConnection, number: int) -> Migrated:
    change = STEPS[number](connection)
    write_format(connection, number)
    return Migrated(format=number, change=change)
