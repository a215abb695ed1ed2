"""The manual's commands for a lake in object storage, typed into one shell on one machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.demo.run import own_lookup

pytestmark = [pytest.mark.soak, pytest.mark.long(180)]

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "run-on-one-machine.md").read_text(encoding="utf-8")
NAME = "2024-01-dorset-street.csv"
#: A person looks again until the number is there.
SHOWN = "for n in $(seq 120); do {} > shown && grep -q 2024-01 shown && break; sleep 2; done; cat shown"
AGAIN = """
safer-kpi up --production --detach --port 0 --home warehouse > again
. warehouse/airflow/lake.env
safer-kpi receipt 1 > first
safer-kpi verify
python -c "import s3fs; print(*s3fs.S3FileSystem().find('lake'), sep=chr(10))" > objects
safer-kpi down
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    found = Path(tempfile.mkdtemp(prefix="production-"))
    write_street(found / NAME, sample_partner(own_lookup(ROOT)), "2024-01", rows=200)
    yield found
    typed("safer-kpi down --home warehouse", found)
    shutil.rmtree(found)


def typed(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SAFER_KPI_", "AIRFLOW", "AWS_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = {**own, "PATH": path, "SAFER_KPI_PROJECT": str(ROOT)}
    command = ["/bin/bash", "-eu", "-c", script]
    return subprocess.run(command, cwd=folder, env=shell, capture_output=True, text=True, check=False)


def test_a_file_lands_in_object_storage_by_the_commands_of_the_manual(folder: Path) -> None:
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    lines = [
        f"{line} --port 0" if " up " in line else SHOWN.format(line) if " show " in line else line
        for line in block.splitlines()
    ]
    done = typed("\n".join(lines), folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"2024-01\s+\d", (folder / "shown").read_text())
    home = folder / "warehouse"
    assert not (home / "catalogue.sqlite").exists()
    assert not (home / "data").exists()
    assert not (home / "raw").exists()

    done = typed(AGAIN, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    objects = (folder / "objects").read_text().splitlines()
    kept = {part: [path for path in objects if path.startswith(f"lake/{part}/")] for part in ("inbox", "raw", "data")}
    assert [path for path in kept["inbox"] if path.endswith(NAME) and "/accepted/" in path]
    assert len(kept["raw"]) >= 1
    assert any(path.endswith(".parquet") for path in kept["data"])
    assert "accepted" in (folder / "first").read_text()
