"""``publish``: draft the public edition of a release, or its report for partners."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safer_kpi.cli.options import Area, Home, Json

if TYPE_CHECKING:
    from safer_kpi.publishing.public.drafting import NotSafe
    from safer_kpi.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("publish")(publish)


def publish(
    release: Annotated[str, typer.Argument(help="A release of this lake.", metavar="RELEASE")],
    edition: Annotated[
        str, typer.Option("--edition", help="public, for everybody, or restricted, for partners; default: public.")
    ] = "public",
    commentary: Annotated[
        Path | None,
        typer.Option(
            "--commentary",
            metavar="FILE",
            help="What named people say of it, as YAML; default: commentary/RELEASE.public.yaml in the home.",
        ),
    ] = None,
    area: Area = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Draft an edition of a release: figures, data, report. The public one is audited; exit with 1 if that fails."""
    from safer_kpi.cli.output import emit
    from safer_kpi.failures.extras import require_extra
    from safer_kpi.settings import Settings

    require_extra("report")
    record = _drafted(Settings.load(home), release, edition, commentary, area)
    shown = record | {"files": len(record["files"])}
    emit([shown], as_json=json, columns=["publication_id", "release_id", "edition", "files", "approvals_required"])


def _drafted(
    settings: "Settings", release: str, edition: str, commentary: Path | None, area: str | None
) -> dict[str, Any]:
    """Draft the edition; name what an audit found on the terminal, and nowhere else."""
    from safer_kpi.errors import UsageError
    from safer_kpi.reading.place import PUBLIC, RESTRICTED

    if edition == RESTRICTED:
        from safer_kpi.publishing.sealing import draft_publication

        return draft_publication(settings, release, area=area, commentary=commentary)
    if edition != PUBLIC:
        raise UsageError(f"No edition {edition[:40]!r} exists.", next_action=f"Name {PUBLIC} or {RESTRICTED}.")
    from safer_kpi.publishing.public.drafting import NotSafe, draft_public

    try:
        return draft_public(settings, release, area=area, commentary=commentary)
    except NotSafe as refused:
        _tell(refused)
        raise


def _tell(refused: "NotSafe") -> None:
    """Print each finding: these lines name cells and are for the person at the terminal."""
    for finding in refused.findings:
        left = "" if finding.least is None else f", only {finding.least} to {finding.most} are possible"
        typer.echo(f"{finding.kind}: {finding.cell}{left}", err=True)
        for reason in finding.because:
            typer.echo(f"  because {reason}", err=True)
