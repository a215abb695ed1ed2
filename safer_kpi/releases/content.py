"""What a release folder holds: the read schema cut at the quarter's end, as one DuckDB file and as Parquet."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from safer_kpi.reading.locate import RELEASE_FILE
from safer_kpi.reading.row_hash import row_hash_query
from safer_kpi.reading.sql import literal

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    import duckdb

PARQUET = ("ledger", "metric", "area", "delivery", "entry", "coverage")
# What is cut at the quarter's end, and the table that keeps it under the release's name, by the file it is written to.
_STAMPED = {"certified": "observation", "certified_verdict": "verdict"}
CERTIFIED = "CASE WHEN status = 'final' THEN 'certified' ELSE status END AS status"


def write_content(kpi_file: Path, folder: Path, *, release_id: str, period_end: dt.date) -> dict[str, Any]:
    """Write the data files of a release and give ``last_entry``, ``known_at`` (UTC) and ``row_hash``.

    Everything comes from one open ``kpi.duckdb``, so from one complete build.
    """
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH {literal(str(kpi_file))} AS book (READ_ONLY)")
        connection.execute(f"ATTACH {literal(str(folder / RELEASE_FILE))} AS release (STORAGE_VERSION 'v1.0.0')")
        # The schema comes with its comments and macros: a release answers to the same names as the lake.
        connection.execute("COPY FROM DATABASE book TO release (SCHEMA)")
        last_entry, known_at = connection.execute("SELECT last_entry, as_of FROM book.kpi.build").fetchall()[0]
        tables = _tables(connection)
        for table in tables:
            connection.execute(f"INSERT INTO release.kpi.{table} {_query(table, release_id, period_end, known_at)}")
        row_hash = connection.execute(row_hash_query("release.kpi.certified")).fetchall()[0][0]
        for table, file in _STAMPED.items():
            if table in tables:
                _parquet(connection, table, folder / f"{file}.parquet")
        for table in PARQUET:
            _parquet(connection, table, folder / f"{table}.parquet")
        connection.execute("CHECKPOINT release")
        connection.execute("DETACH release")
    return {"last_entry": last_entry, "known_at": known_at, "row_hash": row_hash}


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    sql = (
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'book' AND schema_name = 'kpi' "
        "ORDER BY table_name"
    )
    return [row[0] for row in connection.execute(sql).fetchall()]


def _query(table: str, release_id: str, period_end: dt.date, known_at: dt.datetime) -> str:
    """What a release keeps of one table: numbers and verdicts up to its quarter's end, all else as built."""
    source = _STAMPED.get(table, table)
    if source in _STAMPED.values():
        certified = f" REPLACE ({CERTIFIED})" if source == "observation" else ""
        stamp = f", {literal(release_id)} AS release_id, {literal(known_at)} AS known_at" if table in _STAMPED else ""
        return f"SELECT *{certified}{stamp} FROM book.kpi.{source} WHERE period_end <= {literal(period_end)}"
    if table == "release":
        return "SELECT * FROM book.kpi.release WHERE FALSE"  # listed when it is published, from the manifests
    return f"SELECT * FROM book.kpi.{table}"


def _parquet(connection: duckdb.DuckDBPyConnection, table: str, target: Path) -> None:
    connection.execute(f"COPY release.kpi.{table} TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)")


def write_release_rows(file: Path, rows: list[dict[str, Any]]) -> None:
    """List the releases up to a new one in its file; the last has no manifest hash: its manifest names this file's."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH {literal(str(file))} AS release (STORAGE_VERSION 'v1.0.0')")
        for row in rows:
            cells = ", ".join(literal(value) for value in row.values())
            connection.execute(f"INSERT INTO release.kpi.release ({', '.join(row)}) VALUES ({cells})")
        connection.execute("CHECKPOINT release")
        connection.execute("DETACH release")


def copy_texts(project: Path, folder: Path) -> None:
    """Put the metrics' definitions and the feeds' contracts beside the numbers they explain."""
    for source, pattern, target in (("kpis", "*.yaml", "definitions"), ("feeds", "*.py", "contracts")):
        found = sorted((project / "contracts" / source).glob(pattern))
        if found:
            (folder / target).mkdir()
        for path in found:
            if path.name != "__init__.py":
                shutil.copyfile(path, folder / target / path.name)
