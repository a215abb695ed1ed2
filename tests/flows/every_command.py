"""Run every command of the installed package once and print how each ended; run by another interpreter.

Each command is a fork of this process, which has imported the commands: 40 of them take seconds. A command that is
added later is run too; its arguments are made up from their names, else from their types.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from typer.main import get_command

from safer_kpi.cli.main import app
from safer_kpi.cli.start import main

#: What fits an argument of a name; others get a word that fits nothing.
FITTING = {
    "a": "2024-01-01",
    "area": "E06000058",
    "b": "now",
    "feed": "police_street",
    "metric": "1a.robbery",
    "period": "2024-01",
    "words": "police_street",
}
#: What lets root write where nobody may: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER, as bits.
_RIGHTS = 1 << 1 | 1 << 2 | 1 << 3


def every(command: Any, words: list[str]) -> list[tuple[list[str], Any]]:
    """Return every command that does something, with the words that name it."""
    inside = getattr(command, "commands", None)
    if inside is None:
        return [(words, command)]
    return [found for word, one in sorted(inside.items()) for found in every(one, [*words, word])]


def arguments(command: Any, home: Path, file: Path) -> list[str]:
    """Return arguments with which a command runs."""
    made: list[str] = []
    for one in command.params:
        value = FITTING.get(one.name, "1" if one.type.name == "integer" else "word")
        if one.name in {"file", "files"}:
            value = str(file)
        if one.required:
            made += [value] if one.param_type_name == "argument" else [one.opts[0], value]
        if one.name == "words":
            made += [str(file)]
        if one.name == "home":
            made += ["--home", str(home)]
    return made


def give_up_rights() -> None:
    """Let root, too, write only where a folder's rights allow it."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    libc.capget(header, sets)
    sets[0] &= ~_RIGHTS
    if libc.capset(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def run(words: list[str], *, unprivileged: bool) -> dict[str, Any]:
    """Run one command in a fork; return its exit code and what it printed on standard error."""
    with tempfile.TemporaryFile() as out:
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(out.fileno(), 2)
            if unprivileged and os.geteuid() == 0:
                give_up_rights()
            sys.argv = ["safer-kpi", *words]
            code = 99
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 98
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        out.seek(0)
        return {"words": words, "code": os.waitstatus_to_exitcode(status), "said": out.read().decode(errors="replace")}


def run_all(home: str, file: str, unprivileged: str) -> None:
    """Run every command, and its help where there is no lake."""
    told = []
    for words, command in every(get_command(app), []):
        told.append(run([*words, *arguments(command, Path(home), Path(file))], unprivileged=bool(unprivileged)))
        if not Path(home).exists():
            told.append(run([*words, "--help"], unprivileged=False))
    print(json.dumps(told))


if __name__ == "__main__":
    run_all(*sys.argv[1:4])
