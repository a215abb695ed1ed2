"""``verify``: is a release what was published?"""

from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Home, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    release: Annotated[str | None, typer.Argument(help="A release id or a release folder; all when left out.")] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Recompute it from the raw bytes in an empty lake; takes a while.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Check a release's files, chain and rows; ends with 1 where a check fails."""
    from safer_kpi.cli.options import open_lake
    from safer_kpi.cli.output import emit
    from safer_kpi.cli.rebuild import rebuilt_rows
    from safer_kpi.errors import CheckFailed
    from safer_kpi.reading.verify import COLUMNS, verify_folder

    if rebuild:
        rows = rebuilt_rows(release, home)
    elif release is not None and Path(release).is_dir():
        # A broken folder may be past opening: it is checked without a lake.
        rows = [dict(zip(COLUMNS, check, strict=True)) for check in verify_folder(Path(release).absolute())]
    else:
        rows = open_lake(home).verify(release).rows()
    emit(rows, as_json=json, empty="Nothing has been published yet.")
    failed = [row for row in rows if row["status"] == "failed"]
    if failed:
        named = "; ".join(f"{row['check']} {row['subject']}: {row['detail']}" for row in failed)
        raise CheckFailed(f"{len(failed)} checks failed: {named}.", next_action="Do not use this release.")
