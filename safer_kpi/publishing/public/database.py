"""The process that writes ``public.duckdb``: it reads the public Parquet files in a folder and nothing else.

``python database.py FOLDER``. The file opens in DuckDB 1.0 and later.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from safer_kpi.engine import open_engine
from safer_kpi.reading.place import PUBLIC_FILE
from safer_kpi.sql import identifier, literal

#: The description of the tables: the comment of each, and the type and comment of each of its columns.
SCHEMA_FILE = "schema.json"


def write_database(folder: Path) -> None:
    """Write the DuckDB file of the tables in a folder, with their comments."""
    described = json.loads((folder / SCHEMA_FILE).read_text(encoding="utf-8"))
    with open_engine() as connection:
        connection.execute(f"ATTACH {literal(str(folder / PUBLIC_FILE))} AS edition (STORAGE_VERSION 'v1.0.0')")
        connection.execute("CREATE SCHEMA edition.kpi")
        for table, about in sorted(described.items()):
            name = f"edition.kpi.{identifier(table)}"
            columns = ", ".join(f"{identifier(column)} {kind}" for column, kind, _ in about["columns"])
            connection.execute(f"CREATE TABLE {name} ({columns})")
            rows = literal(str(folder / f"{table}.parquet"))
            connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM read_parquet({rows})")
            connection.execute(f"COMMENT ON TABLE {name} IS {literal(about['comment'])}")
            for column, _, comment in about["columns"]:
                connection.execute(f"COMMENT ON COLUMN {name}.{identifier(column)} IS {literal(comment)}")
        connection.execute("CHECKPOINT edition; DETACH edition")


if __name__ == "__main__":
    write_database(Path(sys.argv[1]))
