"""Compact the lake and keep all rows that a release, a draft or the current numbers can be checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.lake import connect, lease
from safer_kpi.lake.compaction import Compacted, compact_files
from safer_kpi.lake.journal import has_table
from safer_kpi.lake.merged_files import require_whole
from safer_kpi.reading.attaching import attach
from safer_kpi.reading.place import MANIFEST
from safer_kpi.releases.store import DRAFT_FILE, read_json, release_folders
from safer_kpi.settings import DRAFTS

if TYPE_CHECKING:
    from safer_kpi.settings import Settings


def compact(settings: Settings) -> Compacted:
    """Merge small files, drop the snapshots that nothing names, and delete the files that only those needed.

    Named are the snapshots of every release, published or withdrawn, of every draft, of the last complete build and of
    ``safer_kpi.duckdb``; they stay readable with the same rows, whatever their age, and so does the newest. A query on
    the lake itself that runs meanwhile may fail for want of a file and can be asked again; ``safer_kpi.duckdb`` and
    releases are files of their own.

    Raises:
        NotFound: there is no lake.
        LakeBroken: the lake, or a data file that would be merged, is not as safer-kpi left it, or a named snapshot
            would have read other rows; the lake is as it was.
    """
    with lease(settings) as known:
        require_whole(settings, known)
        return compact_files(settings, named=named_snapshots(settings))


def named_snapshots(settings: Settings) -> set[int]:
    """Return the lake's snapshots that are named as the source of some numbers."""
    records = [folder / MANIFEST for folder in release_folders(settings).values()]
    records += (settings.home / DRAFTS).glob(f"*/{DRAFT_FILE}")
    found = {read_json(record).get("snapshot_id") for record in records}
    with connect(settings, read_only=True) as connection:
        if has_table(connection, "build"):
            last = "SELECT max_by(snapshot_id, build_id) FROM journal.build"
            found.add(connection.execute(last).fetchall()[0][0])
        if settings.kpi_file.is_file():
            # Stopped before it was recorded, a build has left a file that is newer than the journal says.
            attach(connection, settings.kpi_file, "book")
            found.update(row[0] for row in connection.execute("SELECT snapshot_id FROM book.kpi.build").fetchall())
    return {int(snapshot) for snapshot in found if snapshot is not None}
