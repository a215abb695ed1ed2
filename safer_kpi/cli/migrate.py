"""``migrate``: bring a lake, and a project, of an older version to today's format, and remove what it leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from safer_kpi.cli.options import Home, Json

if TYPE_CHECKING:
    from pathlib import Path

    from safer_kpi.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("migrate")(migrate)


def migrate(
    project: Annotated[
        bool,
        typer.Option(
            "--project", help="Renew the project's files that an older version wrote; say what to change in yours."
        ),
    ] = False,
    remove_superseded: Annotated[
        bool,
        typer.Option(
            "--remove-superseded",
            help="Delete kpi.duckdb and its previews, which an earlier version wrote, where newer files replace them.",
        ),
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Bring a lake of an older version to today's format; numbers and releases do not change."""
    from dataclasses import asdict

    from safer_kpi.cli.output import emit
    from safer_kpi.cli.superseded import tell_of
    from safer_kpi.errors import UsageError
    from safer_kpi.lake.migrations import migrate_lake
    from safer_kpi.settings import Settings

    settings = Settings.load(home)
    if project and remove_superseded:
        raise UsageError("--project and --remove-superseded exclude each other.", next_action="Give one of them.")
    if remove_superseded:
        _remove_superseded(settings, as_json=json)
        return
    if project:
        _renew_project(settings.project, as_json=json)
        return
    done = migrate_lake(settings)
    emit([asdict(step) for step in done], as_json=json, empty="The lake has today's format already.")
    if settings.kpi_file.is_file():
        tell_of(file.name for file in settings.superseded_files)


def _remove_superseded(settings: Settings, *, as_json: bool) -> None:
    from dataclasses import asdict

    from safer_kpi.cli.output import emit
    from safer_kpi.lake.superseded import remove_superseded

    done = remove_superseded(settings)
    emit([asdict(each) for each in done], as_json=as_json, empty="No file of an earlier version is left.")
    if any(each.action == "kept" for each in done):
        raise typer.Exit(1)


def _renew_project(project: Path, *, as_json: bool) -> None:
    from safer_kpi.catalogue.renewal import renew
    from safer_kpi.cli.output import print_json

    done = renew(project)
    if as_json:
        print_json([{"path": each.path, "action": each.action, "lines": list(each.lines)} for each in done])
        return
    if not done:
        typer.echo("The project has nothing that an older version wrote.")
    for each in done:
        if each.action == "change":
            typer.echo(f"Change {each.path}:")
            for line in each.lines:
                typer.echo(f"  {line}")
        else:
            typer.echo(f"{_DONE[each.action]} {each.path}")


_DONE = {"replace": "Replaced", "add": "Added", "remove": "Removed"}
