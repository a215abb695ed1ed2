"""What engines made of one lake, side by side."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb

from benchmarks.by_engine import recipes_of
from safer_kpi.lake import connect
from safer_kpi.settings import Settings

#: The tables of a read file that are compared.
_READ = ("observation", "verdict", "ledger")
#: Nothing is unlike in them.
SAME = dict.fromkeys(_READ, (0, 0))


def tables_of(settings: Settings, folder: Path) -> dict[str, Path]:
    """Write the rows of every table that change rows make; return the files by the names of their models."""
    folder.mkdir()
    files = {}
    with connect(settings, read_only=True) as connection:
        for recipe in recipes_of(settings):
            files[recipe.model] = folder / f"{recipe.model}.parquet"
            columns = ", ".join(f'"{name}"' for name in recipe.columns)
            connection.execute(f"COPY (SELECT {columns} FROM {recipe.table}) TO '{files[recipe.model]}'")
    return files


def unlike_tables(one: dict[str, Path], other: dict[str, Path]) -> dict[str, tuple[int, int]]:
    """Return how many rows only one of both has, for the tables where there are any."""
    assert one.keys() == other.keys()
    with closing(duckdb.connect()) as connection:
        counts = {model: _apart(connection, f"'{one[model]}'", f"'{other[model]}'") for model in one}
    return {model: apart for model, apart in counts.items() if apart != (0, 0)}


def unlike(one: Path, other: Path) -> dict[str, tuple[int, int]]:
    """Return how many numbers, verdicts and postings only one of two read files has."""
    with closing(duckdb.connect()) as connection:
        connection.execute(f"ATTACH '{one}' AS a (READ_ONLY); ATTACH '{other}' AS b (READ_ONLY)")
        return {table: _apart(connection, f"a.kpi.{table}", f"b.kpi.{table}") for table in _READ}


def _apart(connection: duckdb.DuckDBPyConnection, one: str, other: str) -> tuple[int, int]:
    counts = [
        connection.execute(f"SELECT count(*) FROM (FROM {a} EXCEPT ALL FROM {b})").fetchall()[0][0]
        for a, b in ((one, other), (other, one))
    ]
    return counts[0], counts[1]
