"""The data files that a lake's catalogue names: where they lie, and their SHA-256."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.files import LARGE, each_hashed, sha256_of
from safer_kpi.lake.raw import remote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from safer_kpi.settings import Settings

#: The table that stands in the catalogue beside DuckLake's own, with one row per data file.
RECORDED = "safer_kpi_file"
RECORDED_DDL = f"CREATE TABLE IF NOT EXISTS {RECORDED} (file_id BIGINT PRIMARY KEY, sha256 VARCHAR)"
#: SQL of DuckDB, SQLite and Postgres. DuckLake numbers data files together with those that name deleted rows; a table
#: that was renamed has several rows.
_FILES = """
SELECT file.file_id, named.schema_name, named.table_name, file.file_size_bytes,
    named.schema_path, named.schema_below, named.table_path, named.table_below, file.path,
    CASE WHEN file.path_is_relative THEN 1 ELSE 0 END
FROM (
    SELECT data_file_id AS file_id, table_id, path, path_is_relative, file_size_bytes FROM {at}ducklake_data_file
    UNION ALL
    SELECT delete_file_id, table_id, path, path_is_relative, file_size_bytes FROM {at}ducklake_delete_file
) AS file
JOIN (
    SELECT t.table_id, max(s.schema_name) AS schema_name, max(t.table_name) AS table_name,
        max(s.path) AS schema_path, max(CASE WHEN s.path_is_relative THEN 1 ELSE 0 END) AS schema_below,
        max(t.path) AS table_path, max(CASE WHEN t.path_is_relative THEN 1 ELSE 0 END) AS table_below
    FROM {at}ducklake_table AS t JOIN {at}ducklake_schema AS s ON s.schema_id = t.schema_id
    GROUP BY t.table_id
) AS named ON named.table_id = file.table_id
WHERE file.file_id >= {since}
ORDER BY file.file_id
"""
#: Hashes of files that this process has written, until they are recorded: with what tells that a file is the same.
_of_new: dict[str, tuple[tuple[int, ...], str]] = {}
#: How the fault of a file begins that is not there whole: what needs its rows cannot be read.
ABSENT = ("missing", "cut")


@dataclass(frozen=True, kw_only=True)
class DataFile:
    """A file that the catalogue names, with rows of a table or the numbers of deleted ones.

    Attributes:
        file_id: its number in the catalogue.
        table: the table, with its schema.
        path: where it lies, a path or a URL.
        size: its bytes, as the catalogue has them.
    """

    file_id: int
    table: str
    path: str
    size: int

    @property
    def name(self) -> str:
        """The table and the file's own name."""
        return f"{self.table}/{self.path.rpartition('/')[2]}"


def files_query(*, at: str = "", since: int = 0) -> str:
    """Return SQL of the files with a number from ``since`` on; ``at`` stands before the names of the tables."""
    return _FILES.format(at=at, since=int(since))


def data_files(settings: Settings, rows: Iterable[tuple[Any, ...]]) -> list[DataFile]:
    """Return the files that ``files_query`` has listed."""
    root = settings.data if settings.data.endswith("/") else f"{settings.data}/"
    found = []
    for file_id, schema, table, size, *paths in rows:
        schema_path, schema_below, table_path, table_below, path, below = paths
        folder = (root if schema_below else "") + schema_path
        folder = (folder if table_below else "") + table_path
        full = (folder if below else "") + path
        found.append(DataFile(file_id=int(file_id), table=f"{schema}.{table}", path=full, size=int(size)))
    return found


def hash_of(settings: Settings, file: DataFile) -> str | None:
    """Return the SHA-256 of a file's bytes; None if the file is not there."""
    if "://" not in file.path:
        path = Path(file.path)
        return sha256_of(path) if path.is_file() else None
    filesystem, key = remote(settings, file.path)
    try:
        with filesystem.open(key, "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def hash_of_new(path: Path) -> str:
    """Return the SHA-256 of a file that this process has just written, and remember it for ``hash_to_record``."""
    found = sha256_of(path)
    _of_new[str(path)] = _identity(path), found
    return found


def hash_to_record(settings: Settings, file: DataFile) -> str | None:
    """Return what ``hash_of`` does; a file that was hashed as it was written, and not touched since, is not read."""
    identity, found = _of_new.pop(file.path, (None, None))
    if identity is not None and Path(file.path).is_file() and _identity(Path(file.path)) == identity:
        return found
    return hash_of(settings, file)


def _identity(path: Path) -> tuple[int, ...]:
    told = path.stat()
    return told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns


def recorded_hashes(connection: duckdb.DuckDBPyConnection, *, at: str) -> dict[int, str]:
    """Return the recorded SHA-256 of each file, by its number; ``at`` stands before the name of the table."""
    import duckdb

    try:
        return dict(connection.execute(f"SELECT file_id, sha256 FROM {at}{RECORDED}").fetchall())
    except duckdb.CatalogException:  # nothing was written since hashes are recorded
        return {}


def faults_of(
    settings: Settings, files: Sequence[DataFile], recorded: Mapping[int, str], first: int | None
) -> list[str | None]:
    """Return what is wrong with each data file, or None.

    ``first`` is the number of the first file of which a hash must be recorded; None if none must be.
    """
    return each_hashed(
        files,
        lambda file: _fault(settings, file, recorded, first),
        is_slow=lambda file: "://" in file.path or file.size >= LARGE,
    )


def _fault(settings: Settings, file: DataFile, recorded: Mapping[int, str], first: int | None) -> str | None:
    if "://" not in file.path:
        path = Path(file.path)
        if not path.is_file():
            return "missing"
        if (actual := path.stat().st_size) != file.size:
            return f"cut or exchanged: {actual} bytes, not {file.size}"
    if file.file_id not in recorded:
        is_foreign = first is not None and file.file_id >= first
        return "no hash of it is recorded, so something else than safer-kpi wrote it" if is_foreign else None
    found = hash_of(settings, file)
    if found is None:
        return "missing"
    return None if found == recorded[file.file_id] else "its SHA-256 is not the recorded one"
