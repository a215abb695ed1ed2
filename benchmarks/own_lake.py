"""A lake that commands work on, each in a process of its own and with a gigabyte of memory, and what each costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.spent import Spent, spent
from benchmarks.workplace import FEED, SCRIPT
from safer_kpi.domain.periods import add_months, parse_period
from safer_kpi.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.national import Publisher

#: The most that a command may use.
MEMORY = "1GB"
#: When what a force publishes again is received, after everything else.
AGAIN = "2025-07-{day:02}T09:00Z"


@dataclass(frozen=True, kw_only=True)
class OwnLake:
    """A lake in a folder of its own.

    Attributes:
        folder: holds the lake, its cache, and what this machine remembers of it.
        project: the project that it is made with.
        memory: the most that a command may use.
    """

    folder: Path
    project: Path
    memory: str = MEMORY

    @property
    def home(self) -> Path:
        """The lake's home."""
        return self.folder / "lake"

    @property
    def environment(self) -> dict[str, str]:
        """The variables of its commands."""
        return {
            "SAFER_KPI_HOME": str(self.home),
            "SAFER_KPI_PROJECT": str(self.project),
            "SAFER_KPI_MEMORY": self.memory,
            "SAFER_KPI_CACHE": str(self.folder / "cache"),
            "XDG_STATE_HOME": str(self.folder / "state"),
        }

    @property
    def settings(self) -> Settings:
        """The same for this process."""
        home = self.home
        return Settings(
            home=home,
            project=self.project,
            catalogue=f"sqlite:{home / 'catalogue.sqlite'}",
            data=f"{home / 'data'}/",
            raw=f"{home / 'raw'}/",
            cache=self.folder / "cache",
        )

    def run(self, *words: str) -> Spent:
        """Run a command of ours; return what it cost."""
        return spent(SCRIPT, *words, environment=self.environment)

    def land(self, files: Sequence[Path], received_at: str) -> Spent:
        """Land street files that were received at one time."""
        return self.run("land", FEED, *map(str, files), "--received-at", received_at)

    def land_month(self, publisher: Publisher, month: str, forces: Sequence[str]) -> Spent:
        """Land the files of a month, as they are received six weeks after it, and remove them."""
        received = add_months(parse_period(month).start, 2).replace(day=14)
        files = [publisher.street(self.folder / "files", force, month) for force in forces]
        cost = self.land(files, f"{received}T09:00Z")
        for file in files:
            file.unlink()
        return cost

    def redeliver(self, publisher: Publisher, force: str, month: str, *, turn: int) -> Spent:
        """Land a force's month as it is published again, with other outcomes in one of fifty rows."""
        first = publisher.street(self.folder / "files", force, month)
        return self.land([publisher.changed(self.folder / "again", first)], AGAIN.format(day=turn))

    def certify(self, release: str) -> tuple[Spent, Spent]:
        """Draft a release and publish it with two approvals; return what both cost."""
        drafted = self.run("release", "draft", release)
        for name in ("A. Sample (police)", "B. Sample (council)"):
            self.run("release", "approve", release, "--by", name)
        return drafted, self.run("release", "publish", release)
