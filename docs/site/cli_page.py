"""The reference of the command line, made from the commands themselves."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from safer_kpi.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator

INTRODUCTION = """# Commands

`safer-kpi COMMAND --help` prints the same. A command that reads prints a table, and with `--json` one object
`{"rows": [...]}` whose names are those of the tables of the read file. A command finds its project by
`SAFER_KPI_PROJECT` or the working folder, and its lake by `--home`, `SAFER_KPI_HOME` or `./lake`.

| exit code | means |
|---|---|
| 0 | done |
| 1 | a check failed, or another writer holds the lake |
| 2 | a mistake of usage, or an extra is not installed: the message names it |
| 3 | the input was refused |
| 4 | the disk, the object storage, the catalogue or the network failed; nothing was half done: run it again |
| 70 | a fault of safer-kpi: the message says where, and how to report it |
| 130 | stopped by Ctrl-C; nothing was half done |
| 141 | the program that reads the output ended, as `head` does |
| 143 | stopped by SIGTERM; nothing was half done |

An error is a message on standard error: what happened, and what to do next. It never holds a row's value, a secret or
the text of another program. `safer-kpi --debug COMMAND` also shows where in the code it happened and what led to it,
without passwords, keys and quoted values.
"""


def cli_page() -> str:
    """Return the page."""
    sections = [_section(name, command) for name, command in commands()]
    return INTRODUCTION + "\n" + "\n".join(sections)


def commands() -> Iterator[tuple[str, Any]]:
    """Return every command that does something, by the words that name it."""
    top: Any = get_command(app)
    for name, command in sorted(top.commands.items()):
        inside = getattr(command, "commands", None)
        if inside is None:
            yield name, command
        else:
            yield from ((f"{name} {word}", one) for word, one in sorted(inside.items()))


def _section(name: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join([f"safer-kpi {name}", *(_argument(one) for one in arguments), *(["[OPTIONS]"] if options else [])])
    text = [f"## {name}", "", inspect.cleandoc(command.help or ""), "", "```text", usage, "```", ""]
    if arguments:
        text += ["| argument | what it is |", "|---|---|"]
        text += [f"| `{_argument(one)}` | {_cell(one.help)} |" for one in arguments]
        text += [""]
    text += ["| option | what it does |", "|---|---|"]
    text += [f"| {_option(one)} | {_cell(one.help)} |" for one in options]
    return "\n".join([*text, ""])


def _argument(one: Any) -> str:
    name = one.metavar or one.name.upper()
    several = "..." if one.nargs == -1 and not name.endswith(("...", "…")) else ""
    return f"{name}{several}" if one.required else f"[{name}{several}]"


def _option(one: Any) -> str:
    value = "" if one.is_flag else f" {one.metavar or one.name.upper()}"
    names = ", ".join(f"`{name}{value}`" for name in one.opts)
    return names + (" (required)" if one.required else "")


def _cell(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").replace("|", "\\|").replace("<", "\\<")
