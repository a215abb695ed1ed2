"""``migrate``: bring a lake of an older version to today's format."""

from __future__ import annotations

import typer

from safer_kpi.cli.options import Home, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("migrate")(migrate)


def migrate(home: Home = None, json: Json = False) -> None:
    """Bring a lake of an older version to today's format; numbers and releases do not change."""
    from dataclasses import asdict

    from safer_kpi.cli.output import emit
    from safer_kpi.lake.migrations import migrate_lake
    from safer_kpi.settings import Settings

    done = migrate_lake(Settings.load(home))
    emit([asdict(step) for step in done], as_json=json, empty="The lake has today's format already.")
