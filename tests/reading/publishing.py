"""Publish the small lake of conftest.py: a journal to draft from, people to approve, releases to spoil."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from safer_kpi import releases
from safer_kpi.lake import connect, create_tables, lease
from safer_kpi.lake.digests import write_row
from safer_kpi.lake.identity import identity_of
from safer_kpi.reading.verifying.verify import Terms, verify_folder
from safer_kpi.settings import Settings
from tests.certifying import be_another_lake

Writer = Callable[..., Path]


def builder(settings: Settings, book_writer: Writer, patch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Post up to an entry in a real journal and write the read file as of it, published releases included."""
    state: dict[str, Any] = {}

    def export(_: Settings) -> None:
        from safer_kpi.compute import published

        book_writer(settings.kpi_file, **state)
        with connect(settings, read_only=True) as con:
            lake_id = identity_of(con)
        with duckdb.connect() as con:
            con.execute(f"ATTACH '{settings.kpi_file}' AS book")
            con.execute("USE book; DROP TABLE kpi.certified; DROP TABLE kpi.release; DROP TABLE kpi.certificate")
            published.write(con, settings.home / "releases")
            con.execute("ALTER TABLE kpi.build ADD COLUMN lake_id VARCHAR")
            con.execute("UPDATE kpi.build SET lake_id = ?", [lake_id])

    def run(last_entry: int, **changes: int) -> None:
        state.clear()
        state.update(last_entry=last_entry, **changes)
        if not (settings.home / "catalogue.sqlite").exists():
            shutil.copytree(_empty_lake(), settings.home, symlinks=True, dirs_exist_ok=True)
            be_another_lake(settings)
        with connect(settings) as con, lease(settings):
            con.execute("DELETE FROM journal.entry")
            for entry in range(1, last_entry + 1):
                write_row(con, "entry", {"entry": entry, "posted_at": dt.datetime(2024, 1, 1), "kind": "delivery"})
        export(settings)

    patch.setattr("safer_kpi.compute.export", export)
    return run


@cache
def kept() -> Path:
    """A folder for what is made once in this process and copied; gone with it."""
    folder = tempfile.mkdtemp(prefix="safer-kpi-kept-")
    atexit.register(shutil.rmtree, folder)
    return Path(folder)


@cache
def _empty_lake() -> Path:
    """A lake that holds the journal's tables and nothing else."""
    settings = Settings.load(kept() / "home")
    with connect(settings) as con:
        create_tables(con, {})
    return settings.home


def publish(settings: Settings, quarter: str = "2024-25-Q1", reason: str | None = None) -> str:
    release_id: str = releases.draft(settings, quarter, reason=reason)["release_id"]
    releases.approve(settings, release_id, name="Ada King", comment="checked")
    releases.approve(settings, release_id, name="Bo Lund")
    releases.publish(settings, release_id)
    return release_id


def failures(folder: Path, terms: Terms | None = None) -> set[tuple[str, str]]:
    """The check and subject of everything that is wrong with a release folder."""
    return {(check, subject) for check, subject, status, _ in verify_folder(folder, terms) if status == "failed"}
