"""``publication draft|approve|seal|withdraw|list``: from a release to a sealed publication, and what takes it back."""

from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Area, Csv, Home, Json, Kind
from safer_kpi.cli.release import KeyFile, Name

Publication = Annotated[str, typer.Argument(help="Such as 2024-25-Q4.restricted.1.", metavar="PUBLICATION")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Draft, approve, seal, withdraw and list publications of reports.", no_args_is_help=True)
    group.command("draft")(draft)
    group.command("approve")(approve)
    group.command("seal")(seal)
    group.command("withdraw")(withdraw)
    group.command("list")(list_publications)
    app.add_typer(group, name="publication")


def draft(
    release: Annotated[str, typer.Argument(help="A release of this lake.", metavar="RELEASE")],
    kind: Kind = None,
    previous: Annotated[
        str | None, typer.Option("--previous", metavar="RELEASE", help="The release of the last report.")
    ] = None,
    commentary: Annotated[
        Path | None,
        typer.Option(
            "--commentary",
            metavar="FILE",
            help="What named people say of it, as YAML; default: commentary/RELEASE.yaml in the home.",
        ),
    ] = None,
    area: Area = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Draft the next publication of a release: its report or assessment, as it would be sealed."""
    from safer_kpi.cli.output import emit
    from safer_kpi.failures.extras import require_extra
    from safer_kpi.publishing import REPORT
    from safer_kpi.publishing.sealing import draft_publication
    from safer_kpi.settings import Settings

    require_extra("report")
    record = draft_publication(
        Settings.load(home), release, kind=kind or REPORT, previous=previous, area=area, commentary=commentary
    )
    shown = record | {"files": len(record["files"])}
    emit([shown], as_json=json, columns=["publication_id", "release_id", "edition", "files", "approvals_required"])


def approve(
    publication: Publication,
    name: Name,
    comment: Annotated[str, typer.Option("--comment", help="A comment.")] = "",
    key: KeyFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Approve the draft of a publication by name, signed with the person's own key; each person once."""
    from safer_kpi.cli.output import emit
    from safer_kpi.failures.extras import require_extra
    from safer_kpi.publishing.sealing import approve_publication
    from safer_kpi.settings import Settings

    require_extra("report")
    rows = approve_publication(Settings.load(home), publication, name=name, comment=comment, key=key)
    emit(rows, as_json=json, columns=["name", "comment", "at"])


def seal(publication: Publication, home: Home = None, json: Json = False) -> None:
    """Seal an approved publication; it never changes again, and verify checks it."""
    from safer_kpi.cli.output import emit
    from safer_kpi.failures.extras import require_extra
    from safer_kpi.publishing.sealing import seal_publication
    from safer_kpi.settings import Settings

    require_extra("report")
    manifest = seal_publication(Settings.load(home), publication)
    shown = manifest | {"files": len(manifest["files"])}
    emit([shown], as_json=json, columns=["publication_id", "published_at", "files"])


def withdraw(
    publication: Publication,
    name: Name,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    key: KeyFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Withdraw a sealed publication: a signed notice lies beside it from then on. Published figures stay known."""
    from safer_kpi.cli.output import emit
    from safer_kpi.publishing.withdrawing import withdraw_publication
    from safer_kpi.settings import Settings

    emit([withdraw_publication(Settings.load(home), publication, name=name, reason=reason, key=key)], as_json=json)


def list_publications(home: Home = None, json: Json = False, csv: Csv = False) -> None:
    """List sealed publications, oldest first, and which later one of the same edition and kind supersedes each."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.output import emit
    from safer_kpi.errors import CheckFailed, NotFound
    from safer_kpi.reading.place import is_url
    from safer_kpi.reading.verifying.publications import publication_folders
    from safer_kpi.reading.verifying.standing import COLUMNS, publication_rows
    from safer_kpi.settings import PUBLICATIONS, Settings, open_location

    if is_url(open_location(home)) or not Settings.load(home).home.is_dir():
        raise NotFound("The home of the lake is not on this machine.", next_action="Name its folder with --home.")
    root = Settings.load(home).home / PUBLICATIONS
    rows = publication_rows(root)
    known = {row["publication_id"] for row in rows}
    if changed := [folder.name for folder in publication_folders(root) if folder.name not in known]:
        raise CheckFailed(
            f"The manifest of {', '.join(changed)} was changed after it was sealed.",
            next_action="Run safer-kpi verify.",
        )
    if not printed(rows, COLUMNS, json=json, csv=csv):
        emit(rows, as_json=False, columns=COLUMNS, empty="Nothing has been sealed yet.")
