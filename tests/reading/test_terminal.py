"""Every reading command at the widths of terminals: no number, id or name is broken over lines."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi.cli import output
from safer_kpi.cli.main import app

VIOLENCE = "1a.violence_and_sexual_offences"
QUARTER = (VIOLENCE, "--area", "L1", "--by", "quarter")
COMMANDS = [
    ("show", VIOLENCE),
    ("show", *QUARTER),
    ("metrics",),
    ("feeds", "--on", "2024-12-01"),
    ("feeds", "police_street", "--on", "2024-12-01"),
    ("deliveries",),
    ("trace", VIOLENCE, "--area", "L1", "--period", "2024-25-Q1"),
    ("trace", "--delivery", "5"),
    ("change", VIOLENCE),
    ("peers", VIOLENCE, "--area", "L1"),
    ("compare", "2024-08-15", "now", "--metric", VIOLENCE, "--area", "L1", "--by", "quarter", "--rows"),
    ("sql", "SELECT * FROM kpi.observation LIMIT 3"),
]


@pytest.fixture(scope="module")
def home(book_writer: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("terminal")
    book_writer(folder / "safer_kpi.duckdb")
    return str(folder)


def _told(*arguments: str) -> str:
    found = CliRunner().invoke(app, list(arguments))
    assert found.exit_code == 0, found.output
    return found.output


def _names_and_numbers(text: str) -> set[str]:
    return {word.rstrip(":,.;") for word in text.split() if any(letter.isdigit() for letter in word)}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_a_pipe_is_told_whole_a_terminal_is_told_whole(
    home: str, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _names_and_numbers(_told(*command, "--home", home))
    assert whole
    for width in (80, 120, 200):
        monkeypatch.setattr(output, "width", lambda width=width: width)
        told = _told(*command, "--home", home)
        assert whole <= _names_and_numbers(told), width
        assert [line for line in told.splitlines() if len(line) > width] == []


@pytest.mark.parametrize("columns", [80, 120, 200])
def test_a_terminal_is_asked_for_its_width(home: str, columns: int) -> None:
    told = _in_a_terminal(columns, "metrics", "--home", home)
    assert VIOLENCE in told.replace("=", " ").split()  # it was "1a.viole", "nce_and_", ... at 80
    assert max(map(len, told.splitlines())) <= columns


def _in_a_terminal(columns: int, *arguments: str) -> str:
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = [sys.executable, "-c", "from safer_kpi.cli.main import main; main()", *arguments]
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    with subprocess.Popen(command, stdin=end, stdout=end, stderr=end, env=environment) as running:
        os.close(end)
        told = b""
        while True:
            try:
                part = os.read(terminal, 65_536)
            except OSError:  # Linux raises where the other end is closed
                break
            if not part:
                break
            told += part
    os.close(terminal)
    assert running.returncode == 0, told
    return told.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("command", [one for one in COMMANDS if one[0] not in {"compare", "sql"}], ids=" ".join)
def test_csv_has_the_rows_and_columns_of_json(home: str, command: tuple[str, ...]) -> None:
    rows = json.loads(_told(*command, "--json", "--home", home))["rows"]
    read = list(csv.reader(io.StringIO(_told(*command, "--csv", "--home", home))))
    assert read[0] == list(rows[0])
    assert [[_as_csv(cell) for cell in row.values()] for row in rows] == read[1:]


def _as_csv(cell: object) -> str:
    """Return what a field of CSV is for a value of JSON."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def test_csv_of_no_rows_has_a_header(home: str) -> None:
    told = _told("show", VIOLENCE, "--period", "1999-01", "--csv", "--home", home)
    assert told.startswith("metric_id,definition_version,area_code,")
    assert len(told.splitlines()) == 1


def test_csv_runs_no_formula_and_keeps_the_signs_of_numbers(home: str) -> None:
    told = _told(
        "sql", "SELECT '=1+1' AS a, ' +x' AS b, -5 AS c, true AS d, NULL AS e, 'x,y' AS f", "--csv", "--home", home
    )
    assert told.splitlines() == ["a,b,c,d,e,f", "'=1+1,' +x,-5,true,,\"x,y\""]


def test_only_one_form_is_printed(home: str) -> None:
    found = CliRunner().invoke(app, ["metrics", "--json", "--csv", "--home", home])
    assert (found.exit_code, "cannot be combined" in found.output) == (2, True)


def test_every_command_that_reads_has_csv() -> None:
    reading = (
        "show",
        "metrics",
        "feeds",
        "deliveries",
        "quarantine",
        "trace",
        "vintages",
        "change",
        "verdicts",
        "peers",
    )
    reading += ("compare", "verify", "sql")
    groups = {("release",): ("list",), ("contract",): ("list", "show", "diff"), (): reading}
    for group, names in groups.items():
        for name in names:
            assert "--csv" in _told(*group, name, "--help"), name
