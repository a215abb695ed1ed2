"""Compare some stored numbers with what the rule gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.compute.observations import insert_observations

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb


def unlike_in_sample(
    connection: duckdb.DuckDBPyConnection, project: Path, *, pairs: str, count: int, seed: str
) -> set[str]:
    """Return the metrics of which a number of the book in use is not what the project's rule gives.

    Args:
        connection: the book in use.
        project: the project.
        pairs: the query of the pairs of metric and area to choose from.
        count: how many pairs are tried.
        seed: the SQL of a value; another one chooses other pairs.
    """
    connection.execute(
        f"CREATE TEMP TABLE tried AS FROM ({pairs}) ORDER BY hash(metric_id, area_code, {seed}) LIMIT {count}"
    )
    connection.execute("CREATE TEMP TABLE recomputed AS FROM kpi.observation WHERE FALSE")
    insert_observations(connection, project, "SELECT metric_id, area_code FROM tried", "recomputed")
    connection.execute(
        "CREATE TEMP TABLE stored AS SELECT o.* FROM kpi.observation AS o SEMI JOIN tried USING (metric_id, area_code)"
    )
    found = apart(connection, "stored", "recomputed")
    connection.execute("DROP TABLE tried; DROP TABLE recomputed; DROP TABLE stored")
    return found


def apart(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> set[str]:
    """Return the metrics of rows that only one of two relations has."""
    both = f"(FROM {one} EXCEPT ALL FROM {other}) UNION ALL (FROM {other} EXCEPT ALL FROM {one})"
    return {row[0] for row in connection.execute(f"SELECT DISTINCT metric_id FROM ({both})").fetchall()}
