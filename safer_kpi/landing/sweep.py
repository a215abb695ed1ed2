"""Remove files that a stopped process left behind, but no file that a receipt keeps or the lake refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.lake import connect, lease, raw
from safer_kpi.lake.journal import is_empty
from safer_kpi.lake.migrations import migrate
from safer_kpi.landing.depersonalise import kept_hashes
from safer_kpi.landing.stored_bytes import forget

if TYPE_CHECKING:
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
        removed = raw.sweep(settings, known)
        for pattern in (".safer_kpi*.duckdb.*", ".kpi*.duckdb.*"):
            for left in settings.home.glob(pattern):
                left.unlink()
                removed += 1
        orphans = connection.execute("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)").fetchall()
        return removed + len(orphans)
