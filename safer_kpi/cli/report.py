"""``report``: the report of a release, for the panel, the officer and the resident."""

from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Area, Home


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    release: Annotated[str, typer.Argument(help="A release id, or the folder of a release.", metavar="RELEASE")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write the report into.")],
    previous: Annotated[
        str | None,
        typer.Option(
            "--previous", metavar="RELEASE", help="The release of the last report; default: the one that it follows."
        ),
    ] = None,
    area: Area = None,
    home: Home = None,
) -> None:
    """Write the report of a release as a static site, to be read without a network."""
    from safer_kpi.failures.extras import require_extra
    from safer_kpi.publishing import make_report, render, write

    require_extra("report")
    files = render(make_report(release, home=home, previous=previous, area=area))
    write(files, out)
    typer.echo(f"{len(files)} files. Begin with {out / 'index.html'}")
