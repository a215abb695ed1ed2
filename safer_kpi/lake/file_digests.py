"""Digests of the rows that an entry wrote into large data files of its own: the hashes of these files.

A compaction leaves large files as they are, so such rows stay in the bytes in which they were written. To hash these
takes a thirtieth of the time that hashing each row takes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.lake.compaction import SMALL
from safer_kpi.lake.connection import CATALOGUE
from safer_kpi.lake.data_files import files_query, hash_of_new, recorded_hashes
from safer_kpi.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Collection

    import duckdb

_FILES = "files "
#: Fewer rows fill no large file.
MANY = 250_000
_UNRECORDED = "unrecorded"


def is_of_files(digest: str) -> bool:
    """Return whether a digest of rows is made of the hashes of the files that hold them."""
    return digest.startswith(_FILES)


def in_large_files(connection: duckdb.DuckDBPyConnection, feed: str, entry: int) -> tuple[int, str] | None:
    """Return the number and the digest of the change rows that an entry has written in the open transaction.

    Return None if not all of them lie in large files of a local folder: then a compaction may write them anew, or to
    hash the files means to fetch them.
    """
    found = connection.execute(
        f"SELECT filename, count(*) FROM landing.{identifier(feed)} WHERE entry = {int(entry)} GROUP BY filename"
    ).fetchall()
    if any("://" in name for name, _ in found):
        return None
    paths = [Path(name) for name, _ in found]
    if not paths or min(path.stat().st_size for path in paths) < SMALL:
        return None
    return sum(count for _, count in found), _digest([hash_of_new(path) for path in paths])


def stored_in_files(
    connection: duckdb.DuckDBPyConnection, table: str, entries: Collection[int]
) -> dict[int | None, tuple[int, str]]:
    """Return the same of entries whose rows a lake's table holds now, by the hashes that were recorded of the files.

    Whether the files still have these hashes is another check.
    """
    schema, name = table.split(".", 1)
    numbers = ", ".join(map(str, sorted(entries)))
    rows = connection.execute(
        f"""SELECT entry, filename, count(*) FROM {identifier(schema)}.{identifier(name)}
        WHERE entry IN ({numbers}) GROUP BY ALL"""
    ).fetchall()
    at = f"{CATALOGUE}."
    recorded = recorded_hashes(connection, at=at)
    listed = connection.execute(files_query(at=at)).fetchall()
    hashes = {_name(path): recorded.get(file_id) for file_id, *_, path, _ in listed}
    found: dict[int, tuple[int, list[str]]] = {}
    for entry, file, count in rows:
        before, parts = found.get(entry, (0, []))
        found[entry] = before + count, [*parts, hashes.get(_name(file)) or _UNRECORDED]
    return {entry: (count, _digest(parts)) for entry, (count, parts) in found.items()}


def _name(path: str) -> str:
    """Return the name of a file without its folders; DuckLake gives each one of its own."""
    return path.rpartition("/")[2]


def _digest(hashes: list[str]) -> str:
    return _FILES + " ".join(sorted(hashes))
