"""What another engine than DuckDB makes of the same change rows: the same rows of every table, and the same numbers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest

import safer_kpi
from benchmarks.by_engine import make_every_day
from benchmarks.spark_cluster import lacking, spark_cluster
from safer_kpi.compute import build
from safer_kpi.engines.session import Engine, opened
from safer_kpi.engines.translate import view_name
from safer_kpi.errors import UsageError
from safer_kpi.lake import connect
from safer_kpi.lake.boundary import BY_ENGINE
from safer_kpi.landing.sweep import sweep
from safer_kpi.reading.place import MANIFEST
from safer_kpi.settings import RELEASES, Settings
from tests.certifying import be_another_lake, certify
from tests.flows.made_by_engines import SAME, tables_of, unlike, unlike_tables
from tests.flows.shared_lake import Story
from tests.flows.test_build_crash import ROOT, _landed, _robberies

pytest.importorskip("pysail", reason="the extra spark is not installed")
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module", params=["sail", pytest.param("spark", marks=pytest.mark.soak)])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of an engine: Sail, which is started where it is needed, or a Spark of two workers."""
    if request.param == "spark" and (reason := lacking()) is not None:
        pytest.skip(reason)  # what Spark lacks here, such as SPARK_HOME
    folder = tmp_path_factory.mktemp("spark")
    with spark_cluster(folder) if request.param == "spark" else nullcontext() as cluster:
        yield {"engine": request.param, "engine_remote": cluster.address if cluster else ""}


@dataclass(frozen=True, kw_only=True)
class Made:
    """One lake, as DuckDB and as another engine made all its tables and numbers."""

    by_duckdb: Settings
    by_engine: Settings


