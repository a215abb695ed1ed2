"""The demo, run as a person runs it and kept until a source changes; each module works on a copy of what it left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.templates import SOURCES, copy_kept

ROOT = Path(__file__).resolve().parents[2]
# Files, not text after -c: DuckDB takes a process without a file for a person's and draws progress into its answers.
COMMAND = Path(__file__).with_name("command.py")
NEWEST_FIRST = Path(__file__).with_name("newest_first.py")
PRINTED, STATE = "printed.txt", "state"


def environment() -> dict[str, str]:
    """This project, no lake but the one a command names, and no width of a terminal: pytest-xdist gives its own."""
    left_out = {"SAFER_KPI_HOME", "COLUMNS"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return kept | {"PYTHONPATH": str(ROOT), "SAFER_KPI_PROJECT": str(ROOT)}


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
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "kept"
    copy_kept("demo", folder, make=_run_demo, sources=(*SOURCES, "tests/docs/command.py", "tests/docs/conftest.py"))
    return folder


@pytest.fixture(scope="module")
def demo(_kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """What ``make demo`` leaves and prints; whoever made it remembers the heads of its chain of releases.

    Each module has its own memory of heads: another module may make a demo anew, whose chain has other heads.
    """
    state = tmp_path_factory.mktemp("state") / STATE
    shutil.copytree(_kept / STATE, state)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(state))
        yield Demo(_kept, (_kept / PRINTED).read_text(encoding="utf-8"))


def _run_demo(folder: Path) -> None:
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / STATE))
        # With all threads: other modules recount it, or make it anew, with one.
        patch.delenv("SAFER_KPI_THREADS", raising=False)
        done = run(["demo", "--home", "lake"], folder)
    assert done.returncode == 0, done.stderr
    (folder / PRINTED).write_text(done.stdout, encoding="utf-8")
