"""Give statistics to tables that have never held a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.lake.connection import CATALOGUE
from safer_kpi.lake.transaction import transaction

if TYPE_CHECKING:
    import duckdb

#: The tables that landing writes; those of the models, which a build makes.
LANDED = "s.schema_name IN ('journal', 'landing')"
MODELLED = "starts_with(s.schema_name, 'sqlmesh__')"


def give_statistics(connection: duckdb.DuckDBPyConnection, which: str = LANDED) -> None:
    """Add a row to each table of the lake that never held one, and remove it again.

    Such a table has no statistics, and DuckLake then asks its catalogue for them anew for every column of every query:
    if most feeds have not delivered yet, a build takes half as long again. (DuckLake remembers missing statistics since
    duckdb/ducklake#1313, which is newer than the version in use.) If it was stopped half-way, the next call removes
    what it left: no other row has NULL in a table's first column.
    """
    tables = connection.execute(
        f"""SELECT format('{{}}."{{}}"', s.schema_name, t.table_name), '"' || c.column_name || '"', f.table_id IS NULL
        FROM {CATALOGUE}.ducklake_table AS t
        JOIN {CATALOGUE}.ducklake_schema AS s USING (schema_id)
        JOIN {CATALOGUE}.ducklake_column AS c ON c.table_id = t.table_id AND c.column_order = 1
        LEFT JOIN {CATALOGUE}.ducklake_table_stats AS f ON f.table_id = t.table_id
        LEFT JOIN {CATALOGUE}.ducklake_data_file AS d ON d.table_id = t.table_id AND d.end_snapshot IS NULL
        WHERE {which}
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
