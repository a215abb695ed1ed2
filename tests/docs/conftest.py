"""The demo, run once as a person runs it; each module works on a copy of what it left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Files, not text after -c: DuckDB takes a process without a file for a person's and draws progress into its answers.
COMMAND = Path(__file__).with_name("command.py")
NEWEST_FIRST = Path(__file__).with_name("newest_first.py")


def environment() -> dict[str, str]:
    """This project, and no lake but the one a command names."""
    found = {**os.environ, "PYTHONPATH": str(ROOT), "SAFER_KPI_PROJECT": str(ROOT)}
    found.pop("SAFER_KPI_HOME", None)
    return found


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of safer-kpi, in a folder of its own."""
    command = [sys.executable, str(COMMAND), *words]
    return subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Demo:
    """Where the demo left its lake, and what it printed."""

    folder: Path
    text: str

    def copied_to(self, folder: Path) -> Path:
        shutil.copytree(self.folder / "lake", folder / "lake")
        return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """What ``make demo`` leaves and prints."""
    here = tmp_path_factory.mktemp("demo")
    done = run(["demo", "--home", "lake"], here)
    assert done.returncode == 0, done.stderr
    return Demo(here, done.stdout)


@pytest.fixture(scope="session")
def rebuilding(demo: Demo) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Both rebuilds of the demo's releases under way, by the order they post in."""
    commands = {
        "as they came": [str(COMMAND), "verify", "--rebuild", "--home", "lake", "--json"],
        "newest first": [str(NEWEST_FIRST), "lake"],
    }
    started = {
        order: subprocess.Popen(
            [sys.executable, *words], cwd=demo.folder, env=environment(), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )
        for order, words in commands.items()
    }  # fmt: skip
    yield started
    for process in started.values():
        process.kill()
        process.communicate()


@pytest.fixture(scope="session", autouse=True)
def _begun_early(request: pytest.FixtureRequest) -> None:
    """Where the rebuilds are asked about, they run while the other tests of this folder do."""
    if any(item.path.name == "test_rebuild.py" for item in request.session.items):
        request.getfixturevalue("rebuilding")
