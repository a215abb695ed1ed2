"""The same releases give the same bytes: in another process, hash seed, zone or locale, and from the folders alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from safer_kpi.publishing import make_report, report_files
from safer_kpi.publishing.model.report import Report

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import hashlib, sys
from safer_kpi.publishing import make_report, report_files
for name, content in sorted(report_files(make_report(sys.argv[1], home=sys.argv[2])).items()):
    print(hashlib.sha256(content).hexdigest(), name)
"""


def digests(site: dict[str, bytes]) -> list[str]:
    return [f"{hashlib.sha256(content).hexdigest()} {name}" for name, content in sorted(site.items())]


@pytest.mark.parametrize(
    ("seed", "zone", "locale"),
    [
        ("1", "Pacific/Kiritimati", "C"),
        pytest.param("2", "America/Los_Angeles", "de_DE.UTF-8", marks=pytest.mark.soak),
    ],
)
def test_another_process(
    told_report: Report, told_releases: Path, tmp_path: Path, seed: str, zone: str, locale: str
) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    found = subprocess.run(
        [sys.executable, str(script), "2024-25-Q1.2", str(told_releases)],
        env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.splitlines() == digests(report_files(told_report))


def test_the_folders_alone(told_report: Report, told_releases: Path, tmp_path: Path) -> None:
    """No lake, no project, no settings of the lake: two folders beside each other."""
    for name in ("2024-25-Q1", "2024-25-Q1.2"):
        shutil.copytree(told_releases / "releases" / name, tmp_path / "elsewhere" / name)
    report = make_report(str(tmp_path / "elsewhere" / "2024-25-Q1.2"))
    assert digests(report_files(report)) == digests(report_files(told_report))
