"""Fill ``kpi.observation`` of a book: the numbers asked for, in batches that fit into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.compute.filling import insert_in_order
from safer_kpi.compute.observed import observations_text
from safer_kpi.compute.schema import OBSERVATION
from safer_kpi.settings import DUCKDB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from safer_kpi.settings import Settings
#: About how many rows one batch makes.
BATCH = 200_000
#: The temporary table of the metrics and areas of one batch.
ASKED = "asked_batch"
_NOW = "SELECT as_of FROM kpi.build"
#: Everything that can be asked for.
EVERY = "SELECT DISTINCT metric_id, area_code FROM kpi.metric CROSS JOIN kpi.area_change"


def insert_observations(
    connection: duckdb.DuckDBPyConnection, project: Path, asked: str, table: str, *, engine: Settings | None = None
) -> None:
    """Insert the numbers asked for into a table of the columns of ``kpi.observation``, in its order.

    Args:
        connection: the book in use, its tables filled and ``kpi.build`` written.
        project: the project whose rule is followed.
        asked: the query of ``metric_id`` and ``area_code``.
        table: where to.
        engine: the settings that may name another engine; None for DuckDB in any case.
    """
    if engine is not None and engine.engine != DUCKDB:
        from safer_kpi.compute.engine_numbers import insert_from_engine

        insert_from_engine(connection, engine, moment=_NOW, asked=asked, table=table, order=OBSERVATION.order)
        return
    query = observations_text(project, _NOW, f"SELECT metric_id, area_code FROM {ASKED}")
    columns = ", ".join(name for name, *_ in connection.execute(f"SELECT * FROM {table} LIMIT 0").description)
    for _ in in_batches(connection, asked):
        insert_in_order(connection, table, f"SELECT {columns} FROM ({query}) AS number", OBSERVATION.order)


def in_batches(connection: duckdb.DuckDBPyConnection, asked: str) -> Iterator[None]:
    """Write the pairs of the query ``asked`` into ``ASKED``, a batch at a time, and yield after each."""
    connection.execute(f"CREATE TEMP TABLE asked_pair AS {_batches(asked)}")
    for (number,) in connection.execute("SELECT DISTINCT batch FROM asked_pair ORDER BY batch").fetchall():
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {ASKED} AS FROM asked_pair WHERE batch = {number}")
        yield
        connection.execute(f"DROP TABLE {ASKED}")
    connection.execute("DROP TABLE asked_pair")


def _batches(asked: str) -> str:
    """Return the query of the pairs asked for and their batches, which follow each other in the table's order.

    A pair makes about three numbers for each month that was posted and each breakdown of its metric; none where no feed
    of the metric covers anything.
    """
    return f"""
        WITH part AS (
          SELECT metric_id, count(DISTINCT breakdown) AS parts FROM kpi.ledger GROUP BY metric_id
        ), span AS (
          SELECT greatest(3 * count(DISTINCT month), 1) AS numbers FROM kpi.ledger
        ), covered AS (
          SELECT metric_id FROM (SELECT metric_id, unnest(feeds) AS feed FROM kpi.metric)
          SEMI JOIN kpi.coverage USING (feed)
        ), given AS (
          SELECT DISTINCT metric_id, area_code FROM kpi.metric SEMI JOIN covered USING (metric_id) JOIN kpi.area_change
          ON list_contains(areas, area_type) OR area_type IN ('unplaced', 'partnership')
        ), wanted AS (
          SELECT metric_id, area_code FROM ({asked}) SEMI JOIN given USING (metric_id, area_code)
        )
        SELECT wanted.metric_id, wanted.area_code,
          sum(coalesce(parts, 1) * numbers) OVER (ORDER BY wanted.metric_id, wanted.area_code) // {BATCH} AS batch
        FROM wanted
        JOIN kpi.metric ON wanted.metric_id = metric.metric_id
        LEFT JOIN part ON metric.numerator = part.metric_id
        CROSS JOIN span
    """
