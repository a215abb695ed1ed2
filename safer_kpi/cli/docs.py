"""The command ``docs``: a page per metric, made from its definition."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Home, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("docs")(docs)


def docs(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write the pages.")] = Path("docs/metrics"),
    home: Home = None,
    json: Json = False,
) -> None:
    """Write a page for every metric: what it counts, a worked example, its SQL and its caveats.

    The JSON Schemas of the definitions and the strategy are written beside them, for editors.
    """
    from safer_kpi.cli.output import print_json
    from safer_kpi.compute.pages import write_pages, write_schemas
    from safer_kpi.settings import Settings

    project = Settings.load(home).project
    written = write_pages(project, out)
    write_schemas(project)
    if json:
        print_json([{"page": str(out / name)} for name in written])
    else:
        typer.echo(f"{len(written)} pages in {out}.")
