"""Remove files that a stopped process left behind, but no file that a receipt keeps or the lake refers to."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from safer_kpi.lake import connect, lease, raw
from safer_kpi.lake.at_work import nobody_at_work
from safer_kpi.lake.journal import is_empty
from safer_kpi.lake.migrations import migrate
from safer_kpi.landing.depersonalise import kept_hashes
from safer_kpi.landing.stored_bytes import forget

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings


def sweep(settings: Settings) -> int:
    """Delete work files, bytes that no receipt keeps and Parquet files unknown to the lake; return how many.

    Work files include those that a stopped export left beside ``safer_kpi.duckdb`` or the file of a preview.
    """
    with connect(settings) as connection, lease(settings):
        migrate(connection)
        known: set[str] = set()
        if not is_empty(connection):
            known = kept_hashes(connection)
        # A file that has to go does not stay in an archive beside files that are kept.
        for sha256 in raw.references(settings).keys() - known:
            forget(settings, sha256)
        removed = raw.sweep(settings, known) + remove_work_files(settings)
        orphans = connection.execute("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)").fetchall()
        return removed + len(orphans)


def work_files(settings: Settings) -> list[Path]:
    """Return the work files of commands: all of them are left over if nobody holds the lease."""
    inside = list(settings.scratch.iterdir()) if settings.scratch.is_dir() else []
    exports = [path for pattern in (".safer_kpi*.duckdb.*", ".kpi*.duckdb.*") for path in settings.home.glob(pattern)]
    return sorted([*inside, *exports])


def remove_work_files(settings: Settings) -> int:
    """Delete the work files of commands; the caller holds the lease. Return how many.

    While somebody reads a file none is deleted: a later sweep does it.
    """
    with nobody_at_work(settings) as is_quiet:
        left = work_files(settings) if is_quiet else []
        for path in left:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        return len(left)
