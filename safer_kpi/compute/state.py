"""Keep SQLMesh's state of a lake in step with the lake: a build works on a copy of the state.

A build changes the lake in one transaction and the state in a file, and nothing commits both at once. So the copy
replaces the state after the lake has committed. If it is stopped in between, the lake is ahead of the state: the next
build does the same work again, on the same tables, with the same result.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from safer_kpi.files import sync
from safer_kpi.lake.boundary import boundary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from safer_kpi.settings import Settings


def state_file(settings: Settings) -> Path:
    """Return the path of the state; a file named sqlmesh would clash with SQLMesh's own schema."""
    return settings.home / "state" / "models.duckdb"


@contextmanager
def working_copy(settings: Settings) -> Iterator[Path]:
    """Yield a copy to work on; it is kept if the block ends without an error. The caller holds the lease."""
    kept = state_file(settings)
    folder = kept.with_name("working")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    copy = folder / kept.name
    for file, beside in ((kept, copy), (_log(kept), _log(copy))):
        if file.is_file():
            shutil.copyfile(file, beside)
    try:
        yield copy
        _close(copy)
        with boundary("models.state"):
            # What an unclosed file left in its log is in the copy.
            _log(kept).unlink(missing_ok=True)
            copy.replace(kept)
            sync(kept.parent)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _log(file: Path) -> Path:
    """Return the path of DuckDB's write-ahead log of a file."""
    return file.with_name(f"{file.name}.wal")


def _close(file: Path) -> None:
    """Write the log into the file, and the file to disk."""
    import duckdb

    if _log(file).is_file():
        with duckdb.connect(str(file)) as connection:
            connection.execute("CHECKPOINT")
    sync(file)
