"""Turn bytes into Parquet in the child: by DuckDB alone if that is safe, else record by record."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

# The extension module alone: the package around it takes longer to import than a small file takes to read.
import _duckdb as duckdb

from safer_kpi.intake.confined import CLEAN
from safer_kpi.intake.dialect import Dialect
from safer_kpi.intake.even import (
    FAR_BEYOND,
    TO_PARQUET,
    Job,
    blank_sql,
    constants_of,
    copy_whole,
    malformed_sql,
    plain_sql,
    read_even,
    table_sql,
    unnamed_filled_sql,
)
from safer_kpi.intake.found import BLANKS
from safer_kpi.intake.gzip_names import gzip_texts
from safer_kpi.intake.normal import normalise
from safer_kpi.intake.outside import LONGEST, OUTSIDE, OUTSIDE_ROWS, Outside
from safer_kpi.intake.records import write_clean
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

OutOfMemory = duckdb.OutOfMemoryException
DiskFailed = duckdb.IOException

# Fixed names in the working folder: DuckDB may touch these and nothing else, and expands no wildcard in them.
_INPUT, _TEXT, _CLEAN = "input.csv", "text.csv", CLEAN
_ALL, _ROWS = "all.parquet", "rows.parquet"
_AT_ONCE = 4096
# A file of fewer bytes is read by one thread: sharing it out costs more than it saves.
_SHARED_PAST = 4 * 2**20
# What rows of uneven length may take. A file that needs more is read record by record.
_UNEVEN_BYTES = 640 * 2**20
_GOOD, _MALFORMED, _BLANK = 0, 1, 2


@dataclass(frozen=True)
class _LeftOut:
    """The rows of a plain file that are not in the Parquet: the malformed ones, and how many are blank."""

    malformed: tuple[int, ...] = ()
    blank: int = 0

    @property
    def rows(self) -> int:
        return len(self.malformed) + self.blank


def read(job: Job) -> dict[str, Any]:
    """Write ``rows.parquet`` and return rows_read, rows_skipped, malformed and numbered.

    What stands outside the table (malformed rows, the names that gzip keeps) goes to ``outside.parquet``.
    """
    with Outside() as outside:
        if job.found.compressed:
            outside.take(gzip_texts(job.path))
        return _read(job, outside)


def _read(job: Job, outside: Outside) -> dict[str, Any]:
    found = job.found
    source = _INPUT
    if found.compressed or found.encoding != "utf-8" or (found.newline == "mixed" and found.plain):
        normalise(job.path, found, job.dialect, Path(_TEXT))
        source = _TEXT
    else:
        Path(_INPUT).symlink_to(job.path)
    connection = _connect(job.memory_bytes, found.bytes)
    if found.plain:
        constants = constants_of(connection, source, job) if found.bytes >= _SHARED_PAST else {}
        if constants and not read_even(connection, source, job, _ROWS, constants=constants):
            constants = {}
        if constants or read_even(connection, source, job, _ROWS):
            left_out: _LeftOut | None = _LeftOut()
        else:
            some = _connect(min(job.memory_bytes, _UNEVEN_BYTES), found.bytes)
            left_out = _read_uneven(some, source, job, outside)
            some.close()
        if left_out is not None:
            _read_outside(connection, outside)
            return {
                "rows_read": found.lines - 1,
                "rows_skipped": left_out.blank,
                "malformed": [(row, "column_count") for row in left_out.malformed],
                "numbered": left_out.rows > 0,
                "constants": {job.columns[place]: value for place, value in constants.items()},
            }
    written = write_clean(Path(source), Path(_CLEAN), found, job.dialect, job.columns, outside)
    # A record's characters take up to four bytes each, and its quotes are doubled.
    longest = 8 * job.dialect.max_line_bytes
    _read_clean(connection, [name for name in job.columns if name is not None], written.rows, longest)
    _read_outside(connection, outside)
    return {
        "rows_read": written.rows_read,
        "rows_skipped": written.rows_skipped,
        "malformed": written.malformed,
        "numbered": True,
    }


def read_copied(columns: Sequence[str | None], rows: int, memory_bytes: int) -> dict[str, Any]:
    """Write ``rows.parquet`` from the clean copy of another child; columns without a name are left out."""
    # A row of a workbook holds at most 1 MiB of characters, of up to four bytes each, and its quotes are doubled.
    connection = _connect(memory_bytes, Path(_CLEAN).stat().st_size)
    _read_clean(connection, columns, rows, 8 * Dialect().max_line_bytes)
    _read_outside(connection)
    return {}


def _connect(memory_bytes: int, size: int) -> duckdb.DuckDBPyConnection:
    return connected(memory_bytes, (_INPUT, _TEXT, _CLEAN, _ALL, _ROWS, OUTSIDE, OUTSIDE_ROWS), size=size)


def connected(memory_bytes: int, paths: Sequence[str], *, size: int) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB that may touch these files of the working folder and nothing else; ``size``: their bytes."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": 1 if size < _SHARED_PAST else min(os.cpu_count() or 1, 4),
            # The rest is for what DuckDB allocates outside its own count, and for Python.
            "memory_limit": f"{memory_bytes * 6 // 10 // 2**20}MiB",
            "temp_directory": "",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "preserve_insertion_order": True,
        },
    )
    allowed = ", ".join(literal(name) for name in paths)
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET allowed_paths = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _read_uneven(connection: duckdb.DuckDBPyConnection, source: str, job: Job, outside: Outside) -> _LeftOut | None:
    """Copy a plain file to Parquet without its malformed and blank rows; None if that will not do."""
    named = [(place, identifier(name)) for place, name in enumerate(job.columns) if name is not None]
    fields = ", ".join(f"nullif(c{place}, '') AS c{place}" for place, _ in named)
    # A line of blanks is no malformed row, and only reading record by record tells them apart.
    cases = [f"WHEN c1 IS NULL AND trim(c0, {literal(BLANKS)}) = '' THEN error('blank')"]
    cases += [f"WHEN {blank} THEN {_BLANK}" for blank in blank_sql(job, len(job.columns) + FAR_BEYOND)]
    cases += [f"WHEN {filled} THEN error('unnamed')" for filled in unnamed_filled_sql(job)]
    state = f"CASE {' '.join(cases)} WHEN {malformed_sql(job)} THEN {_MALFORMED} ELSE {_GOOD} END"
    rows = job.found.lines - 1
    every = ", ".join(f"c{place}" for place in range(len(job.columns) + FAR_BEYOND))
    table = plain_sql(source, job, beyond=FAR_BEYOND)
    if _has_too_many(connection, f"SELECT 1 FROM {table} WHERE {malformed_sql(job)} AND {state} = {_MALFORMED}", job):
        return None
    # Of malformed rows alone, which are few now: of millions these lists would take gigabytes.
    texts = f"CASE WHEN state = {_MALFORMED} THEN [{every}] END AS texts"
    query = f"SELECT state, {texts}, {fields} FROM (SELECT *, {state} AS state FROM {table})"
    if not copy_whole(connection, query, _ALL, rows):
        return None
    read_back = f"read_parquet({literal(_ALL)}, file_row_number = true)"
    found = connection.execute(
        f"SELECT file_row_number + 2 AS row FROM {read_back} WHERE state = {_MALFORMED} ORDER BY row"
    )
    malformed = tuple(int(row) for (row,) in found.fetchmany(job.dialect.max_malformed_rows + 1))
    (blank,) = connection.execute(f"SELECT count(*) FROM {read_back} WHERE state = {_BLANK}").fetchall()[0]
    left_out = _LeftOut(malformed, int(blank))
    cut_short = not job.found.ended and malformed[-1:] == (job.found.lines,)
    if not left_out.rows or cut_short or len(malformed) > job.dialect.max_malformed_rows:
        return None
    unread = connection.execute(f"SELECT unnest(texts) FROM {read_back} WHERE state = {_MALFORMED}")
    while some := unread.fetchmany(_AT_ONCE):
        outside.take(text for (text,) in some)
    kept = ", ".join(f"c{place} AS {name}" for place, name in named)
    query = f"SELECT file_row_number + 2 AS source_row, {kept} FROM {read_back} WHERE state = {_GOOD}"
    return left_out if copy_whole(connection, query, _ROWS, rows - left_out.rows) else None


def _has_too_many(connection: duckdb.DuckDBPyConnection, malformed: str, job: Job) -> bool:
    """Return whether a file has more malformed rows than its contract allows, or DuckDB fails; it stops at the last.

    Reading record by record then ends at that row, or names the one that is wrong.
    """
    allowed = job.dialect.max_malformed_rows
    try:
        return len(connection.execute(f"{malformed} LIMIT {allowed + 1}").fetchmany(allowed + 1)) > allowed
    except duckdb.Error:
        return True


def _read_clean(connection: duckdb.DuckDBPyConnection, columns: Sequence[str | None], rows: int, longest: int) -> None:
    types = {"source_row": "BIGINT", **{f"c{place}": "VARCHAR" for place in range(len(columns))}}
    fields = "".join(
        f", nullif(c{place}, '') AS {identifier(name)}" for place, name in enumerate(columns) if name is not None
    )
    table = table_sql(_CLEAN, types, Dialect(), longest, filled=False)
    copied = connection.execute(f"COPY (SELECT source_row{fields} FROM {table}) TO {literal(_ROWS)} {TO_PARQUET}")
    if copied.fetchall() != [(rows,)]:
        raise AssertionError("the clean copy was not read back whole")


def _read_outside(connection: duckdb.DuckDBPyConnection, outside: Outside | None = None) -> None:
    """Write ``outside.parquet`` from the texts outside the table, if a child wrote any."""
    if outside is not None:
        outside.close()
    if not Path(OUTSIDE).exists():
        return
    table = table_sql(OUTSIDE, {"kind": "VARCHAR", "text": "VARCHAR"}, Dialect(), 8 * LONGEST, filled=False)
    connection.execute(f"COPY (SELECT DISTINCT kind, text FROM {table}) TO {literal(OUTSIDE_ROWS)} {TO_PARQUET}")
