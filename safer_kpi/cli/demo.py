"""The command ``demo``."""

from __future__ import annotations

from typing import Annotated

import typer

from safer_kpi.cli.options import Home


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    home: Home = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Remove a demo's lake that is there, and make it anew.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Remove a demo's lake that is there.")] = False,
) -> None:
    """Land, build and publish two years of made-up partners' files, and show the result.

    A demo's lake that is there already is only shown. --replace and --remove refuse where anything is in it that the
    demo did not make: a delivery, a release, a draft, a file in the inbox or beside it.
    """
    from safer_kpi.cli.output import console
    from safer_kpi.demo import own
    from safer_kpi.demo.run import demo_settings, run
    from safer_kpi.errors import UsageError
    from safer_kpi.settings import Settings

    folder = Settings.load(home).home
    if replace and remove:
        raise UsageError("--replace and --remove exclude each other.", next_action="Give one of them.")
    if remove:
        own.remove(demo_settings(folder))
        typer.echo(f"The demo's lake at {folder} was removed.")
        return
    run(folder, console(), replace_it=replace)
