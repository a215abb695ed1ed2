"""The command ``demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="Where to make the demo's lake.")] = Path("lake"),
) -> None:
    """Land, build and publish two years of a made-up partner's files, and show what they became."""
    from safer_kpi.cli.output import console
    from safer_kpi.demo.run import run

    run(home, console())
