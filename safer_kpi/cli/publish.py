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
    correct: Annotated[
        list[str] | None,
        typer.Option(
            "--correct",
            metavar="METRIC:PERIOD",
            help="Publish an exact figure of the whole area again, as the release certifies it now; may be repeated.",
        ),
    ] = None,
    new_series: Annotated[
        bool,
        typer.Option("--new-series", help="Begin a new series, with a new key, for periods that are not published."),
    ] = False,
    area: Area = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Draft an edition of a release: figures, data, report. The public one is audited; exit with 1 if that fails."""
    from safer_kpi.cli.output import emit
    from safer_kpi.failures.extras import require_extra
    from safer_kpi.reading.place import RESTRICTED
    from safer_kpi.settings import Settings

    require_extra("report")
    settings, corrections = Settings.load(home), [_figure(words) for words in correct or ()]
    if edition == RESTRICTED:
        record = _restricted(settings, release, commentary, area, is_public=bool(corrections or new_series))
    else:
        record = _public(settings, release, edition, commentary, area, corrections, new_series=new_series)
    if not json:
        for one in record.get("corrections", ()):
            typer.echo(f"corrects {one['metric_id']} in {one['period']}, published in {one['published_in']}", err=True)
    shown = record | {"files": len(record["files"])}
    emit([shown], as_json=json, columns=["publication_id", "release_id", "edition", "files", "approvals_required"])


def _figure(words: str) -> tuple[str, str]:
    """Return the metric and the period of a figure that is to be corrected."""
    from safer_kpi.errors import UsageError

    metric, colon, period = words.rpartition(":")
    if not (metric and colon):
        raise UsageError(
            f"{words[:60]!r} does not name a figure.",
            next_action="Name a metric and a period, such as --correct 1a.sexual_offences:2024-25-Q1.",
        )
    return metric, period


def _restricted(
    settings: "Settings", release: str, commentary: Path | None, area: str | None, *, is_public: bool
) -> dict[str, Any]:
    """Draft the report for partners."""
    from safer_kpi.errors import UsageError
    from safer_kpi.publishing.sealing import draft_publication

    if is_public:
        raise UsageError(
            "Corrections and series are of the public edition alone.",
            next_action="Leave out --correct and --new-series, or name --edition public.",
        )
    return draft_publication(settings, release, area=area, commentary=commentary)


def _public(
    settings: "Settings",
    release: str,
    edition: str,
    commentary: Path | None,
    area: str | None,
    corrections: list[tuple[str, str]],
    *,
    new_series: bool,
) -> dict[str, Any]:
    """Draft the edition for everybody; name what an audit found on the terminal, and nowhere else."""
    from safer_kpi.errors import UsageError
    from safer_kpi.publishing.public.drafting import NotSafe, draft_public
    from safer_kpi.reading.place import PUBLIC, RESTRICTED

    if edition != PUBLIC:
        raise UsageError(f"No edition {edition[:40]!r} exists.", next_action=f"Name {PUBLIC} or {RESTRICTED}.")
    try:
        return draft_public(
            settings, release, area=area, commentary=commentary, corrections=corrections, new_series=new_series
        )
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
