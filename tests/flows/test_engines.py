"""What another engine than DuckDB makes of the same change rows: the same rows of every table, and the same numbers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from safer_kpi.compute import build
from safer_kpi.compute.engine_tables import run_elsewhere
from safer_kpi.compute.modelling import EPOCH
from safer_kpi.compute.recipes import Due, Recipe, recorded
from safer_kpi.engines.session import opened
from safer_kpi.errors import UsageError
from safer_kpi.lake import connect
from safer_kpi.lake.boundary import BY_ENGINE
from safer_kpi.lake.transaction import transaction
from safer_kpi.landing.sweep import sweep
from safer_kpi.settings import Settings
from tests.flows.shared_lake import Story
from tests.flows.spark_cluster import spark_cluster
from tests.flows.test_build_crash import KILLED, MONTH, ROOT, _landed, _robberies

pytest.importorskip("pysail", reason="the extra spark is not installed")
pytestmark = pytest.mark.e2e
LAST = MONTH.published.date().replace(year=2100)


@pytest.fixture(scope="module", params=["sail", pytest.param("spark", marks=pytest.mark.soak)])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of an engine: Sail, which is started where it is needed, or a Spark of two workers."""
    folder = tmp_path_factory.mktemp("spark")
    with spark_cluster(folder) if request.param == "spark" else nullcontext("") as remote:
        yield {"engine": request.param, "engine_remote": remote}


def _recipes(settings: Settings) -> list[Recipe]:
    name = json.loads((settings.home / "state" / "recipes.json").read_text(encoding="utf-8"))["project"]
    found = recorded(settings, name)
    assert found
    return found


def _tables(settings: Settings, folder: Path) -> dict[str, Path]:
    """Write the rows of every table that change rows make."""
    folder.mkdir()
    found = {}
    with connect(settings, read_only=True) as connection:
        for recipe in _recipes(settings):
            found[recipe.model] = folder / f"{recipe.model}.parquet"
            columns = ", ".join(f'"{name}"' for name in recipe.columns)
            connection.execute(f"COPY (SELECT {columns} FROM {recipe.table}) TO '{found[recipe.model]}'")
    return found


def _apart(one: str, other: str) -> tuple[int, int]:
    """How many rows only one of two relations has."""
    with duckdb.connect() as connection:
        found = [f"(SELECT count(*) FROM (FROM {a} EXCEPT ALL FROM {b}))" for a, b in ((one, other), (other, one))]
        ((first, second),) = connection.execute(f"SELECT {', '.join(found)}").fetchall()
        return first, second


def _unlike(one: Path, other: Path) -> dict[str, tuple[int, int]]:
    """The rows of the numbers, verdicts and postings of two read files that only one of them has."""
    with closing(duckdb.connect()) as connection:
        connection.execute(f"ATTACH '{one}' AS a (READ_ONLY); ATTACH '{other}' AS b (READ_ONLY)")
        found = {}
        for table in ("observation", "verdict", "ledger"):
            both = (
                f"FROM a.kpi.{table} EXCEPT ALL FROM b.kpi.{table}",
                f"FROM b.kpi.{table} EXCEPT ALL FROM a.kpi.{table}",
            )
            counts = [connection.execute(f"SELECT count(*) FROM ({each})").fetchall()[0][0] for each in both]
            found[table] = (counts[0], counts[1])
        return found


SAME = dict.fromkeys(("observation", "verdict", "ledger"), (0, 0))


def test_an_engine_makes_the_rows_and_numbers_that_duckdb_makes(
    engine: dict[str, str], story_of: Callable[[str], Story], tmp_path: Path
) -> None:
    """Every table of a lake of all kinds of feeds is made again for all days at once, then every number."""
    settings = story_of("test_placed").settings
    before = _tables(settings, tmp_path / "before")
    shutil.copy(settings.kpi_file, tmp_path / "before.duckdb")
    other = replace(settings, **engine)
    with closing(connect(other)) as connection, transaction(connection):
        run_elsewhere(other, connection, _recipes(other), Due(first=EPOCH, last=LAST))
    after = _tables(other, tmp_path / "after")
    assert {model: _apart(f"'{before[model]}'", f"'{after[model]}'") for model in before} == dict.fromkeys(
        before, (0, 0)
    )
    with duckdb.connect() as connection:
        rows = {
            model: connection.execute(f"SELECT count(*) FROM '{file}'").fetchall()[0][0]
            for model, file in after.items()
        }
    assert [model for model in rows if not rows[model]] == ["core.asb_tool"]  # no story sends casework
    build(other, full=True)
    assert _unlike(tmp_path / "before.duckdb", other.kpi_file) == SAME


def _built_with(settings: Settings, point: str) -> int:
    """Build with Sail in a process that is killed at a point of writing."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(settings.home), point],
        cwd=ROOT,
        env=os.environ | {"SAFER_KPI_ENGINE": "sail"},
        check=False,
    )
    return done.returncode


def _state(settings: Settings) -> list[tuple[object, ...]]:
    """The newest snapshot of a lake, and the rows of the ledger that a landing changes."""
    with connect(settings, read_only=True) as connection:
        newest = "SELECT max(snapshot_id) FROM ducklake_snapshots('lake')"
        hashed = f"SELECT ({newest}), count(*), sum(hash(t)::HUGEINT) FROM ledger.counted AS t"
        return connection.execute(hashed).fetchall()


@pytest.mark.soak
@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("name", [*BY_ENGINE, "models.commit"])
def test_a_build_that_was_killed_leaves_the_lake_as_it_was_or_as_it_should_be(
    name: str, side: str, tmp_path: Path, new_lake: Callable[..., Settings]
) -> None:
    """Killed while it adds files, before its commit or after it; what it left is swept, and the next build ends it."""
    point = f"{name}.{side}"
    settings = _landed(new_lake(tmp_path / "lake", built=True), tmp_path)
    before = _state(settings)
    assert _built_with(settings, point) == -signal.SIGKILL
    assert (_state(settings) == before) == (point != "models.commit.after")
    left = [*settings.scratch.glob("engine-*"), *Path(settings.data).rglob("engine-*.parquet")]
    assert left
    sweep(settings)
    assert not list(settings.scratch.glob("engine-*"))
    named = _state(settings)
    assert build(replace(settings, engine="sail")).entries == 1
    assert _robberies(settings) == {"local_authority": 4, "force": 5}
    assert named == before or point == "models.commit.after"


@pytest.mark.soak
def test_a_first_build_by_an_engine_is_that_of_duckdb(tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    """SQLMesh makes the tables and the reference data, the engine every row that comes from a file."""
    one = _landed(new_lake(tmp_path / "one"), tmp_path)
    other = Settings.load(shutil.copytree(one.home, tmp_path / "other", symlinks=True))
    build(one)
    build(replace(other, engine="sail"))
    assert _unlike(one.kpi_file, other.kpi_file) == SAME
    assert _robberies(other) == {"local_authority": 4, "force": 5}


def test_spark_is_refused_where_nothing_says_where_it_is(tmp_path: Path) -> None:
    settings = replace(Settings.load(tmp_path), engine="spark", engine_remote="")
    with pytest.raises(UsageError, match="nothing says where Spark is"), opened(settings, tmp_path):
        pass
