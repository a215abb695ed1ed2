"""The commands of README.md and docs/how-to that need an Airflow, typed one after the other as written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from safer_kpi.compute import unbuilt
from safer_kpi.demo.partner import sample_partner
from safer_kpi.demo.run import every_drop, own_lookup
from safer_kpi.settings import Settings

pytestmark = pytest.mark.soak

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to"
PAGES = [
    ROOT / "README.md",
    HOW_TO / "run-on-one-machine.md",
    ROOT / "docs" / "reference" / "inbox.md",
    HOW_TO / "approve-on-the-page.md",
]
LINES = [
    line
    for page in PAGES
    for block in re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.splitlines()
]
DOWN = "safer-kpi down"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with the partner's files that are named, and no lake yet."""
    found = Path(tempfile.mkdtemp(prefix="documented-"))
    lookup = own_lookup(ROOT)
    named = set(re.findall(r"lake/partner-files/(\S+)", "\n".join(LINES)))
    drops = [drop for drop in every_drop(sample_partner(lookup), lookup) if drop.path in named]
    assert {drop.path for drop in drops} == named
    for drop in drops:
        drop.write(found / "lake" / "partner-files" / drop.path)
    yield found
    typed(DOWN, found)
    shutil.rmtree(found)


def typed(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a person types into a shell there."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SAFER_KPI_", "AIRFLOW"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = {**own, "PATH": path, "SAFER_KPI_PROJECT": str(ROOT)}
    return subprocess.run(["/bin/bash", "-c", line], cwd=folder, env=shell, capture_output=True, text=True, check=False)


def is_landed_and_built(folder: Path, files: int) -> bool:
    waiting = [path for path in (folder / "lake" / "inbox").glob("*/*") if path.is_file()]
    receipts = list((folder / "lake" / "inbox").glob("*/accepted/*/receipt.md"))
    settings = Settings.load(folder / "lake")
    return not waiting and len(receipts) == files and settings.kpi_file.is_file() and not unbuilt(settings)


def test_they_do_what_is_said_of_them(folder: Path) -> None:
    """Typed in their order against an Airflow of their own; each dropped file is landed and built."""
    told = {}
    for line in dict.fromkeys(line for line in LINES if line != DOWN):
        started = f"{line} --port 0" if line.startswith("safer-kpi up") else line
        done = typed(started, folder)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        told[line.split(" --")[0]] = done.stdout
        if "lake/inbox" in line and line.startswith(("cp", "mv")) and "/." not in line.split()[-1]:
            files = 1 + len(list((folder / "lake" / "inbox").glob("*/accepted/*/receipt.md")))
            deadline = time.monotonic() + 180
            while not is_landed_and_built(folder, files):
                assert time.monotonic() < deadline, f"{line}: not landed in time"
                time.sleep(0.5)
    assert "A. Sample (police)" in told["safer-kpi up"]
    assert "accepted" in told["cat lake/inbox/police_street/accepted/*/receipt.md"]
    assert "2023-24-Q4" in told["safer-kpi show 1a.robbery"]
    assert "certify_release" in told["AIRFLOW_HOME=lake/airflow airflow dags list"]
    done = typed(DOWN, folder)
    assert done.returncode == 0
    assert "scheduler" in done.stdout
