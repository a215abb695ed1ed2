"""Transactions of the lake."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from safer_kpi.lake.boundary import boundary
from safer_kpi.lake.new_files import new_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection, name: str = "lake.commit") -> Iterator[None]:
    """Commit the statements of the block together, or none if it ends with an error; the caller holds the lease.

    The data files that they wrote are on disk before the commit, and stay if it stands though it was reported as
    failed. ``name`` is that of the boundary.
    """
    with new_files(connection) as written:
        connection.execute("BEGIN")
        try:
            yield
            written.keep()
        except BaseException:
            # SQLite may have ended it by itself: a vain ROLLBACK at the end of the connection would end the process.
            with suppress(Exception):
                connection.execute("ROLLBACK")
            raise
        with boundary(name):
            connection.execute("COMMIT")


@contextmanager
def one_view(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let the statements of the block, which only read, see one state of the lake; it is looked up once for all."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
