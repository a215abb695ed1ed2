"""``export``: the numbers of a release as data files, for spreadsheets, statistics packages and other programs."""

from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Home, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    release: Annotated[str, typer.Argument(help="A release id, or the folder of a release.", metavar="RELEASE")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The new folder to write the files into.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Write a release's numbers, verdicts and definitions as CSV and Parquet, described for programs."""
    from json import loads

    from safer_kpi.cli.output import emit
    from safer_kpi.publishing.exports import export as write
    from safer_kpi.publishing.exports.files import PACKAGE

    files = write(release, out, home=home)
    if json:
        emit(
            [{"file": path.name, "bytes": path.stat().st_size} for path in files],
            as_json=True,
            columns=["file", "bytes"],
        )
        return
    typer.echo(f"{len(files)} files in {out}; datapackage.json says what each column holds.")
    typer.echo(loads((out / PACKAGE).read_bytes())["description"])
