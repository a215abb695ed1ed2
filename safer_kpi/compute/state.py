"""What SQLMesh remembers of a lake, kept in step with the lake: a build works on a copy of it.

A build changes the lake in one transaction and the memory in a file, and no system commits both at once. So the copy
takes its place after the lake has committed. Stopped between the two, the lake is ahead of the memory: the next build
does the same work again, on the same tables, with the same result.
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
    """Where the memory lies; a file named sqlmesh would clash with SQLMesh's own schema."""
    return settings.home / "state" / "models.duckdb"


@contextmanager
def working_copy(settings: Settings) -> Iterator[Path]:
    """A copy to work on, which is kept where the context ends without an error; the caller holds the lease."""
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
    """DuckDB's write-ahead log of a file."""
    return file.with_name(f"{file.name}.wal")


def _close(file: Path) -> None:
    """Bring what is still in the log into the file, and the file to disk."""
    import duckdb

    if _log(file).is_file():
        with duckdb.connect(str(file)) as connection:
            connection.execute("CHECKPOINT")
    sync(file)
