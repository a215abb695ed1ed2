"""A project that an older version's ``init`` wrote builds again, or its people are told line by line what to change.

``old_lakes/project-1.tar.xz`` is such a project, as commit 8ce2c44 wrote it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from safer_kpi.catalogue import renewal
from safer_kpi.catalogue.renewal import outdated_files, renew
from safer_kpi.catalogue.template import write_project
from safer_kpi.errors import ProjectError
from safer_kpi.landing import land
from safer_kpi.settings import Settings, child_environment

ROOT = Path(__file__).resolve().parents[2]
ARCHIVE = Path(__file__).parent / "old_lakes" / "project-1.tar.xz"
TEMPLATE = Path(renewal.__file__).parent / "templates" / "1.json"
COMMAND = str(Path(sys.executable).with_name("safer-kpi"))
STREET = "contracts/feeds/police_street.py"
OWN_FEED = "contracts/feeds/own_street.py"
OLD_CELL = '"cell": "{force_slug}/{month}",'
NEW_CELL = '"cell": {"place": "{force_slug}", "month": "{month}"},'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "project"


@pytest.fixture
def edited(project: Path) -> Path:
    """The project after its people changed one contract and added another."""
    text = (project / STREET).read_text()
    assert text.count(OLD_CELL) == 1
    (project / STREET).write_text(text.replace('"due_after_days": 60', '"due_after_days": 50'))
    (project / OWN_FEED).write_text(text)
    return project


def test_the_hashes_are_those_of_what_the_older_version_wrote(project: Path) -> None:
    written = {
        path.relative_to(project).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in project.rglob("*")
        if path.is_file()
    }
    assert written == json.loads(TEMPLATE.read_text())


def test_building_it_says_what_to_do(project: Path, tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    settings = Settings.load(new_lake(tmp_path / "lake").home, project=project)
    done = subprocess.run(
        [COMMAND, "build"], cwd=tmp_path, env=child_environment(settings), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("An older version of safer-kpi wrote this project: ")
    assert "Run `safer-kpi migrate --project`" in done.stderr
    with pytest.raises(ProjectError, match="migrate --project"):
        land(settings, "police_street", [str(ARCHIVE)])


def test_a_project_that_nobody_changed_becomes_the_one_that_init_writes_now(project: Path, tmp_path: Path) -> None:
    assert {each.action for each in renew(project)} == {"replace", "add", "remove"}
    now = tmp_path / "now"
    write_project(now, area="E06000058")
    assert _files(project) == _files(now)
    assert renew(project) == []


def test_what_people_changed_is_left_and_told_line_by_line(edited: Path) -> None:
    before = {name: (edited / name).read_bytes() for name in (STREET, OWN_FEED)}
    told = {each.path: each.lines for each in renew(edited) if each.action == "change"}
    assert {name: (edited / name).read_bytes() for name in before} == before
    assert set(told) == {STREET, OWN_FEED}
    line = 1 + before[STREET].decode().splitlines().index(f"    {OLD_CELL}")
    assert f"line {line}: -     {OLD_CELL}" in told[STREET]
    assert any(said.endswith(f"+     {NEW_CELL}") for said in told[STREET])
    # A contract of their own has no file of today's beside it: it is told what its terms must be.
    (said,) = told[OWN_FEED]
    assert said.startswith(f"contracts/feeds/own_street.py, line {line}: cell is a text")
    assert said.endswith(f"Write {NEW_CELL.removesuffix(',')}.")


def test_definitions_of_its_own_without_a_public_rule_are_told_with_their_lines(project: Path) -> None:
    renew(project)
    text = (project / "contracts/kpis/kpi_3b.yaml").read_text()
    rule = next(line for line in text.splitlines(keepends=True) if line.startswith("  public: "))
    (project / "contracts/kpis/kpi_own.yaml").write_text(text.replace(rule, ""))
    told = {each.path: each.lines for each in renew(project)}
    first = 1 + text.replace(rule, "").splitlines().index("  - metric_id: 3b.mediation")
    (said,) = told["contracts/kpis/kpi_own.yaml"]
    assert said.startswith(
        f"kpi_own.yaml, line {first}: 3b.mediation: missing public. Write it here, or under defaults"
    )
    assert said.endswith("`public: {method: none}` publishes nothing of a metric.")


@pytest.mark.soak
def test_it_builds_after_what_was_told(edited: Path, tmp_path: Path, new_lake: Callable[..., Settings]) -> None:
    """An older project builds once its people have changed the lines they were told of."""
    renew(edited)
    for name in (STREET, OWN_FEED):
        (edited / name).write_text((edited / name).read_text().replace(OLD_CELL, NEW_CELL))
    assert [each for each in outdated_files(edited) if each.action != "change"] == []
    (edited / OWN_FEED).unlink()  # without a staging model of its own it only stands for a contract that loads
    settings = Settings.load(new_lake(tmp_path / "lake").home, project=edited)
    done = subprocess.run(
        [COMMAND, "build"], cwd=tmp_path, env=child_environment(settings), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "the numbers hold all up to entry 4" in done.stdout


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
