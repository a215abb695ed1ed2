"""Insert a batch of rows into a table of a book, in an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_BATCH = "filled_batch"


def insert_in_order(connection: duckdb.DuckDBPyConnection, table: str, query: str, order: str) -> int:
    """Insert the rows of a query into a table, sorted by ``order``; return how many there are.

    The rows are made first and sorted then, so that the memory of the one is free for the other. Where there is none,
    nothing is inserted: DuckDB 1.5.5 counts no row of a later insert of the same transaction if the first one into a
    table was sorted, had two threads and no rows. Until the file is opened again, every query then finds it empty.
    """
    connection.execute(f"CREATE TEMP TABLE {_BATCH} AS {query}")
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {_BATCH}").fetchall()
    if rows:
        connection.execute(f"INSERT INTO {table} FROM {_BATCH} ORDER BY {order}")
    connection.execute(f"DROP TABLE {_BATCH}")
    return int(rows)
