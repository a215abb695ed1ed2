"""Refuse to merge data files that are not as they were written: a merged file would pass their rows off as right."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from safer_kpi.errors import LakeBroken
from safer_kpi.lake.compaction import SMALL
from safer_kpi.lake.connection import CATALOGUE, connect
from safer_kpi.lake.data_files import data_files, faults_of, files_query, recorded_hashes

if TYPE_CHECKING:
    from safer_kpi.lake.data_files import DataFile
    from safer_kpi.lake.known_state import KnownState
    from safer_kpi.settings import Settings

_AT = f"{CATALOGUE}."
_NEXT = "Run safer-kpi verify, which names everything, and restore the lake from backup."


def require_whole(settings: Settings, known: KnownState | None) -> None:
    """Compare the catalogue, and every data file that a compaction may merge, with what was recorded of them.

    The caller holds the lease and got ``known`` with it; None if there is no lake yet.

    Raises:
        LakeBroken: something else than safer-kpi has changed the catalogue or a file.
    """
    if known is None:
        return
    if known.changed is not None:
        raise LakeBroken(f"Nothing was compacted: {known.changed}.", next_action=_NEXT)
    with connect(settings, read_only=True) as connection:
        files = data_files(settings, connection.execute(files_query(at=_AT)).fetchall())
        recorded = recorded_hashes(connection, at=_AT)
    # Files from the next number on were left by a writer that was killed before their hashes were recorded.
    merged = [file for file in _merged(files) if file.file_id < known.next_file]
    for file, fault in zip(merged, faults_of(settings, merged, recorded, known.first_file), strict=True):
        if fault is not None:
            raise LakeBroken(f"Nothing was compacted: the data file {file.name}: {fault}.", next_action=_NEXT)


def _merged(files: list[DataFile]) -> list[DataFile]:
    """Return the files that a compaction may merge: the small ones of each table that has several."""
    small = [file for file in files if file.size < SMALL]
    several = Counter(file.table for file in small)
    return [file for file in small if several[file.table] > 1]
