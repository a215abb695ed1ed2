"""Verifying a whole lake, and a release of a million observations: files, certificates, signatures; then its rows."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

import safer_kpi
from benchmarks.facts import FACTS, demo, multiply
from benchmarks.figure import Figure, alternate
from safer_kpi import releases
from safer_kpi.demo.run import APPROVERS
from safer_kpi.files import sha256_of
from safer_kpi.reading.verifying.verify import Terms, verify_folder
from safer_kpi.releases.lake_checks import lake_checks
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.workplace import Workplace

ROUNDS = 7
FILES_BY_HAND = "SELECT filename, sha256(content) FROM read_blob('{folder}/**')"
# The documented hash of the rows, as one would write it for one of the two files that hold them.
ROWS_BY_HAND = """
WITH line AS (
  SELECT metric_id, area_code, concat_ws(chr(9),
    metric_id, definition_version, area_code, period_type, period, breakdown,
    coalesce(CAST(numerator AS VARCHAR), ''), coalesce(CAST(denominator AS VARCHAR), ''),
    coalesce(printf('%.12e', value), ''), coalesce(printf('%.12e', lower), ''), coalesce(printf('%.12e', upper), ''),
    coalesce(method, ''), status, coalesce(printf('%.12e', coverage), '')) AS line
  FROM release.kpi.certified
), part AS (
  SELECT metric_id || chr(9) || area_code || chr(9) || sha256(string_agg(line, chr(10) ORDER BY line)) AS part
  FROM line GROUP BY metric_id, area_code
)
SELECT sha256(string_agg(part, chr(10) ORDER BY part)) FROM part
"""


def figures(place: Workplace) -> Iterator[Figure]:
    """The demo's whole lake, then two figures over one published folder, each side reading the same bytes."""
    yield from whole_lake(Settings.load(demo(place).home))
    folder, facts = _published(place)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    note = f"{facts:,} observations, {size / 2**20:,.0f} MiB"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{folder}/release.duckdb' AS release (READ_ONLY)")
        files = FILES_BY_HAND.format(folder=folder)
        ours, theirs = alternate(
            lambda: _verified(folder, deep=False), lambda: connection.sql(files).fetchall(), rounds=ROUNDS
        )
        yield Figure(name="verify / the files' SHA-256 in DuckDB", ours=ours, theirs=theirs, note=note)
        ours, theirs = alternate(
            lambda: _verified(folder, deep=True),
            lambda: (connection.sql(files).fetchall(), connection.sql(ROWS_BY_HAND).fetchall()),
            rounds=3,
        )
        what = "the same and the rows' hash of one of the two files, by hand"
        yield Figure(name=f"verify --deep / {what}", ours=ours, theirs=theirs, note=note)


def whole_lake(settings: Settings) -> Iterator[Figure]:
    """``verify`` of everything that a lake keeps, with ``--deep`` too, to the SHA-256 of the same files."""
    kept = [settings.kpi_file, settings.home / "catalogue.sqlite"]
    kept += [path for place in ("data", "raw", "releases") for path in (settings.home / place).rglob("*")]
    files = [path for path in kept if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    quick, deep, read = alternate(
        lambda: _whole(settings, deep=False),
        lambda: _whole(settings, deep=True),
        lambda: [sha256_of(path) for path in files],
        rounds=3,
    )
    note = f"{len(files):,} files, {size / 2**20:,.0f} MiB"
    yield Figure(name="verify of a whole lake / the SHA-256 of its files", ours=quick, theirs=read, note=note)
    yield Figure(name="verify --deep of a whole lake / the SHA-256 of its files", ours=deep, theirs=read, note=note)


def _whole(settings: Settings, *, deep: bool) -> None:
    with safer_kpi.open(settings.home) as lake:
        checks = [tuple(row.values()) for row in lake.verify(deep=deep).rows()]
    failed = [check for check in checks + lake_checks(settings, deep=deep) if check[2] == "failed"]
    assert not failed, failed


def _verified(folder: Path, *, deep: bool) -> None:
    failed = [check for check in verify_folder(folder, Terms(deep=deep)) if check[2] == "failed"]
    assert not failed, failed


def _published(place: Workplace) -> tuple[Path, int]:
    """Return a release that the library drafted, signed and published, and its number of observations (a million)."""
    home = place.folder / "verified"
    shutil.copytree(demo(place).home, home)
    settings = replace(
        Settings.load(home), catalogue=f"sqlite:{home / 'catalogue.sqlite'}", data=f"{home / 'data'}/",
        heads=None,
    )  # fmt: skip
    multiply(demo(place).home / "safer_kpi.duckdb", settings.kpi_file, facts=place.rows(FACTS))
    found = releases.draft(settings, "2024-25-Q4", reason="a larger one")
    reason = "areas are copies" if found["findings"] else None
    for place_of_key, (person, key) in enumerate(APPROVERS.items()):
        override = None if place_of_key else reason
        releases.approve(settings, found["release_id"], name=person, key=home / key, override=override)
    releases.publish(settings, found["release_id"])
    folder = settings.home / "releases" / found["release_id"]
    with duckdb.connect() as connection:
        held = connection.sql(f"SELECT count(*) FROM '{folder}/observation.parquet'").fetchall()[0][0]
    return folder, held
