"""Write the data of a public edition: one DuckDB file and a Parquet file of each of its tables.

The tables are put together in memory from the restricted release and the published figures, and written as Parquet.
Another process, which has never read a restricted file, makes the DuckDB file of them: DuckDB writes whole blocks, and
what a block holds besides its rows may be a piece of whatever the process had in memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from safer_kpi.engine import open_engine
from safer_kpi.errors import CheckFailed
from safer_kpi.publishing.public import database
from safer_kpi.publishing.public.around import write_areas, write_around
from safer_kpi.publishing.public.exact import read_rules, write_exact
from safer_kpi.publishing.public.protected import write_protected
from safer_kpi.publishing.public.schema import COLUMNS, COMMENT, KEPT, PUBLISHED
from safer_kpi.reading.attaching import attach
from safer_kpi.reading.place import PUBLIC_FILE, RELEASE_FILE
from safer_kpi.reading.record import canonical
from safer_kpi.reading.sealing.seal import SEALS, seals
from safer_kpi.reading.sealing.tables import TABLES, table_hashes
from safer_kpi.reading.verifying.row_hash import row_hash
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import duckdb

    from safer_kpi.disclosure.protect import Change

_RELEASE = "SELECT DISTINCT release_id, known_at FROM book.kpi.certified"


def write_public(
    release: Path, published: Any, folder: Path, *, area: str, changes: Sequence[Change] = ()
) -> dict[str, Any]:
    """Write the data files of a public edition into a folder and return what identifies them.

    Args:
        release: the folder of the restricted release.
        published: the rows of ``kpi.published``, in anything that DuckDB reads, such as an Arrow table.
        folder: an empty folder.
        area: the code of the partnership's own authority.
        changes: the exact figures that the release states otherwise by now; their notes say so.

    Returns:
        ``row_hash``, and ``tables``: the hashes of each table and column.

    Raises:
        UsageError: a definition has no public rule, or an exact rate would tell a protected count.
    """
    with open_engine(python_enable_replacements="false") as connection:
        put_together(connection, release, published, area=area, changes=changes)
        for table in (*KEPT, PUBLISHED):
            target = literal(str(folder / f"{table}.parquet"))
            connection.execute(
                f"COPY (SELECT * FROM edition.kpi.{table} ORDER BY ALL) TO {target} (FORMAT parquet, COMPRESSION zstd)"
            )
        described = _described(connection)
    _write_file(folder, described)
    with open_engine() as connection:
        attach(connection, folder / PUBLIC_FILE, "edition")
        (folder / SEALS).write_bytes(canonical(seals(connection, "edition.kpi")))
        return {"row_hash": row_hash(connection, "edition.kpi.certified"), TABLES: table_hashes(connection, "edition")}


def put_together(
    connection: duckdb.DuckDBPyConnection,
    release: Path,
    published: Any,
    *,
    area: str,
    changes: Sequence[Change] = (),
) -> None:
    """Make the tables of a public edition in memory, in the schema ``edition.kpi``.

    The arguments and errors are those of ``write_public``.
    """
    attach(connection, release / RELEASE_FILE, "book")
    read_rules(connection)
    _make_tables(connection)
    connection.register("given", published)
    names = ", ".join(map(identifier, COLUMNS))
    connection.execute(f"INSERT INTO edition.kpi.{PUBLISHED} BY NAME SELECT {names} FROM given ORDER BY ALL")
    connection.unregister("given")
    release_id, known_at = connection.execute(_RELEASE).fetchall()[0]
    write_exact(connection)
    write_areas(connection, area)
    write_protected(connection, area=area, release_id=release_id, known_at=known_at, changes=changes)
    write_around(connection, release_id)


def _make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the empty tables in memory, with the columns that the release has."""
    connection.execute("ATTACH ':memory:' AS edition; CREATE SCHEMA edition.kpi")
    for table in KEPT:
        connection.execute(f"CREATE TABLE edition.kpi.{table} AS SELECT * FROM book.kpi.{table} LIMIT 0")
    columns = ", ".join(f"{identifier(name)} {kind}" for name, (kind, _) in COLUMNS.items())
    connection.execute(f"CREATE TABLE edition.kpi.{PUBLISHED} ({columns})")


def _described(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return each table's comment, and the type and comment of each of its columns."""
    tables = connection.execute(
        "SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'book' AND schema_name = 'kpi'"
    ).fetchall()
    columns = connection.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE database_name = 'book' "
        "AND schema_name = 'kpi' ORDER BY table_name, column_index"
    ).fetchall()
    described: dict[str, Any] = {
        name: {"comment": comment, "columns": [list(row[1:]) for row in columns if row[0] == name]}
        for name, comment in tables
        if name in KEPT
    }
    own = [[name, kind, comment] for name, (kind, comment) in COLUMNS.items()]
    return described | {PUBLISHED: {"comment": COMMENT, "columns": own}}


def _write_file(folder: Path, described: dict[str, Any]) -> None:
    """Have another process write the DuckDB file of the Parquet files in a folder.

    Raises:
        CheckFailed: it could not.
    """
    (folder / database.SCHEMA_FILE).write_text(json.dumps(described, sort_keys=True), encoding="utf-8")
    # By its path: importing the rest of this room takes longer than writing the file.
    command = [sys.executable, "-P", database.__file__, os.fspath(folder)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 (our own module and folder)
    (folder / database.SCHEMA_FILE).unlink()
    if done.returncode != 0 or not (folder / PUBLIC_FILE).is_file():
        raise CheckFailed(
            f"{PUBLIC_FILE} could not be written of its tables.",
            next_action="Look whether the disk is full, and draft it again.",
        )
