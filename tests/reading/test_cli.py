"""The reading commands, as people and programs call them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from safer_kpi.cli.main import app

VIOLENCE = "1a.violence_and_sexual_offences"


@pytest.fixture(scope="module")
def home(book_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("cli")
    book_writer(folder / "safer_kpi.duckdb")
    return str(folder)


def _run(*arguments: str, code: int = 0, stdin: str | None = None) -> str:
    found = CliRunner().invoke(app, list(arguments), input=stdin)
    assert found.exit_code == code, found.output
    return found.output


def _rows(*arguments: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(_run(*arguments, "--json"))["rows"]
    return rows


def test_show_says_that_nothing_is_published(home: str) -> None:
    text = _run("show", VIOLENCE, "--area", "Seatown", "--by", "quarter", "--home", home)
    assert "Nothing has been published yet" in text
    assert "58" in text


def test_show_as_known_at_a_date(home: str) -> None:
    arguments = ("show", VIOLENCE, "--area", "L1", "--period", "2024-25-Q1", "--home", home)
    [row] = _rows(*arguments, "--known-at", "2024-08-15")
    assert (row["value"], row["status"], row["period_start"]) == (56.0, "uncertified", "2024-04-01")
    assert "nobody has certified it" in _run(*arguments, "--release", "now")


def test_compare_prints_a_statement_that_adds_up(home: str) -> None:
    arguments = (
        "compare",
        "2024-08-15",
        "now",
        "--metric",
        VIOLENCE,
        "--area",
        "L1",
        "--by",
        "quarter",
        "--home",
        home,
    )
    text = _run(*arguments).splitlines()
    lines = text[next(i for i, line in enumerate(text) if " · " in line) :]
    assert lines[0].startswith(f"{VIOLENCE} · Seatown · 2024-25-Q1")
    assert lines[1].startswith("  as known on 2024-08-15 ...")
    assert [line.split()[-1] for line in lines[1:7]] == ["56", "-14", "+2", "-1", "+15", "58"]
    assert lines[7] == "  residual 0"
    assert [row["amount"] for row in _rows(*arguments)] == [56, -14, 2, -1, 15, 58]


def test_compare_begins_with_a_summary(home: str) -> None:
    text = " ".join(_run("compare", "2024-08-15", "now", "--home", home).split())
    assert text.index("From as known on 2024-08-15") < text.index("Both sides have a figure for 74 numbers")
    assert (
        text.index("What moved most")
        < text.index("Deliveries and rules behind the changes")
        < text.index(" · Seatown · ")
    )
    assert "2 of 2" not in text  # nothing is left out, so nothing is counted
    text = " ".join(_run("compare", "now", "now", "--home", home).split())
    assert "Nothing changed: 80 numbers are the same on both sides, residual 0." in text


def test_compare_says_where_there_is_no_figure(home: str) -> None:
    # On 15 June April alone was in: the quarter lacks two months, June is not there at all.
    arguments = ("compare", "2024-06-15", "now", "--metric", VIOLENCE, "--area", "L1", "--home", home)
    quarter = _run(*arguments, "--by", "quarter")
    assert "as known on 2024-06-15 (no figure: incomplete) ..." in quarter
    june = _run(*arguments, "--period", "2024-06")
    assert "as known on 2024-06-15 (no figure: not covered) ..." in june
    assert "has its first figure, 15 offences (not covered until now)" in " ".join(june.split())


def test_compare_writes_files_whole(home: str, tmp_path: Path) -> None:
    page, rows = tmp_path / "page.html", tmp_path / "rows.csv"
    arguments = ("compare", "2024-08-15", "now", "--metric", VIOLENCE, "--home", home)
    text = _run(*arguments, "--html", str(page), "--csv", str(rows))
    assert f"The page: {page}" in text
    assert f"Every row: {rows}" in text
    assert " · Seatown · " not in text  # the statements are on the page
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert rows.read_text(encoding="utf-8") == _run(*arguments, "--csv", "-")
    assert {path.name for path in tmp_path.iterdir()} == {"page.html", "rows.csv"}
    assert "cannot be written" in _run(*arguments, "--csv", str(tmp_path / "none" / "rows.csv"), code=2)
    _run(*arguments, "--csv", "-", "--json", code=2)


def test_compare_gives_programs_the_summary_beside_the_rows(home: str) -> None:
    found = json.loads(_run("compare", "2024-08-15", "now", "--home", home, "--json"))
    assert list(found) == ["rows", "summary"]
    assert found["summary"]["totals"]["moved"] == 38  # counted in test_statement.py
    assert [number["closing"] for number in found["summary"]["moved"]] == [10, 58]
    assert found["summary"]["a"]["label"] == "as known on 2024-08-15"


def test_compare_prints_rows_when_asked(home: str) -> None:
    text = _run("compare", "2024-08-15", "now", "--area", "L1", "--by", "quarter", "--rows", "--home", home)
    assert "opening" in text.rpartition("residual 0")[2]


def test_trace_names_files_and_rows(home: str) -> None:
    text = _run("trace", VIOLENCE, "--area", "W1", "--period", "2024-06", "--home", home)
    assert "2024-06b.csv" in text
    rows = _rows("trace", VIOLENCE, "--area", "W1", "--period", "2024-06", "--home", home)
    assert [row["weight"] for row in rows] == [6, -6, 7]


def test_lists(home: str) -> None:
    assert len(_rows("metrics", "--home", home)) == 4
    assert {row["feed"] for row in _rows("feeds", "--home", home)} == {"police_street", "population"}
    assert len(_rows("deliveries", "police_street", "--home", home)) == 5
    assert _rows("release", "list", "--home", home) == []
    assert "Nothing has been published yet" in _run("verify", "--home", home)


def test_mistakes_end_with_two_and_no_traceback(home: str, tmp_path: Path) -> None:
    assert "No metric '1a.robbery' exists" in _run("show", "1a.robbery", "--home", home, code=2)
    assert "safer-kpi build" in _run("show", VIOLENCE, "--home", str(tmp_path / "none"), code=2)
    assert "period length" in _run("show", VIOLENCE, "--by", "week", "--home", home, code=2)
    assert "no lake" in _run("quarantine", "--home", home, code=2)
    _run("show", "--home", home, code=2)


def test_sql_reads_by_bare_and_by_schema_name(home: str) -> None:
    assert _rows("sql", "SELECT count(*) AS n FROM observation", "--home", home) == [{"n": 80}]
    assert _rows("sql", "SELECT count(*) AS n FROM kpi.observation", "--home", home) == [{"n": 80}]
    assert _rows("sql", "SELECT count(*) AS n FROM kpi.as_of(TIMESTAMP '2024-08-15')", "--home", home) == [{"n": 80}]
    assert "read-only" in _run("sql", "DROP TABLE kpi.ledger", "--home", home, code=2)


def test_sql_takes_statements_from_a_pipe(home: str) -> None:
    text = _run("sql", "--json", "--home", home, stdin="SELECT 1 AS a;\nSELECT broken;\nSELECT\n2 AS b;\n")
    assert [json.loads(line)["rows"] for line in text.splitlines() if line.startswith("{")] == [[{"a": 1}], [{"b": 2}]]


def test_a_file_name_is_data_to_the_terminal() -> None:
    from safer_kpi.cli.output import row_ranges, sparkline, text

    assert text("a\x1b[31m[bold]b") == "a?[31m[bold]b"
    assert row_ranges([2, 3, 4, 9, 11, 12], most=2) == "2-4, 9 and 2 more"
    assert sparkline([0, None, 7]) == "▁ █"


def test_help_loads_no_database() -> None:
    command = [sys.executable, "-c", "from safer_kpi.cli.main import main; main()", "--help"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "compare" in found.stdout
    loaded = subprocess.run(
        [sys.executable, "-c", "import safer_kpi.cli.main, sys; print('duckdb' in sys.modules, 'rich' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.split()[0] == "False"


def test_a_preview_that_is_older_than_what_is_live_says_so(home: str, book_writer: Callable[..., Path]) -> None:
    told = "build it again to see the change alone"
    book_writer(Path(home) / "safer_kpi.dev.duckdb", last_entry=6)
    assert told in " ".join(_run("compare", "prod", "dev", "--home", home).split())
    book_writer(Path(home) / "safer_kpi.dev.duckdb", definition=2)
    assert told not in " ".join(_run("compare", "prod", "dev", "--home", home).split())
