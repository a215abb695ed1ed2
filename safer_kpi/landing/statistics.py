"""Statistics for tables that have yet to hold a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.lake.connection import CATALOGUE
from safer_kpi.landing.transaction import transaction

if TYPE_CHECKING:
    import duckdb


def give_statistics(connection: duckdb.DuckDBPyConnection) -> None:
    """Let each table of a lake that is being made have held a row, which is gone again when this returns.

    A table that never held one has no statistics, and DuckLake then asks its catalogue for them anew for every column
    of every query: where most feeds have yet to deliver, a build takes a third longer. (DuckLake remembers that there
    are none since duckdb/ducklake#1313, after the version that is ours.) Stopped half-way and called again, it takes
    away what it left: in no row of ours is a table's first column NULL.
    """
    tables = connection.execute(
        f"""SELECT format('{{}}."{{}}"', s.schema_name, t.table_name), '"' || c.column_name || '"', f.table_id IS NULL
        FROM {CATALOGUE}.ducklake_table AS t
        JOIN {CATALOGUE}.ducklake_schema AS s USING (schema_id)
        JOIN {CATALOGUE}.ducklake_column AS c ON c.table_id = t.table_id AND c.column_order = 1
        LEFT JOIN {CATALOGUE}.ducklake_table_stats AS f ON f.table_id = t.table_id
        LEFT JOIN {CATALOGUE}.ducklake_data_file AS d ON d.table_id = t.table_id AND d.end_snapshot IS NULL
        WHERE s.schema_name IN ('journal', 'landing')
            AND (f.table_id IS NULL OR (f.record_count = 1 AND d.record_count = 1))
            AND t.end_snapshot IS NULL AND s.end_snapshot IS NULL AND c.end_snapshot IS NULL"""
    ).fetchall()
    if not tables:
        return
    for statements in (
        [f"INSERT INTO {table} ({first}) VALUES (NULL)" for table, first, without in tables if without],
        [f"DELETE FROM {table} WHERE {first} IS NULL" for table, first, _ in tables],
    ):
        with transaction(connection):
            for statement in statements:
                connection.execute(statement)
