"""A read-side file of a million observations: the demo's lake, its areas copied under other codes."""

from __future__ import annotations

import shutil
from functools import cache
from typing import TYPE_CHECKING

import duckdb
from rich.console import Console

from safer_kpi.demo.run import run

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.workplace import Workplace
    from safer_kpi.demo.answers import Story

FACTS = 1_000_000
CODES = {
    "area": ("area_code", "la_code", "force_code"),
    "observation": ("area_code",),
    "certified": ("area_code",),
    "ledger": ("area_code", "la_code", "force_code"),
    "coverage": ("cover_code",),
}
# The area that is unplaced is copied like any other; to lie in no authority or force stays as it is.
NOWHERE = {"area_code": "''", "cover_code": "''", "la_code": "'unplaced', 'none'", "force_code": "'unplaced', 'none'"}
ORDER = {
    "area": "area_code",
    "observation": "metric_id, area_code, period_type, period_start",
    "certified": "release_id, metric_id, area_code, period_type, period_start",
    "ledger": "metric_id, area_code, month, entry",
    "coverage": "entry",
}


@cache
def demo(place: Workplace) -> Story:
    """Return the demo's lake with its two releases, made once for all parts that multiply it."""
    return run(place.folder / "demo", Console(quiet=True))


def multiply(source: Path, target: Path, *, facts: int = FACTS, like: Path | None = None) -> int:
    """Copy a safer_kpi.duckdb so that it holds ``facts`` observations or more; answers how many.

    ``like`` is copied as often as that file would have to be, so that both know the same areas.

    Every area but the first copy's gets a code of its own, so the copies stand beside one another as other
    partnerships would, and every balance still holds.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    with duckdb.connect(str(target)) as connection:
        connection.execute("USE kpi")
        tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        numbers = "observation" if "observation" in tables else "certified"  # a release holds its numbers once
        held: int = connection.execute(f"SELECT count(*) FROM {numbers}").fetchall()[0][0]
        copies = -(-facts // (_observations(like) if like else held))
        for table, codes in CODES.items():
            if table not in tables:
                continue
            renamed = ", ".join(
                f"CASE WHEN copy > 0 AND {code} NOT IN ({NOWHERE[code]}) THEN concat({code}, '-', copy) ELSE {code} END"
                f" AS {code}"
                for code in codes
            )
            connection.execute(
                f"""CREATE TEMP TABLE copied AS
                SELECT original.* REPLACE ({renamed}) FROM {table} AS original, range({copies}) AS copies(copy)"""
            )
            connection.execute(f"DELETE FROM {table}")
            connection.execute(f"INSERT INTO {table} SELECT * FROM copied ORDER BY {ORDER[table]}")
            connection.execute("DROP TABLE copied")
        connection.execute("CHECKPOINT")
    return held * copies


def _observations(file: Path) -> int:
    with duckdb.connect(str(file), read_only=True) as connection:
        return int(connection.execute("SELECT count(*) FROM kpi.certified").fetchall()[0][0])