@pytest.fixture(scope="module")
def made(engine: dict[str, str], story_of: Callable[[str], Story], tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A lake of all kinds of feeds: every table is made again for all days at once, then every number."""
    settings = story_of("test_placed").settings
    be_another_lake(settings)
    copy = shutil.copytree(settings.home, tmp_path_factory.mktemp("made") / "lake", symlinks=True)
    other = replace(Settings.load(copy), **engine)
    make_every_day(other)
    build(other, full=True)
    return Made(by_duckdb=settings, by_engine=other)


def test_an_engine_makes_the_rows_that_duckdb_makes(made: Made, tmp_path: Path) -> None:
    one, other = (tables_of(each, tmp_path / each.engine) for each in (made.by_duckdb, made.by_engine))
    assert unlike_tables(one, other) == {}
    with duckdb.connect() as connection:
        rows = {
            model: connection.execute(f"SELECT count(*) FROM '{file}'").fetchall()[0][0]
            for model, file in other.items()
        }
    assert [model for model in rows if not rows[model]] == ["core.asb_tool"]  # no story sends casework


def test_an_engine_makes_the_numbers_that_duckdb_makes(made: Made) -> None:
    assert unlike(made.by_duckdb.kpi_file, made.by_engine.kpi_file) == SAME


@pytest.mark.soak
def test_a_release_of_what_an_engine_made_has_the_hashes_of_one_of_duckdb(made: Made) -> None:
    """Of its certified rows, and of every table but those of the build itself; a deep check of it finds nothing."""
    sealed = []
    for settings in (made.by_duckdb, made.by_engine):
        release = certify(settings, "2024-25-Q2")
        sealed.append(json.loads((settings.home / RELEASES / release / MANIFEST).read_text(encoding="utf-8")))
        with safer_kpi.open(settings.home) as lake:
            checks = lake.verify(release, deep=True).rows()
        assert [each for each in checks if each["status"] == "failed"] == []
    one, other = sealed
    assert one["row_hash"] == other["row_hash"]
    apart = [name for name, table in one["tables"].items() if table != other["tables"][name]]
    assert apart == ["build", "certificate"]  # when each was built, and the number of the lake's snapshot


#: Texts that engines read differently unless the translation says what DuckDB means by each expression.
TEXTS = (
    "7",
    "7.0",
    "12.7",
    "-12.5",
    "[c]",
    "",
    " 7 ",
    "\u00a0a b\u3000",
    "\ta\t",
    "8\n",
    "8\r\n",
    "a_b",
    "a\\_b",
    None,
)
#: Each is asked of every text.
OF_A_TEXT = (
    "TRIM(written)",
    "LTRIM(written)",
    "RTRIM(written)",
    "TRY_CAST(TRIM(written) AS BIGINT)",
    "TRY_CAST(written AS DECIMAL(12, 1))::INT",
    "REGEXP_MATCHES(written, '^[0-9]+$')",
    "REGEXP_MATCHES(TRIM(written), '^[0-9$]+$')",
    "REGEXP_REPLACE(written, '8$', 'x', 'g')",
    r"written LIKE 'a\_b'",
    "NOT written LIKE '%a%'",
    "LIST_SORT([written, 'b', NULL])",
    "DATE_DIFF('DAY', TIMESTAMP '2024-01-01 23:00:00', (LEFT('2024-01-02 ', 10) || ' 01:00:00')::TIMESTAMP)",
    "(LEFT('2014-10-31 ', 10)::DATE - LENGTH(written)::INT * INTERVAL 1 DAY)::TIMESTAMP + INTERVAL 1 HOUR",
    "DATE_DIFF('MONTH', DATE '2024-01-31', DATE '2024-02-01' + COALESCE(LENGTH(written), 0)::INT)",
)
#: Each is asked of all texts; the order of the last one is null, and so is its text.
OF_ALL = (
    "ARG_MAX(written, place)",
    "ARG_MIN(written, -place)",
    "ARG_MAX(place, written)",
    "ARG_MAX(NULLIF(written, written), place)",
)


@pytest.mark.parametrize("expressions", [OF_A_TEXT, OF_ALL], ids=["of a text", "of all texts"])
def test_an_engine_means_what_duckdb_means(
    expressions: tuple[str, ...], engine: dict[str, str], tmp_path: Path
) -> None:
    """What both accept and read differently, unless it is written for each of them."""
    given, columns = tmp_path / "given.parquet", ", ".join(f"{each} AS v{n}" for n, each in enumerate(expressions))
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA given; CREATE TABLE given.texts (place BIGINT, written VARCHAR)")
        connection.executemany("INSERT INTO given.texts VALUES (?, ?)", list(enumerate(TEXTS)))
        connection.execute(f"COPY given.texts TO '{given}'")
        query = f"SELECT {columns} FROM given.texts"
        with opened(replace(Settings.load(tmp_path), **engine), tmp_path / "made") as session:
            session.read(view_name("given.texts"), [str(given)])
            made = session.write(query)
        expected = connection.execute(query).fetchall()
        assert connection.execute(f"FROM '{made}/*.parquet'").fetchall() == expected


def _killed_with(engine: dict[str, str], settings: Settings, point: str) -> int:
    """Build with an engine in a process that is killed at a point of writing."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(settings.home), point],
        cwd=ROOT,
        env=os.environ | {"SAFER_KPI_ENGINE": engine["engine"], "SPARK_REMOTE": engine["engine_remote"]},
        check=False,
    )
    return done.returncode


#: As that of builds by DuckDB, with a point inside the commit: a few milliseconds after it has begun.
KILLED = """
import os, signal, sys, threading
from safer_kpi.compute import build
from safer_kpi.lake import boundary
from safer_kpi.settings import Settings

def end():
    os.kill(os.getpid(), signal.SIGKILL)

def watch(point):
    if point == sys.argv[2]:
        end()
    if point == "models.commit.before" and sys.argv[2] == "models.commit.in":
        threading.Timer(0.005, end).start()

boundary.watch = watch
build(Settings.load(sys.argv[1]))
"""


