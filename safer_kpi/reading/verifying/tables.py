"""The check of a release's tables: their hashes, and those of their columns, computed again from its DuckDB file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.engine import open_engine
from safer_kpi.errors import CheckFailed, NotFound
from safer_kpi.files import sha256_of
from safer_kpi.reading.attaching import attach, limit
from safer_kpi.reading.place import RELEASE_FILE
from safer_kpi.reading.sealing.tables import TABLES, changed, table_hashes

if TYPE_CHECKING:
    from pathlib import Path

Check = tuple[str, str, str, str]


def tables_checks(folder: Path, manifest: dict[str, Any], *, deep: bool, name: str = RELEASE_FILE) -> list[Check]:
    """Return a failed check for each table that is not as in the manifest, which names its columns; else one check.

    While the file has the hash in the manifest, its tables are those that were hashed: they are hashed again only if
    the file differs, to say where, and in a ``deep`` verification. A release of format 1 has no such hashes. ``name``
    is that of the file.
    """
    expected, file = manifest.get(TABLES), folder / name
    if name == RELEASE_FILE and manifest.get("format", 1) == 1:
        return []
    subject = f"{folder.name}/{name}"
    if not isinstance(expected, dict):
        return [("tables", subject, "failed", "the manifest names no tables")]
    if not file.is_file() or (not deep and sha256_of(file) == manifest["files"].get(name)):
        return []
    found = _hashed(file)
    if isinstance(found, str):
        return [("tables", subject, "failed", found)]
    if told := changed(expected, found):
        return [("tables", subject, "failed", each) for each in told]
    return [("tables", subject, "ok", f"{len(found)} tables with the hashes in the manifest")]


def _hashed(file: Path) -> dict[str, dict[str, Any]] | str:
    """Return the hashes of the tables in a file, or why it cannot be read."""
    import duckdb

    try:
        with open_engine() as connection:
            limit(connection, files=[file], folders=[])
            attach(connection, file, "release")
            return table_hashes(connection, "release")
    except (CheckFailed, NotFound) as refused:
        return refused.what
    except duckdb.Error:
        return "its tables cannot be read"
