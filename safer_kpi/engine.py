"""DuckDB as every part of the package opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.settings import engine_threads

if TYPE_CHECKING:
    import duckdb


def open_engine(**config: str) -> duckdb.DuckDBPyConnection:
    """Return a new database in memory; ``config`` are DuckDB's own settings, which win over those of the environment.

    Raises:
        UsageError: ``SAFER_KPI_THREADS`` is not a whole number from 1 to 1024.
    """
    import duckdb

    return duckdb.connect(":memory:", config={**engine_config(), **config})


def engine_config() -> dict[str, str]:
    """Return DuckDB's settings that the environment decides.

    Raises:
        UsageError: ``SAFER_KPI_THREADS`` is not a whole number from 1 to 1024.
    """
    threads = engine_threads()
    return {} if threads is None else {"threads": str(threads)}
