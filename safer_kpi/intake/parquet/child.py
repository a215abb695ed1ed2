"""The child process of a Parquet file: tell its columns, then write its rows as text, by DuckDB alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import _duckdb as duckdb

from safer_kpi.errors import InputRefused
from safer_kpi.intake.confined import SPARE_BYTES, confined
from safer_kpi.intake.header import MOST_COLUMNS
from safer_kpi.intake.outside import OUTSIDE_ROWS, TEXT
from safer_kpi.intake.parquet.pages import DamagedPageError, check_pages
from safer_kpi.intake.parquet.text import as_text, kind_in_words
from safer_kpi.intake.read import connected
from safer_kpi.sql import identifier, literal

# Fixed names in the working folder: DuckDB may touch these and nothing else.
_INPUT, _ROWS = "input.parquet", "rows.parquet"
_AGAIN = "Ask the partner to write the file again, or for CSV."


def main() -> None:
    """Read the job, do it under its limits, write the answer."""
    confined(work, _most_written, out_of_memory=duckdb.OutOfMemoryException)


def _most_written(told: dict[str, Any]) -> int:
    return int(told["dialect"]["max_unpacked"]) + SPARE_BYTES


def work(told: dict[str, Any]) -> dict[str, Any]:
    """Tell the columns of a file, or write its rows if columns are chosen."""
    if not Path(_INPUT).exists():
        Path(_INPUT).symlink_to(told["path"])
    connection = connected(told["memory_bytes"], (_INPUT, _ROWS, OUTSIDE_ROWS), size=Path(_INPUT).stat().st_size)
    try:
        if "columns" not in told:
            return _look(connection, told["dialect"])
        return _write(connection, told["columns"])
    except duckdb.OutOfMemoryException:
        raise
    except DamagedPageError:
        raise InputRefused(
            "A page of the Parquet file does not have the checksum that it declares, or does not lie where it should.",
            rule="damaged",
            next_action=_AGAIN,
        ) from None
    except duckdb.Error:
        raise InputRefused("The Parquet file is damaged.", rule="damaged", next_action=_AGAIN) from None


def _look(connection: duckdb.DuckDBPyConnection, limits: dict[str, int]) -> dict[str, Any]:
    """Return the columns and the number of rows, after holding what the footer declares against the limits."""
    source = literal(_INPUT)
    ((rows,),) = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({source})").fetchall()
    unpacked = connection.execute(
        f"SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata({source})"
    ).fetchall()[0][0]
    if rows > limits["max_rows"] or unpacked > limits["max_unpacked"]:
        raise InputRefused(
            f"The file holds more than {limits['max_rows']:,} rows, or unpacks to more than "
            f"{limits['max_unpacked']:,} bytes.",
            rule="too_large",
            next_action="Ask the partner to send it in parts, or raise the contract's limit.",
        )
    columns = _columns(connection)
    if len(columns) > MOST_COLUMNS:
        raise InputRefused(f"The file has more than {MOST_COLUMNS:,} columns.", rule="header", next_action=_AGAIN)
    for place, (_, kind) in enumerate(columns, 1):
        if as_text("x", kind) is None:
            raise InputRefused(
                f"Column {place} of the file is of the kind {kind_in_words(kind)}, which is no single value.",
                rule="nested",
                next_action="Ask the partner for columns of texts, numbers and days.",
            )
    _check_pages(connection)
    return {"header": [name for name, _ in columns], "rows": rows}


def _check_pages(connection: duckdb.DuckDBPyConnection) -> None:
    """Compare the checksums of all pages; a column of a row group begins with its dictionary, if it has one."""
    runs = connection.execute(
        "SELECT start, start + total_compressed_size FROM (SELECT total_compressed_size, "
        "least(data_page_offset, coalesce(nullif(dictionary_page_offset, 0), data_page_offset)) AS start "
        f"FROM parquet_metadata({literal(_INPUT)}))"
    ).fetchall()
    with Path(_INPUT).open("rb") as file:
        check_pages(file, runs)


def _columns(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(_INPUT)})").fetchall()
    return [(str(row[0]), str(row[1])) for row in described]


def _write(connection: duckdb.DuckDBPyConnection, columns: list[str | None]) -> dict[str, Any]:
    fields = ", ".join(
        f"nullif({as_text(identifier(name), kind)}, '') AS {identifier(column)}"
        for (name, kind), column in zip(_columns(connection), columns, strict=True)
        if column is not None
    )
    copied = connection.execute(
        f"COPY (SELECT {fields} FROM read_parquet({literal(_INPUT)})) TO {literal(_ROWS)} "
        "(FORMAT parquet, COMPRESSION uncompressed, USE_TMP_FILE false)"
    ).fetchall()
    connection.execute(
        f"COPY (SELECT {literal(TEXT)} AS kind, text FROM (SELECT coalesce(try(decode(bytes)), bytes::VARCHAR) AS text "
        f"FROM (SELECT DISTINCT unnest([key, value]) AS bytes FROM parquet_kv_metadata({literal(_INPUT)})))) "
        f"TO {literal(OUTSIDE_ROWS)} (FORMAT parquet, COMPRESSION uncompressed, USE_TMP_FILE false)"
    )
    return {"rows": copied[0][0]}
