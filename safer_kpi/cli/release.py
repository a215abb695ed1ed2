"""``release draft|approve|reject|publish|withdraw|list``: from a build to a published release."""

from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Csv, Home, Json

KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key", help="The approver's private key; default: SAFER_KPI_SIGNING_KEY, or a key that the lake keeps."
    ),
]
Name = Annotated[str, typer.Option("--by", "--name", help="The person's name.")]
Release = Annotated[str, typer.Argument(help="2024-25-Q4, or 2024-25-Q4.2 for a correction.", metavar="RELEASE")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Draft, approve, reject, publish, withdraw and list releases.", no_args_is_help=True)
    group.command("draft")(draft)
    group.command("approve")(approve)
    group.command("reject")(reject)
    group.command("publish")(publish)
    group.command("withdraw")(withdraw)
    group.command("list")(list_releases)
    app.add_typer(group, name="release")


def draft(
    release: Release,
    reason: Annotated[str | None, typer.Option("--reason", help="Why a correction is needed.")] = None,
    revision: Annotated[
        str | None, typer.Option("--revision", help="The kind of the correction: R1, R2, R3 or C.")
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Draft a quarter's release, or its next correction, from the last build."""
    from safer_kpi import releases
    from safer_kpi.cli.output import emit, print_table
    from safer_kpi.settings import Settings

    found = releases.draft(Settings.load(home), release, reason=reason, revision=revision)
    emit([found], as_json=json, columns=["release_id", "last_entry", "known_at", "supersedes", "revision", "row_hash"])
    if found["findings"] and not json:
        print_table(found["findings"], ["metric_id", "check", "detail"], title="What speaks against approving it")
    if found["settling"] and not json:
        columns = ["metric_id", "declared_months", "proposed_months", "periods", "moved_after"]
        print_table(
            found["settling"], columns, title="Called final too early: declare the months their history supports"
        )


def approve(
    release: Release,
    name: Name,
    comment: Annotated[str, typer.Option("--comment", help="A comment.")] = "",
    key: KeyFile = None,
    override: Annotated[
        str | None, typer.Option("--override", help="The reason to approve in spite of a failed audit or low coverage.")
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Approve a draft by name, signed with the person's own key; each person once."""
    from safer_kpi import releases
    from safer_kpi.cli.output import emit
    from safer_kpi.reading.sealing.signatures import fingerprint
    from safer_kpi.settings import Settings

    settings = Settings.load(home)
    rows = releases.approve(settings, release, name=name, comment=comment, key=key, override=override)
    for row in rows:
        row["fingerprint"] = fingerprint(row["public_key"])
    emit(rows, as_json=json, columns=["name", "comment", "at", "fingerprint"])


def reject(
    release: Release,
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Reject a draft: it is removed, and the same evidence is not drafted automatically again."""
    from safer_kpi import releases
    from safer_kpi.cli.output import emit
    from safer_kpi.settings import Settings

    columns = ["release_id", "name", "reason", "last_entry", "at"]
    emit([releases.reject(Settings.load(home), release, name=name, reason=reason)], as_json=json, columns=columns)


def publish(release: Release, home: Home = None, json: Json = False) -> None:
    """Publish an approved draft; it never changes again."""
    from safer_kpi import releases
    from safer_kpi.cli.output import emit
    from safer_kpi.settings import Settings

    manifest = releases.publish(Settings.load(home), release)
    columns = ["release_id", "published_at", "last_entry", "row_hash"]
    emit([manifest], as_json=json, columns=columns)


def withdraw(
    release: Release,
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    key: KeyFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Withdraw a release: it stays readable and is marked as withdrawn everywhere."""
    from safer_kpi import releases
    from safer_kpi.cli.output import emit
    from safer_kpi.settings import Settings

    emit([releases.withdraw(Settings.load(home), release, name=name, reason=reason, key=key)], as_json=json)


def list_releases(home: Home = None, json: Json = False, csv: Csv = False) -> None:
    """List published releases, waiting drafts, and rejected drafts that have not been published since."""
    from safer_kpi import releases
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.options import open_lake
    from safer_kpi.cli.output import emit, print_table
    from safer_kpi.errors import NotFound
    from safer_kpi.reading.place import is_url
    from safer_kpi.settings import Settings, open_location

    here = None if is_url(open_location(home)) else Settings.load(home)
    waiting = releases.drafts(here) if here else []
    rejected = releases.rejections(here) if here else []
    try:
        published = open_lake(home).releases().rows()
    except NotFound:
        if not waiting and not rejected:
            raise
        published = []
    if printed(published, json=json, csv=csv):
        return
    columns = [
        "release_id",
        "status",
        "published_at",
        "last_entry",
        "known_at",
        "supersedes",
        "revision",
        "approved_by",
    ]
    columns += [name for name in ("reason", "withdrawn_reason") if any(row.get(name) for row in published)]
    emit(published, as_json=False, columns=columns, empty="Nothing has been published yet.")
    if waiting:
        columns = ["release_id", "last_entry", "known_at", "supersedes", "approved_by"]
        print_table(waiting, columns, title="Drafts")
    known = {row["release_id"] for row in published}
    rejected = [each for each in rejected if each["release_id"] not in known]
    if rejected:
        print_table(rejected, ["release_id", "last_entry", "name", "reason", "at"], title="Rejected")
