"""Commands that read start without the large libraries that builds and contracts need."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

VIOLENCE = "1a.violence_and_sexual_offences"
LARGE = ("airflow", "numpy", "pandas", "pandera", "polars", "pydantic", "rich", "scipy", "sqlglot", "sqlmesh", "yaml")
COMMANDS = [
    ["show", VIOLENCE],
    ["show", VIOLENCE, "--csv"],
    ["metrics"],
    ["feeds"],
    ["deliveries"],
    ["release", "list"],
    ["trace", VIOLENCE, "--area", "L1", "--period", "2024-06"],
    ["sql", "SELECT 1 AS n"],
]
# The modules of the commands that need a lake with raw bytes, which this test does not make.
MODULES = ["safer_kpi.lake", "safer_kpi.receipts.delivered", "safer_kpi.receipts.partner_receipt", "safer_kpi.releases"]
CODE = """
import importlib, json, sys
commands, modules, large = json.loads(sys.argv[1])
from typer.testing import CliRunner
from safer_kpi.cli.main import app
found = {}
def note(what):
    found[what] = [name for name in large if name in sys.modules]
for command in commands:
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    note(" ".join(command))
for module in modules:
    importlib.import_module(module)
    note(module)
print(json.dumps(found))
"""


def test_commands_that_read_start_without_large_libraries(book_writer: Callable[..., Path], tmp_path: Path) -> None:
    book_writer(tmp_path / "safer_kpi.duckdb")
    commands = [[*command, "--home", str(tmp_path)] for command in COMMANDS]
    run = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps([commands, MODULES, LARGE])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert len(found) == len(COMMANDS) + len(MODULES)
    assert {what: names for what, names in found.items() if names} == {}
