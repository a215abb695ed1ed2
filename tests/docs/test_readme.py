"""Every command and snippet of the README and of docs/how-to/audit.md runs against the demo's lake."""

from __future__ import annotations

import json
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
pytestmark = [pytest.mark.e2e, pytest.mark.long(60)]

README = (ROOT / "README.md").read_text(encoding="utf-8")
AUDITING = (ROOT / "docs" / "how-to" / "audit.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
CASE = re.findall(r"```(\w+)\n(.*?)```", AUDITING, re.DOTALL)
MORE = [
    block
    for page in ("explanation/verdicts.md", "reference/python.md", "reference/tables.md")
    for block in re.findall(
        r"^```(sh|sql|python)\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
]
RELEASE = (ROOT / "docs" / "how-to" / "make-a-release.md").read_text(encoding="utf-8")
COMPARE = next(line for line in README.splitlines() if line.startswith("safer-kpi compare") and "--period" in line)


def commands(blocks: list[tuple[str, str]] = BLOCKS) -> list[str]:
    return [line for kind, text in blocks if kind == "sh" for line in text.splitlines() if line.strip()]


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
    snippets = [text for kind, text in [*BLOCKS, *MORE] if kind == "python"]
    assert snippets
    for text in snippets:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", text], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_sql_snippets_answer(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for text in [text for kind, text in [*BLOCKS, *CASE, *MORE] if kind == "sql"]:
        with duckdb.connect("lake/safer_kpi.duckdb", read_only=True) as connection:
            for statement in text.split(";"):
                if statement.strip():
                    rows = connection.execute(statement).fetchall()
                    assert rows or not statement.strip().startswith("SELECT")


def test_every_command_runs_in_the_order_written(folder):
    """Each ends with 0; the make targets are the ones of the Makefile."""
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    ran = 0
    for line in commands([*BLOCKS, *MORE]):
        words = shlex.split(line, comments=True)
        if words[0] == "make":
            assert words[1] in targets
            continue
        assert words[0] == "safer-kpi"
        done = run(words[1:], folder)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        ran += 1
    assert ran >= 20


def test_a_release_is_made_by_commands_that_were_run():
    """The guide's commands stand in the README in the same order, where the test above runs them."""
    told = commands(re.findall(r"```(\w+)\n(.*?)```", RELEASE, re.DOTALL))
    every = commands()
    assert len(told) == 7
    assert set(told) <= set(every)
    making = [line for line in every if line.startswith("safer-kpi release") and "list" not in line]
    assert [line for line in told if line in making] == making


def test_the_worked_case_comes_out_as_it_is_told(folder):
    """Each figure the guide names is in what its command prints, or in the partner's file."""
    told = {}
    for line in commands(CASE):
        words = shlex.split(line)
        if words[0] == "safer-kpi":
            done = run(words[1:], folder)
        else:
            done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        told[line] = " ".join(done.stdout.split())
    compared = next(text for line, text in told.items() if "compare" in line)
    for part in (
        "rose by 58 to 90",
        "52 were added as cases progressed",
        "4 were recorded late",
        "2 were reclassified",
    ):
        assert part in compared
    assert "32" in next(text for line, text in told.items() if "show" in line)
    assert "It is in 90 numbers now." in next(text for line, text in told.items() if "--row" in line)
    assert "91f9a88da096" in next(text for line, text in told.items() if line.startswith("sha256sum"))
    assert "Court result unavailable" in next(text for line, text in told.items() if line.startswith("sed"))
    assert "declared is enough" in next(
        text for line, text in told.items() if "--period" in line and "vintages" in line
    )
    # 52 progressed: the moved rows of both deliveries, by weight, as the trace lists them
    rows = run([*shlex.split(next(line for line in told if "safer-kpi trace 1c" in line))[1:], "--json"], folder)
    moved = [row["weight"] for row in json.loads(rows.stdout)["rows"] if row["cause"] == "progressed"]
    assert sum(moved) == 52


def test_the_figures_that_no_command_of_the_case_prints_are_the_demos(folder: Path) -> None:
    """How many entries the first release holds, and the deliveries that held rows back and brought them mended."""
    with duckdb.connect(str(folder / "lake" / "safer_kpi.duckdb"), read_only=True) as connection:
        until, first = connection.execute(
            "SELECT known_at, last_entry FROM kpi.release WHERE release_id = '2023-24-Q4'"
        ).fetchall()[0]
        moved = connection.execute(
            "SELECT cause, delivery_id, sum(amount) FROM kpi.ledger "
            "WHERE metric_id = '1a.violence_against_person' AND la_code = 'E06000058' AND breakdown = 'all' "
            "AND month = '2023-10-01' AND posted_at > ? GROUP BY ALL",
            [until],
        ).fetchall()
    assert f"posts the {first} entries of that release again" in AUDITING
    by_cause = {cause: (delivery, int(amount)) for cause, delivery, amount in moved}
    assert by_cause.keys() == {"late", "held", "released"}
    (held_in, held), (released_in, released) = by_cause["held"], by_cause["released"]
    assert (
        f"delivery {held_in} takes out {-held} (`held`) and delivery {released_in} brings the {released} back "
        f"(`released`); only {by_cause['late'][1]} were recorded late."
    ) in AUDITING
