"""Read a plain file, a record to each line, by DuckDB alone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

# The extension module alone: the package around it takes longer to import than a small file takes to read.
import _duckdb as duckdb

from safer_kpi.intake.found import BLANKS
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from safer_kpi.intake.dialect import Dialect
    from safer_kpi.intake.found import Preflight

#: More fields too many than this are left to reading record by record.
FAR_BEYOND = 32
TO_PARQUET = "(FORMAT parquet, COMPRESSION uncompressed, USE_TMP_FILE false)"
# Stands for NULL and in no file, for nobody can know it: so an empty field stays apart from a missing one.
_NEVER = os.urandom(16).hex()
#: The first rows of a large file, by which a column is told that may hold the same in all of them.
_LOOKED_AT = 20_000


@dataclass(frozen=True, kw_only=True)
class Job:
    """One file to read; the working folder is the current one."""

    path: Path
    found: Preflight
    dialect: Dialect
    columns: tuple[str | None, ...]
    memory_bytes: int


def read_even(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    job: Job,
    target: str,
    *,
    constants: Mapping[int, str | None] | None = None,
) -> bool:
    """Copy a plain file straight to Parquet, but for columns that are to hold one value in every row, by their place.

    Return False if a row has a wrong number of fields or is blank, if a column without a name is filled, if one of one
    value holds another, or if DuckDB fails.
    """
    constants = constants or {}
    named = {place: name for place, name in enumerate(job.columns) if name is not None and place not in constants}
    places = [(f"nullif(c{place}, '')", identifier(name)) for place, name in named.items()]
    value, name = places[0]
    others = [f"c{place} <> {literal(value or '')}" for place, value in constants.items()]
    wrong = " OR ".join([*others, malformed_sql(job), *unnamed_filled_sql(job), *blank_sql(job, len(job.columns))])
    places[0] = f"CASE WHEN {wrong} THEN error('uneven') ELSE {value} END", name
    fields = ", ".join(f"{value} AS {name}" for value, name in places)
    return copy_whole(
        connection, f"SELECT {fields} FROM {plain_sql(source, job, beyond=1)}", target, job.found.lines - 1
    )


def constants_of(connection: duckdb.DuckDBPyConnection, source: str, job: Job) -> dict[int, str | None]:
    """Return the value of each column, by its place, that holds nothing else in the first rows of a plain file.

    The first column is never one of them. A month, a force or an empty column take as long to write as others.
    """
    places = [place for place, name in enumerate(job.columns) if name is not None][1:]
    if not places:
        return {}
    counts = ", ".join(f"min(c{place}), max(c{place}), count(c{place})" for place in places)
    cells = ", ".join(f"nullif(c{place}, '') AS c{place}" for place in places)
    first = f"SELECT {cells} FROM {plain_sql(source, job, beyond=1)} LIMIT {_LOOKED_AT}"
    try:
        rows, *found = connection.execute(f"SELECT count(*), {counts} FROM ({first})").fetchall()[0]
    except duckdb.Error:
        return {}
    several = {place: found[3 * number : 3 * number + 3] for number, place in enumerate(places)}
    return {place: least for place, (least, most, filled) in several.items() if least == most and filled in (0, rows)}


def malformed_sql(job: Job) -> str:
    """Return whether a row of a plain file has a wrong number of fields, in SQL; nameless ones may be missing."""
    return f"(c{job.found.named - 1} IS NULL OR c{len(job.columns)} IS NOT NULL)"


def unnamed_filled_sql(job: Job) -> list[str]:
    """Return whether each column without a name is filled, in SQL."""
    return [f"c{place} <> ''" for place in range(job.found.named, len(job.columns))]


def blank_sql(job: Job, columns: int) -> list[str]:
    """Return whether a row of a plain file holds nothing but delimiters and blanks, in SQL; nothing for one column.

    Most rows are told from a blank one by the first character of their first filled field.
    """
    if len(job.columns) == 1:
        return []
    first = f"c0 < '!' AND trim(c0, {literal(BLANKS)}) = ''"
    rest = (f"(c{place} IS NULL OR trim(c{place}, {literal(BLANKS)}) = '')" for place in range(1, columns))
    return [f"({' AND '.join([first, *rest])})"]


def plain_sql(source: str, job: Job, *, beyond: int) -> str:
    """Return the rows of a plain file, with more columns than its header has and short rows filled up with NULL.

    So exactly the rows of the right length have their last field and none after it. By itself DuckDB accepts one
    surplus empty field.
    """
    types = {f"c{place}": "VARCHAR" for place in range(len(job.columns) + beyond)}
    longest = job.dialect.max_line_bytes + 1024
    # All columns of the rows in a buffer are held until it is read: of a few bytes each, DuckDB's own holds millions.
    small = f", buffer_size = {2 * longest}" if beyond == FAR_BEYOND else ""
    return table_sql(source, types, job.dialect, longest, filled=True, more=small)


def copy_whole(connection: duckdb.DuckDBPyConnection, query: str, target: str, rows: int) -> bool:
    """Copy a query's rows to Parquet; return False if DuckDB fails or writes another number of rows.

    The caller then reads record by record, which succeeds or names the row that is wrong. It holds one record at a
    time: millions of lines that are all blank, or all malformed, run DuckDB out of memory, and are no fault of size.
    """
    try:
        copied = connection.execute(f"COPY ({query}) TO {literal(target)} {TO_PARQUET}").fetchall()
    except duckdb.Error:
        return False
    return copied == [(rows,)]


def table_sql(
    source: str, types: dict[str, str], dialect: Dialect, longest: int, *, filled: bool, more: str = ""
) -> str:
    """Return a read_csv call that states every option; ``longest`` is the longest line in bytes and sets the buffers.

    DuckDB detects the line end of a partner's file: with a wrong one it silently reads no rows. For the clean copy it
    is stated, because DuckDB would take a line end inside quotes for the end of a record.
    """
    columns = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in types.items())
    yes_if_filled = "true" if filled else "false"
    return (
        f"read_csv({literal(source)}, auto_detect = false, header = {yes_if_filled}, columns = {{{columns}}}, "
        f"delim = {literal(dialect.delimiter)}, quote = {literal(dialect.quote)}, escape = {literal(dialect.quote)}, "
        f"nullstr = {literal(_NEVER)}, strict_mode = true, null_padding = {yes_if_filled}, "
        f"parallel = {yes_if_filled}, max_line_size = {longest}{more}" + (")" if filled else r", new_line = '\n')")
    )
