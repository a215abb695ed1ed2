"""Commands ``up`` and ``down``: a local Airflow for one person."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Annotated

import typer

from safer_kpi.cli.options import Home, Json

if TYPE_CHECKING:
    from safer_kpi.stack import Stack


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("up")(up)
    app.command("down")(down)


def up(
    home: Home = None,
    port: Annotated[int, typer.Option("--port", help="The port on this machine; 0 takes a free one.")] = 8080,
    user: Annotated[
        list[str] | None,
        typer.Option(
            "--user", metavar="NAME:ROLE", help="A user and a role (viewer, user, op, admin); can be repeated."
        ),
    ] = None,
    production: Annotated[
        bool,
        typer.Option("--production", help="Keep the lake as a team does: catalogue in Postgres, all else on S3."),
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Run in the background until `down`.")] = False,
    json: Json = False,
) -> None:
    """Start a local Airflow: Postgres, pages, scheduler, watchers; on this machine only."""
    from safer_kpi.cli.output import console, print_json
    from safer_kpi.errors import CheckFailed
    from safer_kpi.settings import Settings
    from safer_kpi.stack import start, status, stop

    settings = Settings.load(home)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    end, held = os.pipe()  # never written to: it ends with this command, and the stack with it
    began = time.monotonic()
    with console(stderr=True).status("starting") as shown:
        stack = start(
            settings,
            port=port,
            users=user or (),
            production=production,
            tied=None if detach else end,
            progress=shown.update,
        )
    if json:
        print_json([_row(stack)])
    else:
        _show(stack, seconds=time.monotonic() - began, detached=detach)
    if detach:
        return
    try:
        while status(settings) is not None:
            time.sleep(1)
    except KeyboardInterrupt:
        typer.echo("Stopping.", err=True)
        os.close(held)
        stop(settings)
    else:
        was_killed = stack.layout.state.exists()  # it is gone with one that stops in order
        stop(settings)
        if was_killed:
            raise CheckFailed("The local Airflow was killed.", next_action=f"See {stack.layout.logs}.")


def down(home: Home = None, json: Json = False) -> None:
    """Stop the local Airflow."""
    from safer_kpi.cli.output import print_json
    from safer_kpi.settings import Settings
    from safer_kpi.stack import stop

    stopped = stop(Settings.load(home))
    if json:
        print_json([{"stopped": stopped}])
    else:
        typer.echo(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


def _row(stack: Stack) -> dict[str, object]:
    return {
        "address": stack.address,
        "users": stack.users,
        "passwords": str(stack.layout.passwords),
        "inbox": str(stack.inbox),
        "logs": str(stack.layout.logs),
        "pids": stack.pids(),
    }


def _next(stack: Stack) -> list[tuple[str, str]]:
    if "://" not in stack.inbox:
        return [("Next", f"copy a file into {stack.inbox}/<feed>/")]
    lake = [("Lake", f". {stack.layout.variables}")] if stack.layout.variables.exists() else []
    return [*lake, ("Next", f"safer-kpi drop FILE puts it into {stack.inbox}")]


def _show(stack: Stack, *, seconds: float, detached: bool) -> None:
    from rich.console import Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    from safer_kpi.cli.output import console

    table = Table.grid(padding=(0, 2))
    for name, role in stack.users.items():
        password = stack.new_passwords.get(name)
        table.add_row(Text(name), Text(role), Text(password or f"password in {stack.layout.passwords}"))
    lines = (
        ("Logs", str(stack.layout.logs)),
        *_next(stack),
        ("Stop", "safer-kpi down" if detached else "Ctrl-C, or safer-kpi down"),
    )
    head = Text(f"Airflow is ready after {seconds:.0f} s: {stack.address}")
    shown = Group(head, table, *(Text(f"{what}: {how}") for what, how in lines))
    out = console()
    out.print(Panel(shown, expand=False) if out.is_terminal else shown, soft_wrap=not out.is_terminal)
