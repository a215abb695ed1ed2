"""Read the national tables: an in-memory DuckDB with a view for each."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from safer_kpi.engine import open_engine
from safer_kpi.sql import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

_FOLDER = Path(__file__).resolve().parent
_TABLES = {
    "ward": "read_parquet({})|lsoa21_ward24.parquet",
    "change": "read_parquet({})|lsoa11_lsoa21.parquet",
    "residents": "read_parquet({})|population20_lsoa11.parquet",
    "authority": "read_csv({}, header = true, all_varchar = true)|la_csp_pfa24.csv",
}


@contextmanager
def national_tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the tables as the views ``ward``, ``change``, ``residents`` and ``authority``; README.md describes a row."""
    with open_engine() as connection:
        for name, packed in _TABLES.items():
            reader, file = packed.split("|")
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {reader.format(literal(str(_FOLDER / file)))}")
        yield connection
