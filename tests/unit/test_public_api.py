from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import safer_kpi

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


def test_importing_is_fast() -> None:
    code = "import time; t = time.perf_counter(); import safer_kpi; print(time.perf_counter() - t)"
    assert min(float(_run(code)) for _ in range(3)) < 0.1


def test_everything_exported_is_there_and_documented() -> None:
    for name in safer_kpi.__all__:
        assert getattr(safer_kpi, name).__doc__, name
    assert dir(safer_kpi) == sorted(safer_kpi.__all__)


def test_the_package_is_typed() -> None:
    assert (Path(safer_kpi.__file__).parent / "py.typed").is_file()
