"""``release draft|approve|publish|list``: from a build to a published release."""

from typing import Annotated

import typer

from safer_kpi.cli.options import Home, Json

Release = Annotated[str, typer.Argument(help="2024-25-Q4, or 2024-25-Q4.2 for a correction.", metavar="RELEASE")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Draft, approve, publish and list releases.", no_args_is_help=True)
    group.command("draft")(draft)
    group.command("approve")(approve)
    group.command("publish")(publish)
    group.command("list")(list_releases)
    app.add_typer(group, name="release")


def draft(
    release: Release,
    reason: Annotated[str | None, typer.Option("--reason", help="Why a correction is needed.")] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Draft a quarter's release, or its next correction, from the last build."""
    from safer_kpi import releases
    from safer_kpi.cli.output import emit
    from safer_kpi.settings import Settings

    found = releases.draft(Settings.load(home), release, reason=reason)
    emit([found], as_json=json, columns=["release_id", "last_entry", "known_at", "supersedes", "row_hash"])


def approve(
    release: Release,
    name: Annotated[str, typer.Option("--by", "--name", help="Who approves.")],
    comment: Annotated[str, typer.Option("--comment", help="What they say.")] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """Approve a draft, by name; each person once."""
    from safer_kpi import releases
    from safer_kpi.cli.output import emit
    from safer_kpi.settings import Settings

    emit(releases.approve(Settings.load(home), release, name=name, comment=comment), as_json=json)


def publish(release: Release, home: Home = None, json: Json = False) -> None:
    """Publish an approved draft; it never changes again."""
    from safer_kpi import releases
    from safer_kpi.cli.output import emit
    from safer_kpi.settings import Settings

    manifest = releases.publish(Settings.load(home), release)
    columns = ["release_id", "published_at", "last_entry", "row_hash"]
    emit([manifest], as_json=json, columns=columns)


def list_releases(home: Home = None, json: Json = False) -> None:
    """List what is published, and the drafts that wait."""
    from safer_kpi import releases
    from safer_kpi.cli.options import open_lake
    from safer_kpi.cli.output import emit, print_table
    from safer_kpi.errors import NotFound
    from safer_kpi.reading.locate import is_url
    from safer_kpi.settings import Settings, open_location

    waiting = [] if is_url(open_location(home)) else releases.drafts(Settings.load(home))
    try:
        published = open_lake(home).releases().rows()
    except NotFound:
        if not waiting:
            raise
        published = []
    columns = ["release_id", "published_at", "last_entry", "known_at", "supersedes", "approved_by"]
    emit(published, as_json=json, columns=columns, empty="Nothing has been published yet.")
    if waiting and not json:
        columns = ["release_id", "last_entry", "known_at", "supersedes", "approved_by"]
        print_table(waiting, columns, title="Drafts")
