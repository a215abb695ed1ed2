"""What every table of a lake holds in one of its snapshots."""

from __future__ import annotations

from safer_kpi.lake import connect
from safer_kpi.settings import Settings


def snapshot_rows(settings: Settings, snapshot: int) -> dict[str, tuple[int, int]]:
    """By table: how many rows, and the sum of their hashes; a changed, lost or repeated row changes them."""
    with connect(settings, read_only=True, snapshot=snapshot) as connection:
        tables = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'lake' ORDER BY ALL"
        ).fetchall()
        each = [
            f"""SELECT '{schema}.{table}', count(*), coalesce(sum(hash(found)::HUGEINT), 0)
            FROM lake."{schema}"."{table}" AS found"""
            for schema, table in tables
        ]
        found = connection.execute(" UNION ALL ".join(each)).fetchall()
        return {table: (rows, hashed) for table, rows, hashed in found}


def snapshots(settings: Settings) -> list[int]:
    """Every snapshot that can be read, oldest first."""
    with connect(settings, read_only=True) as connection:
        return sorted(int(row[0]) for row in connection.execute("FROM ducklake_snapshots('lake')").fetchall())
