"""The worked examples of docs/examples open the small lake and show its numbers."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

VIOLENCE, RATE = "1a.violence_and_sexual_offences", "1a.violence_and_sexual_offences_rate"
NOT_MEASURED = (
    "- 2a Words of 2a: not measured: no partner supplies notices and orders, asked for from the police and the courts"
)
EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_tool_on_sqlalchemy_prints_the_wards_and_can_write_nothing(folder: Path) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    wards = example("wards")
    engine = wards.read_only(folder / "release.duckdb")
    # North 12 of April and 3 of June and South 19, 12 and 12 are the 58 of the area.
    shown = wards.lines(engine, VIOLENCE)
    assert [line.split(":")[0] for line in shown] == ["North, 2024-25-Q1", "South, 2024-25-Q1"]
    assert sum(float(line.split(": ")[1].split()[0]) for line in shown) == 58
    assert all(line.endswith("offences, certified") for line in shown)
    assert wards.lines(engine, "nothing' OR 1=1 --") == []
    with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="read-only"):
            connection.execute(text("DELETE FROM kpi.certified"))
        with pytest.raises(DBAPIError, match=r"disabled|does not exist"):
            connection.execute(text("SELECT * FROM '/etc/hostname'"))
    engine.dispose()


@pytest.mark.e2e
def test_the_notebook_shows_a_measure(told_releases: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFER_KPI_HOME", str(told_releases))
    monkeypatch.setattr(sys, "argv", ["notebook.py"])
    _, cells = example("notebook").app.run()
    assert [(row["period"], row["value"]) for row in cells["numbers"]] == [("2024-25-Q1", 59)]  # the force comes first
    assert cells["missing"] == [NOT_MEASURED]
    cells["lake"].close()


@pytest.mark.e2e
def test_the_notebook_is_exported_as_a_page(told_releases: Path, tmp_path: Path) -> None:
    page = tmp_path / "measure.html"
    notebook = shutil.copy(EXAMPLES / "notebook.py", tmp_path)  # marimo keeps what it showed beside it
    words = ["export", "html", str(notebook), "-o", str(page), "--"]
    asked = ["--home", str(told_releases), "--metric", RATE]
    command = [sys.executable, "-m", "marimo", *words, *asked]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert "Violence and sexual offences per 1,000 residents" in text
    assert "14.75" in text  # of the force: 59 of 4,000
