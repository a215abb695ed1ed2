"""The command ``drop``: put a file into the inbox, as its partner would."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Home, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("drop")(drop)


def drop(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The files, on this machine.")],
    feed: Annotated[
        str | None, typer.Option("--feed", help="Their feed; default: the one that each file's name fits.")
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Put files into the inbox, whole or not at all; a running Airflow lands them."""
    from safer_kpi.cli.output import emit
    from safer_kpi.inbox import dropped
    from safer_kpi.settings import Settings

    settings = Settings.load(home)
    emit([row.as_row() for row in dropped(settings, files, feed=feed)], as_json=json, columns=["feed", "file", "inbox"])
