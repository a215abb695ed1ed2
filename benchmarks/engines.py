"""The engines beside each other on the demo's lake: all days of all tables, then all numbers and their read file.

It is measured in the environment of the extra ``spark``, which ``make engines`` makes. Spark needs ``SPARK_HOME``.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.by_engine import STEPS
from benchmarks.facts import demo
from benchmarks.figure import Figure
from benchmarks.spark_cluster import Cluster, lacking, spark_cluster
from benchmarks.spent import Spent, spent
from benchmarks.workplace import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from benchmarks.workplace import Workplace

#: Holds both extras, ``pipeline`` and ``spark``.
PYTHON = PROJECT / ".cache" / "spark" / "venv" / "bin" / "python"


@dataclass(frozen=True, kw_only=True)
class Computer:
    """An engine.

    Attributes:
        name: the value of ``SAFER_KPI_ENGINE``.
        cluster: where it runs; None for one that each command starts for itself.
    """

    name: str
    cluster: Cluster | None = None

    def cost(self, step: str, home: Path) -> Spent:
        """Run one step on a lake; return what the command and the cluster used together, and the command's memory."""
        environment = {"SAFER_KPI_ENGINE": self.name, "PYTHONPATH": str(PROJECT), "SAFER_KPI_PROJECT": str(PROJECT)}
        before = self.cluster.processor if self.cluster else 0.0
        if self.cluster:
            environment["SPARK_REMOTE"] = self.cluster.address
        own = spent(str(PYTHON), "-m", "benchmarks.by_engine", step, str(home), environment=environment)
        used = self.cluster.processor - before if self.cluster else 0.0
        return Spent(clock=own.clock, processor=own.processor + used, peak=own.peak)


def figures(place: Workplace) -> Iterator[Figure]:
    """One figure for each step and engine; none, and a word about it, where the engine is not installed."""
    if not PYTHON.exists():
        Console().log("engines: the extra spark is not installed: make engines installs it")
        return
    home = demo(place).home
    first = costs(Computer(name="duckdb"), home, place.folder / "by-duckdb")
    yield from _figures("sail", costs(Computer(name="sail"), home, place.folder / "by-sail"), first)
    if (reason := lacking()) is not None:
        Console().log(f"engines: {reason}")
        return
    with spark_cluster(place.folder / "spark") as cluster:
        spark = Computer(name="spark", cluster=cluster)
        yield from _figures("spark", costs(spark, home, place.folder / "by-spark"), first)


def costs(engine: Computer, home: Path, copy: Path) -> dict[str, Spent]:
    """Return what each step costs an engine, in a copy of a lake that stays where it is made."""
    shutil.copytree(home, copy, symlinks=True)
    return {step: engine.cost(step, copy) for step in STEPS}


def _figures(name: str, ours: Mapping[str, Spent], theirs: Mapping[str, Spent]) -> Iterator[Figure]:
    for step in STEPS:
        one, other = ours[step], theirs[step]
        yield Figure(
            name=f"{step}, by {name} / by duckdb",
            ours=one.clock,
            theirs=other.clock,
            note=f"processor {one.processor:.0f} s and {other.processor:.0f} s",
        )