def _state(settings: Settings) -> list[tuple[object, ...]]:
    """The newest snapshot of a lake, and the rows of the ledger that a landing changes."""
    with connect(settings, read_only=True) as connection:
        newest = "SELECT max(snapshot_id) FROM ducklake_snapshots('lake')"
        hashed = f"SELECT ({newest}), count(*), sum(hash(t)::HUGEINT) FROM ledger.counted AS t"
        return connection.execute(hashed).fetchall()


POINTS = (
    *(f"{name}.{side}" for name in BY_ENGINE for side in ("before", "after")),
    *(f"models.commit.{side}" for side in ("before", "in", "after")),
)


@pytest.mark.soak
@pytest.mark.parametrize("point", POINTS)
def test_a_build_that_was_killed_leaves_the_lake_as_it_was_or_as_it_should_be(
    point: str, engine: dict[str, str], tmp_path: Path, new_lake: Callable[..., Settings]
) -> None:
    """Killed while it adds files, before, in or after its commit; what it left is swept, and the next build ends it."""
    settings = _landed(new_lake(tmp_path / "lake", built=True), tmp_path)
    before = _state(settings)
    assert _killed_with(engine, settings, point) == -signal.SIGKILL
    stands = _state(settings) != before
    assert stands == (point == "models.commit.after") or point == "models.commit.in"
    left = [*settings.scratch.glob("engine-*"), *Path(settings.data).rglob("engine-*.parquet")]
    assert left
    sweep(settings)
    assert not list(settings.scratch.glob("engine-*"))
    named = _state(settings)
    assert (named != before) == stands
    assert build(replace(settings, **engine)).entries == 1
    assert _robberies(settings) == {"local_authority": 4, "force": 5}


class _Lost:
    """What a session answers whose server loses its first task, and a path that the next one is written to."""

    def __init__(self, condition: str | None) -> None:
        self.paths: list[str] = []
        self._condition = condition
        self.write = self

    def sql(self, _: str) -> _Lost:
        return self

    def parquet(self, path: str) -> None:
        self.paths.append(path)
        if len(self.paths) == 1:
            from pyspark.errors.exceptions.connect import SparkConnectGrpcException

            failed = SparkConnectGrpcException("INTERNAL: task context not found for operation")
            failed.getCondition = lambda: self._condition  # type: ignore[method-assign]  # a query's own error has a name, the server's has none
            raise failed


def test_a_query_is_tried_once_more_where_the_server_lost_it(tmp_path: Path) -> None:
    from pyspark.errors.exceptions.connect import SparkConnectGrpcException

    lost = _Lost(None)
    assert str(Engine(lost, tmp_path).write("SELECT 1 AS one")) == lost.paths[1]  # type: ignore[arg-type]  # stands for a session
    assert len(set(lost.paths)) == 2
    wrong = _Lost("DIVIDE_BY_ZERO")
    with pytest.raises(SparkConnectGrpcException):
        Engine(wrong, tmp_path).write("SELECT 1 AS one")  # type: ignore[arg-type]  # stands for a session
    assert len(wrong.paths) == 1


@pytest.mark.soak
def test_a_first_build_by_an_engine_is_that_of_duckdb(
    engine: dict[str, str], tmp_path: Path, new_lake: Callable[..., Settings]
) -> None:
    """SQLMesh makes the tables and the reference data, the engine every row that comes from a file."""
    one = _landed(new_lake(tmp_path / "one"), tmp_path)
    other = Settings.load(shutil.copytree(one.home, tmp_path / "other", symlinks=True))
    build(one)
    build(replace(other, **engine))
    assert unlike(one.kpi_file, other.kpi_file) == SAME
    assert _robberies(other) == {"local_authority": 4, "force": 5}


def test_spark_is_refused_where_nothing_says_where_it_is(tmp_path: Path) -> None:
    settings = replace(Settings.load(tmp_path), engine="spark", engine_remote="")
    with pytest.raises(UsageError, match="nothing says where Spark is"), opened(settings, tmp_path):
        pass
