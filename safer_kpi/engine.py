"""DuckDB as every part of the package opens it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from safer_kpi.settings import engine_memory, engine_threads, spill_folder

if TYPE_CHECKING:
    import duckdb


#: Settings of jemalloc, the allocator of DuckDB on Linux: how long it keeps memory that was freed, in milliseconds.
_KEPT = "dirty_decay_ms:50,muzzy_decay_ms:0"


def give_back_soon() -> None:
    """Let DuckDB give memory it has freed back to the system soon, where ``SAFER_KPI_MEMORY`` bounds a command.

    DuckDB keeps it for a second, beside all that its limit allows: 130 MB in a large build. Has an effect only before
    DuckDB is imported, and none where ``DUCKDB_JE_MALLOC_CONF`` is set.
    """
    if os.environ.get("SAFER_KPI_MEMORY"):
        os.environ.setdefault("DUCKDB_JE_MALLOC_CONF", _KEPT)


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
