"""Compare the observations of a recomputed lake with the certified ones of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.engine import open_engine
from safer_kpi.reading.attaching import attach
from safer_kpi.reading.verifying.row_hash import row_hash
from safer_kpi.releases.content import CERTIFIED
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from safer_kpi.releases.recorded import Recorded

_KEY = ("metric_id", "definition_version", "area_code", "period_type", "period", "breakdown")
_COMPARED = ("numerator", "denominator", "value", "lower", "upper", "method", "status", "coverage")
_MOST_NAMED = 3


def row_hash_of(kpi_file: Path, release: Recorded) -> str:
    """Return the row hash of the lake's numbers as the release knew them."""
    with _opened(kpi_file, release) as connection:
        return row_hash(connection, "recomputed")


def differences(kpi_file: Path, release: Recorded) -> str:
    """Return the number of observations that differ from the certified ones, and the first ones, without values."""
    keys = ", ".join(_KEY)
    same = " AND ".join(f"ours.{column} IS NOT DISTINCT FROM certified.{column}" for column in _COMPARED)
    matched = " AND ".join(f"ours.{key} IS NOT DISTINCT FROM certified.{key}" for key in _KEY)
    with _opened(kpi_file, release) as connection:
        rows = connection.execute(
            f"""WITH ours AS (
                SELECT *, TRUE AS here FROM recomputed
            ), certified AS (
                SELECT *, TRUE AS here FROM read_parquet({literal(str(release.observations))})
            ), differing AS (
                SELECT {", ".join(f"coalesce(ours.{key}, certified.{key}) AS {key}" for key in _KEY)}
                FROM ours FULL JOIN certified ON {matched}
                WHERE NOT coalesce(ours.here AND certified.here AND {same}, FALSE)
            )
            SELECT metric_id, area_code, period, count(*) OVER () FROM differing
            ORDER BY {keys} LIMIT {_MOST_NAMED}"""
        ).fetchall()
    if not rows:
        return "the row hash differs, but none of the certified observations"
    first = "; ".join(f"{metric_id} {area_code} {period}" for metric_id, area_code, period, _ in rows)
    return f"{rows[0][3]} observations differ, first {first}"


def _opened(kpi_file: Path, release: Recorded) -> duckdb.DuckDBPyConnection:
    """Return a connection with a table ``recomputed``: the release's rows as that lake gives them."""
    connection = open_engine()
    attach(connection, kpi_file, "book")
    connection.execute("USE book")
    connection.execute(
        f"""CREATE TABLE memory.main.recomputed AS SELECT * REPLACE ({CERTIFIED})
        FROM kpi.as_of({literal(release.known_at)}) WHERE period_end <= {literal(release.period_end)}"""
    )
    connection.execute("USE memory")
    return connection
