"""What engines make of sixteen times the demo's rows, and what that costs: seconds are printed, rows are compared."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.by_engine import STEPS
from benchmarks.engines import Computer
from benchmarks.longer import lengthen
from benchmarks.spark_cluster import lacking, spark_cluster
from safer_kpi.demo.run import run
from safer_kpi.settings import Settings
from tests.flows.made_by_engines import SAME, tables_of, unlike, unlike_tables

pytest.importorskip("pysail", reason="the extra spark is not installed")
pytestmark = [pytest.mark.soak, pytest.mark.long(2000)]
TIMES = 16


@pytest.fixture
def made(capsys: pytest.CaptureFixture[str]) -> Callable[[Computer, Path], Settings]:
    """Let an engine make all tables and numbers of a lake; print what that cost."""

    def make(computer: Computer, home: Path) -> Settings:
        for step in STEPS:
            cost = computer.cost(step, home)
            with capsys.disabled():
                print(f"{step}, {TIMES} times the demo, by {computer.name}: {cost}", flush=True)
        return Settings.load(home)

    return make


def test_engines_make_the_same_of_sixteen_times_the_demo(
    made: Callable[[Computer, Path], Settings], tmp_path: Path
) -> None:
    """32 years of all feeds of the demo, first by DuckDB: every row of every table and every number is the same."""
    run(tmp_path / "lake", Console(quiet=True))
    # 171,000 change rows of the demo, 16 times
    assert lengthen(Settings.load(tmp_path / "lake"), TIMES) > 2_700_000
    one = made(Computer(name="duckdb"), tmp_path / "lake")
    tables = tables_of(one, tmp_path / "tables")
    with ExitStack() as stack:
        computers = [Computer(name="sail")]
        if lacking() is None:
            cluster = stack.enter_context(spark_cluster(tmp_path / "spark"))
            computers.append(Computer(name="spark", cluster=cluster))
        for computer in computers:
            home = shutil.copytree(tmp_path / "lake", tmp_path / computer.name / "lake", symlinks=True)
            other = made(computer, home)
            assert unlike_tables(tables, tables_of(other, tmp_path / computer.name / "tables")) == {}
            assert unlike(one.kpi_file, other.kpi_file) == SAME
            shutil.rmtree(home)
