"""The demo, run once as a person runs it; each module works on a copy of what it left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of safer-kpi, in a folder of its own."""
    script = "from safer_kpi.cli.main import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SAFER_KPI_PROJECT": str(ROOT)}
    environment.pop("SAFER_KPI_HOME", None)
    return subprocess.run(
        [sys.executable, "-c", script, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


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
