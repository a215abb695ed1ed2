"""Where a bench works: a folder of its own, the project beside it, lakes that are its own."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import Partner, sample_partner
from safer_kpi.landing.seeds import init
from safer_kpi.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]
LOOKUP = PROJECT / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv"
FEED = "police_street"
VERSIONS = ("safer-kpi", "apache-airflow", "duckdb", "sqlmesh", "pandera", "polars", "pandas")
#: The command line of the environment that runs the bench.
SCRIPT = str(Path(sys.executable).with_name("safer-kpi"))


@dataclass(frozen=True)
class Workplace:
    """A scratch folder and the sample partner; ``scale`` shrinks every size for a trial run."""

    folder: Path
    scale: float

    @property
    def partner(self) -> Partner:
        """The demo's partner."""
        return sample_partner(LOOKUP)

    def rows(self, full: int) -> int:
        """Return a size at this scale."""
        return max(500, int(full * self.scale))

    def street(self, name: str, month: str, rows: int) -> Path:
        """Return a street file in a folder of its own, written once."""
        path = self.folder / "files" / name / f"{month}-dorset-street.csv"
        if not path.exists():
            write_street(path, self.partner, month, rows=rows)
        return path

    def lake(self, name: str, *, home: Path | None = None) -> Settings:
        """Return a new lake with its tables and seeds, nothing else; ``home`` where it may not lie with the others."""
        home = home or self.folder / "lakes" / name
        settings = Settings(
            home=home,
            project=PROJECT,
            catalogue=f"sqlite:{home / 'catalogue.sqlite'}",
            data=f"{home / 'data'}/",
            raw=f"{home / 'raw'}/",
            cache=self.folder / "cache",
        )
        home.mkdir(parents=True)
        init(settings)
        return settings


def machine() -> str:
    """Return the machine and the versions, in two lines."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    memory = next(
        (int(line.split()[1]) / 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0.0
    )
    packages = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cpu}, {cores} cores, {memory:.0f} GiB, {platform.system()}\nPython {platform.python_version()}, {packages}"
    )


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
