"""Remove what a stopped process left behind; nothing that a receipt or the lake names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.lake import connect, lease, raw
from safer_kpi.lake.journal import is_empty

if TYPE_CHECKING:
    from safer_kpi.settings import Settings


def sweep(settings: Settings) -> int:
    """Delete work files, bytes without a receipt and Parquet files the lake does not know; answers how many."""
    with connect(settings) as connection, lease(settings):
        known: set[str] = set()
        if not is_empty(connection):
            rows = connection.execute("SELECT DISTINCT sha256 FROM journal.delivery").fetchall()
            known = {sha256 for (sha256,) in rows}
        removed = raw.sweep(settings, known)
        orphans = connection.execute("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)").fetchall()
        return removed + len(orphans)
