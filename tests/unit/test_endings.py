"""However a command ends, it ends in words and with the exit code of the reference: errors, faults, signals, pipes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from safer_kpi import settings
from safer_kpi.cli.main import app

NAME, WORD = "Jane Doe", "TOPSECRET-word"
START = "import os, signal, sys\nfrom safer_kpi.cli.start import main\n"
#: A command that prints far more than a pipe holds.
LONG = (
    START
    + "import safer_kpi.settings as s\n"
    + "s.Settings.load = lambda *_, **__: sys.stdout.write('x' * 10_000_000)\n"
    + "sys.argv[1:] = ['sweep']\n"
    + "main()"
)
#: A command that a signal meets in its middle: where it reads its settings.
MET = (
    START
    + "import safer_kpi.settings as s\n"
    + "def load(*_, **__):\n"
    + "    try:\n"
    + "        signal.raise_signal({number})\n"
    + "    except BaseException as met:\n"
    + "        raise {raised}\n"
    + "s.Settings.load = load\n"
    + "sys.argv[1:] = ['sweep']\n"
    + "main()"
)


def run(code: str, *, stdout: int = subprocess.PIPE, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | environment,
    )


def swept(problem: BaseException, monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, str]:
    """Return the exit code of a command whose work raises, and what it printed."""

    def load(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr(settings.Settings, "load", load)
    result = CliRunner().invoke(app, [*options, "sweep"])
    assert isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_a_fault_says_that_it_is_one_and_where_it_is_and_quotes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = swept(KeyError(NAME), monkeypatch)
    assert code == 70
    assert "fault of safer-kpi" in text
    assert "KeyError in safer_kpi/cli/land.py, line" in text
    assert "--debug" in text
    assert "report" in text
    assert NAME not in text
    assert "Traceback" not in text


def test_debug_shows_the_chain_without_values_and_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    first = RuntimeError(f"host=h password={WORD} of '{NAME}'")
    second = KeyError(NAME)
    second.__cause__ = first
    code, text = swept(second, monkeypatch, "--debug")
    assert code == 70
    assert text.index("RuntimeError: host=h password=***") < text.index("KeyError")
    assert "safer_kpi/cli/land.py" in text
    assert NAME not in text
    assert WORD not in text


def test_a_full_disk_ends_with_its_own_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = swept(OSError(errno.ENOSPC, "full", f"/partner/{NAME}.csv"), monkeypatch)
    assert (code, text.splitlines()[0]) == (4, "The disk is full.")
    assert "Make room" in text


@pytest.mark.parametrize(
    ("number", "raised", "code"),
    [
        (signal.SIGINT, "met", 130),
        (signal.SIGINT, "RuntimeError('Query interrupted') from None", 130),  # as an engine may turn it
        (signal.SIGTERM, "met", 143),
    ],
)
def test_a_signal_ends_a_command_in_words(number: signal.Signals, raised: str, code: int) -> None:
    done = run(MET.format(number=number.value, raised=raised))
    assert done.returncode == code
    assert done.stderr.startswith("Stopped by ")
    assert "Traceback" not in done.stderr


def test_ctrl_c_while_the_commands_are_imported_prints_no_traceback() -> None:
    begins = f"{START}import safer_kpi.cli\nsys.modules['safer_kpi.cli.main'] = type('M', (), {{'__getattr__': "
    done = run(f"{begins}lambda *_: signal.raise_signal(2)}})()\nmain()")
    assert (done.returncode, done.stderr) == (130, "")


def test_a_reader_that_has_gone_ends_a_command_silently() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(LONG, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is full")
def test_standard_output_on_a_full_disk_is_said() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        done = run(f"{START}sys.argv[1:] = ['contract', 'show', '--help']\nmain()", stdout=full)
    finally:
        os.close(full)
    assert done.returncode == 4
    assert "The disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_terminal_that_cannot_show_a_letter_gets_an_escape() -> None:
    code = f"{START}sys.argv[1:] = ['show', 'm', '--home', '/nowhere/\\u202ename']\nmain()"
    done = run(code, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert done.stderr.isascii()
    assert "Traceback" not in done.stderr
