"""The check of a read file against a release: every certified number and verdict, in every column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.errors import CheckFailed
from safer_kpi.reading.sealing.seal import MARKED, columns_of
from safer_kpi.reading.sealing.sealed import is_withdrawn, require_sealed
from safer_kpi.sql import identifier, literal

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.reading.picture import Picture

Check = tuple[str, str, str, str]
_FILES = {"certified": "observation.parquet", "certified_verdict": "verdict.parquet"}


def read_file_check(lake: Picture, folder: Path) -> Check:
    """Return the check that the rows of a release in the read file are those of its folder."""
    release_id = folder.name
    tables = [table for table in _FILES if lake.book.has_table(table)]
    try:
        for table in tables:
            require_sealed(lake, release_id, table=table)
    except CheckFailed as failed:
        return ("read file", release_id, "failed", failed.what)
    if lake.seals[release_id] is None:
        wrong = [(table, count) for table in tables if (count := _differing(lake, folder, table))]
        if wrong:
            told = ", ".join(f"{count} rows of kpi.{table}" for table, count in wrong)
            return ("read file", release_id, "failed", f"{told} are not those of the release's Parquet file")
    return ("read file", release_id, "ok", "its numbers and verdicts are those of the release")


def _differing(lake: Picture, folder: Path, table: str) -> int:
    """Return how many rows only the read file or only the release's Parquet file holds."""
    release_id, file = folder.name, folder / _FILES[table]
    mine = f"SELECT * FROM kpi.{table} WHERE release_id = {literal(release_id)}"
    if not file.is_file():
        return int(lake.book.read(f"SELECT count(*) FROM ({mine})")[1][0][0])
    parquet = f"read_parquet({literal(str(file))})"
    held = columns_of(lake.book.read(f"DESCRIBE kpi.{table}")[1])
    own = columns_of(lake.book.read(f"DESCRIBE SELECT * FROM {parquet}")[1])
    marked = table == "certified" and is_withdrawn(lake, release_id)
    columns = ", ".join(
        f"{MARKED} AS status" if marked and name == "status" else _given(name, held[name], own) for name in held
    )
    theirs = f"SELECT {columns} FROM {parquet}"
    names = ", ".join(identifier(name) for name in held)
    mine = f"SELECT {names} FROM kpi.{table} WHERE release_id = {literal(release_id)}"
    sql = f"(({mine}) EXCEPT ALL ({theirs})) UNION ALL (({theirs}) EXCEPT ALL ({mine}))"
    return int(lake.book.read(f"SELECT count(*) FROM ({sql})")[1][0][0])


def _given(name: str, kind: str, own: dict[str, str]) -> str:
    """Return a column of the Parquet file as SQL; one that the release is too old to have is null."""
    return identifier(name) if name in own else f"CAST(NULL AS {kind}) AS {identifier(name)}"
