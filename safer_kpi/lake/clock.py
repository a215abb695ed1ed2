"""What other clocks than this process's own say. All times are UTC, without a zone."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import TYPE_CHECKING

from safer_kpi.errors import ClockAhead
from safer_kpi.lake.connection import CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from safer_kpi.settings import Settings

#: How far the time of a new entry may lie after another clock's. Clocks that are looked after agree within seconds; a
#: day lets through every zone that was taken for UTC, and no jump that would be noticed too late to be mended.
AHEAD = dt.timedelta(days=1)
#: How long a lake may have been quiet if no other machine tells the time. Files that a machine writes to its own disk
#: have the time of its own clock, so a jump of that clock shows in nothing but this.
QUIET = dt.timedelta(days=5 * 365)
FILE_SYSTEM, DATABASE = "the file system of the home", "the catalogue's database"


def other_clocks(connection: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, dt.datetime]:
    """Return the time by each other clock: the home's file system and, for a catalogue in Postgres, its server.

    Not within a transaction of the lake.
    """
    found = {FILE_SYSTEM: file_system_time(settings.home)}
    if settings.catalogue.startswith("postgres:"):
        found[DATABASE] = _database_time(connection)
    return found


def file_system_time(folder: Path) -> dt.datetime:
    """Return the time that a file system gives a file which is written now; the file is removed."""
    probe = folder / f".clock-{uuid.uuid4().hex}"
    handle = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, b"x")
        written = os.fstat(handle).st_mtime
    finally:
        os.close(handle)
        probe.unlink()
    return dt.datetime.fromtimestamp(written, dt.UTC).replace(tzinfo=None)


def _database_time(connection: duckdb.DuckDBPyConnection) -> dt.datetime:
    sql = "SELECT clock_timestamp() AT TIME ZONE ''UTC'' AS now"
    rows = connection.execute(f"SELECT now FROM postgres_query('{CATALOGUE}', '{sql}')").fetchall()
    found: dt.datetime = rows[0][0]
    return found


def last_commit(connection: duckdb.DuckDBPyConnection) -> dt.datetime | None:
    """Return when the lake was last written, by the clock of the machine that wrote; whatever times it wrote."""
    return newest_snapshot(connection)[1]


def newest_snapshot(connection: duckdb.DuckDBPyConnection) -> tuple[int | None, dt.datetime | None]:
    """Return the number of the catalogue's newest snapshot, and when the lake was last written."""
    sql = f"SELECT max(snapshot_id), max(snapshot_time::TIMESTAMPTZ)::TIMESTAMP FROM {CATALOGUE}.ducklake_snapshot"
    ((snapshot, written),) = connection.execute(sql).fetchall()
    return snapshot, written


def require_agreement(connection: duckdb.DuckDBPyConnection, settings: Settings, time: dt.datetime) -> None:
    """Raise if ``time`` lies too far after what another clock says; not within a transaction of the lake.

    Raises:
        ClockAhead: it does.
    """
    for name, other in other_clocks(connection, settings).items():
        if time > other + AHEAD:
            raise ClockAhead(
                f"The time {time:%Y-%m-%dT%H:%M}Z lies {(time - other).days} days after the clock of {name}. "
                "Nothing was changed.",
                next_action="Set the clock that is wrong, then run this again; safer-kpi doctor compares them.",
            )


def require_no_leap(
    connection: duckdb.DuckDBPyConnection, settings: Settings, now: dt.datetime, written: dt.datetime | None = None
) -> None:
    """Raise if the clock of a lake on one machine has run on by years since the lake was last written.

    The caller may know when it was last ``written``.

    Raises:
        ClockAhead: it has.
    """
    if settings.catalogue.startswith("postgres:"):
        return  # its server is another clock
    written = written or last_commit(connection)
    if written is not None and now > written + QUIET:
        raise ClockAhead(
            f"This machine's clock says {now:%Y-%m-%d}, and the lake was last written on {written:%Y-%m-%d}. "
            "Nothing was changed.",
            next_action="Set the clock if it is wrong; if it is right, land a file with --received-at and the time.",
        )
