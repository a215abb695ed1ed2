"""Every command and snippet of the README runs against the demo's lake, and its statement is what comes out."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.docs.conftest import Demo, run

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
COMPARE = next(line for line in README.splitlines() if line.startswith("safer-kpi compare") and "--period" in line)


def commands() -> list[str]:
    return [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def folder(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where ``make demo`` has left ./lake."""
    return demo.copied_to(tmp_path_factory.mktemp("readme"))


def test_the_quoted_statement_is_what_compare_prints(folder):
    done = run(shlex.split(COMPARE)[1:], folder)
    quoted = next(text for kind, text in BLOCKS if kind == "text")
    assert [line.rstrip() for line in done.stdout.strip().splitlines()] == [
        line.rstrip() for line in quoted.strip().splitlines()
    ]


def test_python_snippets_run(folder):
    snippets = [text for kind, text in BLOCKS if kind == "python"]
    assert snippets
    for text in snippets:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", text], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_sql_snippets_answer(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for text in [text for kind, text in BLOCKS if kind == "sql"]:
        with duckdb.connect() as connection:
            for statement in text.split(";"):
                if statement.strip():
                    rows = connection.execute(statement).fetchall()
                    assert rows or not statement.strip().startswith("SELECT")


def test_every_command_runs_in_the_order_written(folder):
    """Each ends with 0; the make targets are the ones of the Makefile."""
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    ran = 0
    for line in commands():
        words = shlex.split(line, comments=True)
        if words[0] == "make":
            assert words[1] in targets
            continue
        assert words[0] == "safer-kpi"
        done = run(words[1:], folder)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        ran += 1
    assert ran >= 20
