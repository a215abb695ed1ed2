"""The entries of the journal that a build has to look at: all of them, and those that no build has seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import NotFound, UsageError
from safer_kpi.lake import connect
from safer_kpi.lake.journal import is_empty

if TYPE_CHECKING:
    import datetime as dt

    import duckdb

    from safer_kpi.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One journal entry; ``posted_on`` is a UTC day."""

    entry: int
    posted_on: dt.date
    feed: str


def unbuilt(settings: Settings) -> tuple[Entry, ...]:
    """Return the entries after the last complete build, in order; none where there is no lake yet.

    A lake that is just being made has none either: its first landing is not over.
    """
    try:
        connection = connect(settings, read_only=True)
    except NotFound:
        return ()
    try:
        return () if is_empty(connection) else unbuilt_in(connection)
    finally:
        connection.close()


def unbuilt_in(connection: duckdb.DuckDBPyConnection) -> tuple[Entry, ...]:
    """Return the entries after the last complete build, in order, of a lake that is connected."""
    rows = connection.execute(
        "SELECT entry, posted_at::DATE, feed FROM journal.entry "
        "WHERE entry > (SELECT coalesce(max(entry), 0) FROM journal.build) ORDER BY entry"
    ).fetchall()
    return tuple(Entry(entry=row[0], posted_on=row[1], feed=row[2]) for row in rows)


def every_entry(connection: duckdb.DuckDBPyConnection) -> tuple[Entry, ...]:
    """Return all entries in order.

    Raises:
        UsageError: there is none yet.
    """
    rows = connection.execute("SELECT entry, posted_at::DATE, feed FROM journal.entry ORDER BY entry").fetchall()
    if not rows:
        raise UsageError("There is nothing to build yet.", next_action="Land a delivery first.")
    return tuple(Entry(entry=row[0], posted_on=row[1], feed=row[2]) for row in rows)
