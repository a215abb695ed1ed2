"""DuckDB as every part of the package opens it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from safer_kpi.settings import engine_memory, engine_threads, spill_folder

if TYPE_CHECKING:
    import duckdb


def open_engine(**config: str) -> duckdb.DuckDBPyConnection:
    """Return a new database in memory; ``config`` are DuckDB's own settings, which win over those of the environment.

    Raises:
        UsageError: ``SAFER_KPI_THREADS`` is not a whole number from 1 to 1024, or ``SAFER_KPI_MEMORY`` no size.
    """
    import duckdb

    return duckdb.connect(":memory:", config={**engine_config(), **config})


def engine_config() -> dict[str, str]:
    """Return DuckDB's settings that the environment decides.

    Raises:
        UsageError: ``SAFER_KPI_THREADS`` is not a whole number from 1 to 1024, or ``SAFER_KPI_MEMORY`` no size.
    """
    threads = engine_threads()
    given = {"memory_limit": engine_memory(), **_spilling()}
    return given if threads is None else given | {"threads": str(threads)}


def _spilling() -> dict[str, str]:
    """Return the folder that one DuckDB writes to when memory is full; it makes and removes that folder itself.

    No other may have it: DuckDB names the files in it alike in every process. Where nothing can be written, such as in
    a container that only reads, DuckDB's own folder is as good as any.
    """
    folder = spill_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return {}
    return {"temp_directory": str(folder / f"{os.getpid()}.{os.urandom(4).hex()}")}
