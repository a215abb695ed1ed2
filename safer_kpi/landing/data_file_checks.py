"""The check of every data file that the catalogue names: it is there, with its size and the SHA-256 recorded of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.lake.connection import CATALOGUE
from safer_kpi.lake.data_files import ABSENT, data_files, faults_of, files_query, recorded_hashes

if TYPE_CHECKING:
    import duckdb

    from safer_kpi.lake.known_state import KnownState
    from safer_kpi.settings import Settings

Check = tuple[str, str, str, str]
_RESTORE = "restore it from backup"
#: Which entries the rows of a data file belong to, by what the catalogue knows of its columns.
_ENTRIES = f"""SELECT s.data_file_id, s.min_value, s.max_value
    FROM {CATALOGUE}.ducklake_file_column_stats AS s
    JOIN {CATALOGUE}.ducklake_column AS c ON c.column_id = s.column_id AND c.table_id = s.table_id
    WHERE c.column_name = 'entry' AND s.min_value IS NOT NULL"""


def data_file_checks(
    connection: duckdb.DuckDBPyConnection, settings: Settings, known: KnownState | None
) -> tuple[list[Check], bool]:
    """Return a failed check for each file that is not whole, else one ``ok`` check; and whether all can be read.

    Files of older snapshots are checked too, because a release may name one. ``known`` is the recorded state of the
    catalogue. Files from before anything was recorded are checked by their size alone, and counted as ``open``.
    """
    files = data_files(settings, connection.execute(files_query(at=f"{CATALOGUE}.")).fetchall())
    recorded = recorded_hashes(connection, at=f"{CATALOGUE}.")
    if known is not None and known.changed is None:  # what is written meanwhile has no hash yet
        files = [file for file in files if file.file_id < known.next_file]
    first = known.first_file if known is not None and known.next_file else None
    faults = faults_of(settings, files, recorded, first)
    wrong = [(file, fault) for file, fault in zip(files, faults, strict=True) if fault is not None]
    entries = _entries(connection) if wrong else {}
    checks: list[Check] = [
        ("data file", file.name, "failed", f"{fault}{entries.get(file.file_id, '')}: {_RESTORE}")
        for file, fault in wrong
    ]
    are_there = not any(fault is not None and fault.startswith(ABSENT) for fault in faults)
    older = sum(file.file_id not in recorded and (first is None or file.file_id < first) for file in files)
    if not checks:
        checks.append(("data file", "lake", "ok", f"{len(files) - older} files have the hashes that were recorded"))
    if older:
        checks.append(
            ("data file", "lake", "open", f"{older} files have their sizes; no hash was recorded: they are older")
        )
    return checks, are_there


def _entries(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """Return for each file with rows of entries which ones they are, in words."""
    rows = connection.execute(_ENTRIES).fetchall()
    return {
        file_id: f" (rows of entry {first})" if first == last else f" (rows of entries {first} to {last})"
        for file_id, first, last in rows
    }
