"""One transaction of the lake."""

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
