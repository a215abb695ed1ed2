"""``compact``: merge small files and drop snapshots that nothing refers to."""

import typer

from safer_kpi.cli.options import Home, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compact")(compact)


def compact(home: Home = None, json: Json = False) -> None:
    """Merge the lake's small files and drop snapshots that no release, draft or build uses; numbers do not change."""
    from dataclasses import asdict

    from safer_kpi import releases
    from safer_kpi.cli.output import console, print_json
    from safer_kpi.settings import Settings

    with console(stderr=True).status("compacting"):
        found = releases.compact(Settings.load(home))
    if json:
        print_json([asdict(found) | {"bytes_freed": found.bytes_freed}])
        return
    typer.echo(
        f"{found.files_before:,} files are {found.files_after:,}, {found.snapshots_before:,} snapshots "
        f"{found.snapshots_after:,}; {found.bytes_freed / 2**20:,.1f} MiB freed."
    )
