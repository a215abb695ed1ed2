"""DuckDB in memory, where files are read: it knows nothing of the lake, so that nothing of the lake has to wait."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.engine import open_engine
from safer_kpi.settings import engine_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

#: A file of fewer bytes is read by one thread: sharing it out costs more than it saves.
_SHARED_PAST = 4 * 2**20
#: Readers that nobody uses now, of this process: a fork must not take its parent's.
_idle: dict[int, list[Reader]] = {}


@dataclass(frozen=True)
class Reader:
    """Two connections: one for the rows of a file, and one that keeps the planned search for identifiers.

    A table made in the first would have the search planned again.
    """

    rows: duckdb.DuckDBPyConnection
    search: duckdb.DuckDBPyConnection


@contextmanager
def reader(size: int) -> Iterator[Reader]:
    """Yield what a file of ``size`` bytes is read with; nobody else uses it meanwhile."""
    idle = _idle.setdefault(os.getpid(), [])
    found = idle.pop() if idle else Reader(_connection(), _connection())
    threads = 1 if size < _SHARED_PAST else engine_threads()
    for connection in (found.rows, found.search):
        connection.execute(f"SET threads = {threads}" if threads else "RESET threads")
    yield found
    # After an error it is left to be closed: a transaction may still be open.
    idle.append(found)


def _connection() -> duckdb.DuckDBPyConnection:
    connection = open_engine()
    # Where no file is run (python -c), DuckDB shows the progress of a slow query on the output.
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    return connection
