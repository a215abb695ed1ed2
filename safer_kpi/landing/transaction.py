"""Transactions of the lake."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from safer_kpi.lake.boundary import boundary

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit the statements of the block together, or none if it ends with an error."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    with boundary("lake.commit"):
        connection.execute("COMMIT")


@contextmanager
def one_view(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let the statements of the block, which only read, see one state of the lake; it is looked up once for all."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
