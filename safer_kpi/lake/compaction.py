"""Merge the lake's small files, drop snapshots that nothing refers to, and delete the files that only they needed.

A merged file records the snapshot in which each of its rows came, so that an older snapshot still reads its own rows.
Merging and dropping are one transaction. Files are deleted only after every kept snapshot has been checked to hold as
many rows in every table as before. The counts are written first, so that the next compaction checks them if this one is
stopped or fails.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.errors import LakeBroken
from safer_kpi.files import sync
from safer_kpi.lake.boundary import boundary
from safer_kpi.lake.connection import CATALOGUE, connect
from safer_kpi.lake.transaction import transaction
from safer_kpi.sql import identifier

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import duckdb

    from safer_kpi.settings import Settings

#: Larger files are left as they are: so a row is not written again and again, and a lake of any size is soon compacted.
SMALL = 32 * 2**20
#: Rows by snapshot and table.
_Counts = list[tuple[int, str, int]]


@dataclass(frozen=True, kw_only=True)
class Compacted:
    """The result of one compaction.

    Attributes:
        files_before: Parquet files that the lake knew, those included that an earlier compaction had yet to delete.
        files_after: Parquet files that it knows now.
        bytes_before: their size, without those yet to be deleted.
        bytes_after: the size of the files it knows now.
        snapshots_before: states of the lake that could be read.
        snapshots_after: those that can be read now: the named ones, the newest before, and the compaction's own.
    """

    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    snapshots_before: int
    snapshots_after: int

    @property
    def bytes_freed(self) -> int:
        """The number of bytes by which the lake is smaller."""
        return self.bytes_before - self.bytes_after


def compact_files(settings: Settings, *, named: Collection[int]) -> Compacted:
    """Compact the lake; the newest snapshot and those ``named`` stay readable. The caller holds the lease.

    It can be repeated and interrupted: until the transaction is durable nothing changes except new files that a sweep
    removes; after it, the next compaction deletes the files that this one did not.

    Raises:
        NotFound: there is no lake.
        LakeBroken: a kept snapshot has other rows than before; no file was deleted.
    """
    promise = settings.home / "state" / "compaction.json"
    with connect(settings, read_only=True) as connection:
        if promise.is_file():
            _require_kept(connection, promise)
        files, size, snapshots = _size(connection)
        every = _snapshots(connection)
        kept = every & {*named, max(every)}
        _promise(connection, promise, kept)
    with connect(settings) as connection, transaction(connection, "compaction.commit"):
        if gone := sorted(every - kept):
            connection.execute(f"CALL ducklake_expire_snapshots('lake', versions => {gone})")
        connection.execute(f"CALL ducklake_merge_adjacent_files('lake', max_file_size => {SMALL})")
    # Read anew: the connection that merged may take one snapshot's tables for another's.
    with connect(settings, read_only=True) as connection:
        _require_kept(connection, promise)
    with connect(settings) as connection, boundary("compaction.delete"):
        connection.execute("CALL ducklake_cleanup_old_files('lake', cleanup_all => true)")
    with connect(settings, read_only=True) as connection:
        files_after, size_after, snapshots_after = _size(connection)
    promise.unlink()
    return Compacted(
        files_before=files,
        files_after=files_after,
        bytes_before=size,
        bytes_after=size_after,
        snapshots_before=snapshots,
        snapshots_after=snapshots_after,
    )


def _size(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    """Return how many files the lake knows, their bytes, and how many snapshots it has."""
    found = connection.execute(
        f"""WITH file AS (
            SELECT file_size_bytes FROM {CATALOGUE}.ducklake_data_file
            UNION ALL SELECT file_size_bytes FROM {CATALOGUE}.ducklake_delete_file
            UNION ALL SELECT 0 FROM {CATALOGUE}.ducklake_files_scheduled_for_deletion
        )
        SELECT count(*), coalesce(sum(file_size_bytes), 0), (SELECT count(*) FROM {CATALOGUE}.ducklake_snapshot)
        FROM file"""
    ).fetchall()[0]
    return int(found[0]), int(found[1]), int(found[2])


def _snapshots(connection: duckdb.DuckDBPyConnection) -> set[int]:
    """Return every snapshot that can be read."""
    return {int(row[0]) for row in connection.execute("FROM ducklake_snapshots('lake')").fetchall()}


def _counts(connection: duckdb.DuckDBPyConnection, snapshots: Collection[int]) -> _Counts:
    """Return how many rows each table has in each of ``snapshots`` that can be read.

    One statement for each snapshot: most of what a small one costs is reading the catalogue as it was then.
    """
    found: _Counts = []
    for snapshot in sorted(_snapshots(connection).intersection(snapshots)):
        tables = _tables(connection, snapshot)
        each = [
            f"SELECT {number} AS number, count(*) AS rows FROM lake.{table} AT (VERSION => {snapshot})"
            for number, table in enumerate(tables)
        ]
        rows = connection.execute(" UNION ALL ".join(each)).fetchall() if each else []
        found += [(snapshot, tables[number], count) for number, count in rows]
    return found


def _tables(connection: duckdb.DuckDBPyConnection, snapshot: int) -> list[str]:
    """Return the tables of a snapshot, as they are named in SQL."""
    return [
        f"{identifier(schema)}.{identifier(table)}"
        for schema, table in connection.execute(
            f"""SELECT s.schema_name, t.table_name
            FROM {CATALOGUE}.ducklake_table AS t
            JOIN {CATALOGUE}.ducklake_schema AS s ON t.schema_id = s.schema_id
                AND s.begin_snapshot <= $1 AND coalesce(s.end_snapshot > $1, TRUE)
            WHERE t.begin_snapshot <= $1 AND coalesce(t.end_snapshot > $1, TRUE)
            ORDER BY ALL""",
            [snapshot],
        ).fetchall()
    ]


def _promise(connection: duckdb.DuckDBPyConnection, promise: Path, snapshots: Collection[int]) -> None:
    """Store how many rows each table has in each of ``snapshots``."""
    promise.parent.mkdir(parents=True, exist_ok=True)
    beside = promise.with_suffix(".new")
    beside.write_text(json.dumps(_counts(connection, snapshots)), encoding="utf-8")
    sync(beside)
    beside.replace(promise)
    sync(promise.parent)


def _require_kept(connection: duckdb.DuckDBPyConnection, promise: Path) -> None:
    """Raise if a table does not have the stored number of rows."""
    promised: _Counts = json.loads(promise.read_text(encoding="utf-8"))
    counted = _counts(connection, {snapshot for snapshot, _, _ in promised})
    found = {(snapshot, table): rows for snapshot, table, rows in counted}
    for snapshot, table, rows in promised:
        if (kept := found.get((snapshot, table))) != rows:
            raise LakeBroken(
                f"Snapshot {snapshot} had {rows} rows in {table} before it was compacted and has {kept or 0} now.",
                next_action=f"No file was deleted: restore the catalogue from its backup, then remove {promise}.",
            )
