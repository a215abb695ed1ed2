"""What engines make of sixteen times the demo's rows, and what that costs: seconds are printed, rows are compared."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.by_engine import STEPS
from benchmarks.engines import Computer
from benchmarks.longer import lengthen
from benchmarks.spark_cluster import lacking, spark_cluster
from benchmarks.spent import Spent
from safer_kpi.demo.run import run
from safer_kpi.settings import Settings
from tests.flows.made_by_engines import SAME, tables_of, unlike, unlike_tables

pytest.importorskip("pysail", reason="the extra spark is not installed")
pytestmark = [pytest.mark.soak, pytest.mark.long(2000)]
TIMES = 16
#: Of each of Spark's two workers. With one gigabyte, Spark ended its workers for want of memory and never finished.
GIGABYTES = 5


@dataclass(frozen=True)
class Made:
    """A lake that DuckDB built, a copy of it from before, its tables, and what each step cost."""

    settings: Settings
    before: Path
    tables: dict[str, Path]
    costs: dict[str, Spent]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """32 years of all feeds of the demo."""
    folder = tmp_path_factory.mktemp("sixteen")
    run(folder / "lake", Console(quiet=True))
    # 171,000 change rows of the demo, 16 times
    assert lengthen(Settings.load(folder / "lake"), TIMES) > 2_700_000
    before = shutil.copytree(folder / "lake", folder / "before" / "lake", symlinks=True)
    costs = {step: Computer(name="duckdb").cost(step, folder / "lake") for step in STEPS}
    settings = Settings.load(folder / "lake")
    return Made(settings, before, tables_of(settings, folder / "tables"), costs)


@pytest.mark.parametrize("name", ["sail", "spark"])
def test_engines_make_the_same_of_sixteen_times_the_demo(
    name: str, made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every row of every table and every number is the same."""
    reason = lacking() if name == "spark" else None
    if reason is not None:
        pytest.skip(reason)  # what Spark lacks here, such as SPARK_HOME
    home = shutil.copytree(made.before, tmp_path / "lake", symlinks=True)
    with ExitStack() as stack:
        cluster = (
            stack.enter_context(spark_cluster(tmp_path / "spark", gigabytes=GIGABYTES)) if name == "spark" else None
        )
        costs = {step: Computer(name=name, cluster=cluster).cost(step, home) for step in STEPS}
    with capsys.disabled():
        for step in STEPS:
            print(f"\n{step}, {TIMES} times the demo: {name} {costs[step]}, DuckDB {made.costs[step]}", flush=True)
    other = Settings.load(home)
    assert unlike_tables(made.tables, tables_of(other, tmp_path / "tables")) == {}
    assert unlike(made.settings.kpi_file, other.kpi_file) == SAME
