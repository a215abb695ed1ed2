from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

from typer.testing import CliRunner

import safer_kpi
from safer_kpi.cli.main import app

ROOT = Path(__file__).resolve().parents[2]

HEAVY = [
    "pandas",
    "polars",
    "pandera",
    "pydantic",
    "sqlmesh",
    "airflow",
    "duckdb",
    "pyarrow",
    "numpy",
    "typer",
    "fsspec",
]


def _run(code: str) -> str:
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return found.stdout


def test_importing_loads_nothing_heavy() -> None:
    loaded = _run(f"import safer_kpi, sys, json; print(json.dumps([m for m in {HEAVY} if m in sys.modules]))")
    assert json.loads(loaded) == []


def test_everything_exported_is_there_and_documented() -> None:
    for name in safer_kpi.__all__:
        assert getattr(safer_kpi, name).__doc__, name
    assert "__version__" in safer_kpi.__all__
    assert dir(safer_kpi) == sorted(safer_kpi.__all__)


def test_the_package_is_typed() -> None:
    assert (Path(safer_kpi.__file__).parent / "py.typed").is_file()


def test_the_version_is_that_of_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert safer_kpi.__version__ == project["version"]


def test_importing_does_not_look_the_version_up() -> None:
    code = "import sys, safer_kpi; print('importlib.metadata' in sys.modules); print(safer_kpi.__version__)"
    assert _run(code).splitlines() == ["False", safer_kpi.__version__]


def test_the_command_prints_the_version_and_stops() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, f"safer-kpi {safer_kpi.__version__}\n")
