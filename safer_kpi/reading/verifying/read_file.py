"""The check of a read file against a release: every certified number and verdict, in every column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from safer_kpi.engine import open_engine
from safer_kpi.errors import CheckFailed
from safer_kpi.reading.every_verdict import is_derived, terms_of
from safer_kpi.reading.sealing.seal import MARKED, columns_of, sealed_rows
from safer_kpi.reading.sealing.sealed import is_withdrawn, require_sealed
from safer_kpi.reading.sealing.terms import require_terms
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
        if "certified_verdict" in tables and is_derived(lake, release_id):
            require_terms(lake, release_id, terms_of(lake, release_id))
    except CheckFailed as failed:
        return ("read file", release_id, "failed", failed.what)
    if lake.seals[release_id] is None:
        wrong = [(table, count) for table in tables if (count := _differing(lake, folder, table))]
        if wrong:
            told = ", ".join(f"the rows of {count} metrics and areas in kpi.{table}" for table, count in wrong)
            return ("read file", release_id, "failed", f"{told} are not those of the release's Parquet file")
    return ("read file", release_id, "ok", "its numbers and verdicts are those of the release")


def _differing(lake: Picture, folder: Path, table: str) -> int:
    """Return for how many metrics and areas the read file and the release's Parquet file hold other rows."""
    release_id, file = folder.name, folder / _FILES[table]
    held = lake.book.types(table)
    own = f"release_id = {literal(release_id)}"
    mine = sealed_rows(lambda sql: lake.book.read(sql)[1], f"kpi.{table}", held, where=own)
    theirs: list[tuple[Any, ...]] = []
    if file.is_file():
        marked = table == "certified" and is_withdrawn(lake, release_id)
        theirs = _stored(file, held, marked=marked)
    return len({row[:2] for row in set(mine) ^ set(theirs)})


def _stored(file: Path, held: dict[str, str], *, marked: bool) -> list[tuple[Any, ...]]:
    """Return the hashes of a Parquet file's rows, with the columns of the read file."""
    from safer_kpi.reading.attaching import limit

    with open_engine() as connection:
        limit(connection, files=[file], folders=[])
        parquet = f"read_parquet({literal(str(file))})"
        own = columns_of(connection.execute(f"DESCRIBE SELECT * FROM {parquet}").fetchall())
        columns = ", ".join(
            f"{MARKED} AS status" if marked and name == "status" else _given(name, kind, own)
            for name, kind in held.items()
        )
        stored = f"(SELECT {columns} FROM {parquet})"
        return sealed_rows(lambda sql: connection.execute(sql).fetchall(), stored, held)


def _given(name: str, kind: str, own: dict[str, str]) -> str:
    """Return a column of the Parquet file as SQL; one that the release is too old to have is null."""
    return f"CAST({identifier(name) if name in own else 'NULL'} AS {kind}) AS {identifier(name)}"
