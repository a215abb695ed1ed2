"""The pages on running it: their commands run, the settings are all there are, and every name in them exists."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from safer_kpi.cli.main import app
from tests.docs.conftest import COMMAND, Demo, environment

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "explanation/a-dropped-file.md",
    "how-to/run-on-one-machine.md",
    "how-to/approve-on-the-page.md",
    "how-to/run-for-a-team.md",
    "how-to/check-a-lake.md",
    "how-to/upgrade.md",
    "how-to/back-up-and-restore.md",
    "how-to/when-something-fails.md",
    "reference/inbox.md",
    "reference/settings.md",
]
TEXT = "\n".join((ROOT / "docs" / page).read_text(encoding="utf-8") for page in PAGES)
SETTINGS = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)


def lines(kind: str, text: str = TEXT) -> list[str]:
    return [line for block in re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]


@pytest.mark.soak
@pytest.mark.long(30)
def test_every_command_that_needs_no_airflow_runs(demo: Demo, tmp_path: Path) -> None:
    """The `sh` lines of the pages on running it, in their order, on a copy of the demo."""
    folder = demo.copied_to(tmp_path)
    own = environment() | {"XDG_STATE_HOME": str(tmp_path / "state")}  # other copies know other heads
    for line in lines("sh"):
        words = shlex.split(line)
        command = [sys.executable, str(COMMAND), *words[1:]] if words[0] == "safer-kpi" else words
        done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("line", [*lines("bash", README), *lines("bash")])
def test_every_other_command_is_one_that_exists(line: str) -> None:
    """They are run against a real Airflow by tests/flows/test_documented_airflow.py."""
    words = [word for word in shlex.split(line) if not re.match(r"[A-Z_]+=", word)]
    if words[0] == "safer-kpi":
        names = get_command(app).commands[words[1]].params  # type: ignore[attr-defined]
        options = {option for each in names for option in each.opts}
        assert {word for word in words[2:] if word.startswith("--")} <= options
    else:
        assert words[0] in {"airflow", "cat", "cp", "mv"}


def test_every_setting_is_in_the_table_and_no_other() -> None:
    known = set(re.findall(r'"(SAFER_KPI_[A-Z_]+)"', (ROOT / "safer_kpi" / "settings.py").read_text(encoding="utf-8")))
    assert set(re.findall(r"^\| `(SAFER_KPI_[A-Z_]+)`", SETTINGS, re.MULTILINE)) == known
    assert set(re.findall(r"SAFER_KPI_[A-Z_]*[A-Z]", TEXT)) == known
    assert set(re.findall(r"SAFER_KPI_[A-Z_]*[A-Z]", README)) <= known
    aws = set(re.findall(r'"(AWS_[A-Z_]+)"', (ROOT / "safer_kpi" / "settings.py").read_text(encoding="utf-8")))
    assert set(re.findall(r"`(AWS_[A-Z_]+)`", SETTINGS)) == aws


def test_every_extra_is_in_the_table_and_no_other() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(re.findall(r"^\| `([a-z0-9]+)`", SETTINGS, re.MULTILINE)) == set(extras)


def test_every_option_of_airflow_exists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", os.environ.get("AIRFLOW_HOME", str(tmp_path)))
    from airflow.configuration import conf

    named = set(re.findall(r"AIRFLOW__([A-Z_]+?)__([A-Z_]+)", TEXT))
    assert len(named) >= 6
    for section, option in named:
        assert option.lower() in conf.configuration_description[section.lower()]["options"], (section, option)


def test_pictures_are_there_small_and_told_in_words() -> None:
    """That links lead somewhere is checked by ``make docs-site`` for every page."""
    assert {"../images/asset-graph.png", "../images/pending-approval.png"} <= set(re.findall(r"\]\(([^)#]+)", TEXT))
    for picture in (ROOT / "docs" / "images").glob("*.png"):
        assert picture.stat().st_size < 256_000, picture.name
    assert all(len(alt) > 80 for alt in re.findall(r"!\[([^\]]*)\]", TEXT))


def test_the_rules_it_tells_are_those_of_the_code() -> None:
    from safer_kpi.inbox import arrivals, tidy

    assert all(f"`{ending}`" in TEXT for ending in arrivals.__globals__["_UNFINISHED"])
    assert f"after {tidy.__globals__['KEEP_DAYS']} days" in TEXT
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for extras in re.findall(r"safer-kpi\[([a-z,0-9]+)\]", TEXT):
        assert set(extras.split(",")) <= set(packages)
    assert {path.stem for path in (ROOT / "dags").glob("*.py")} - {"fetch_feeds", "land_feeds"} <= set(
        re.findall(r"`(\w+)`", TEXT)
    )


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z0-9]+)", TEXT)) <= targets
    assert shutil.which("make")
