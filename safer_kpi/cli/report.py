"""``report``: the report or the strategic assessment of a release, for the panel, the officer and the resident."""

from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Area, Home, Json, Kind


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    release: Annotated[str, typer.Argument(help="A release id, or the folder of a release.", metavar="RELEASE")],
    *,
    kind: Kind = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="The folder to write the report into; default: report.")
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(
            "--check", metavar="DIR", help="Make it again and compare every byte with this report or publication."
        ),
    ] = None,
    previous: Annotated[
        str | None,
        typer.Option(
            "--previous", metavar="RELEASE", help="The release of the last report; default: the one that it follows."
        ),
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
    """Write the report of a release, or its assessment: a site without network, a PDF, a spreadsheet and data files."""
    from safer_kpi.cli.output import emit
    from safer_kpi.errors import UsageError
    from safer_kpi.failures.extras import require_extra
    from safer_kpi.publishing import COMMENTARY, REPORT, make_report, report_files, write
    from safer_kpi.publishing.model.commentary import Commentary
    from safer_kpi.reading.place import MANIFEST
    from safer_kpi.reading.verifying.publications import kind_of

    if out is not None and check is not None:
        raise UsageError(
            "A report is either written or checked.", next_action="Name one folder: --out DIR or --check DIR."
        )
    require_extra("report")
    comments: Path | Commentary | None = commentary
    if comments is None and check is not None and (check / MANIFEST).is_file():
        comments = check / COMMENTARY if (check / COMMENTARY).is_file() else Commentary()
    made = kind or (None if check is None else kind_of(check)) or REPORT
    found = make_report(release, home=home, previous=previous, area=area, commentary=comments, kind=made)
    files = report_files(found)
    folder = check or out or Path("report")
    if check is not None:
        _check(files, check)
        said = f"{len(files)} files, each byte as this release makes it."
    else:
        write(files, folder)
        said = f"{len(files)} files. Begin with {folder / 'index.html'}"
    if json:
        emit([{"files": len(files), "folder": str(folder)}], as_json=True, columns=["files", "folder"])
    else:
        typer.echo(said)


def _check(files: dict[str, bytes], folder: Path) -> None:
    """Raise if a folder is not the report, byte for byte."""
    from safer_kpi.errors import CheckFailed, NotFound
    from safer_kpi.publishing import SITE, differences
    from safer_kpi.reading.place import MANIFEST

    if not folder.is_dir():
        raise NotFound(f"{folder.name!r} is not a folder.", next_action="Name the folder of a report or a publication.")
    found = differences(files, folder / SITE if (folder / MANIFEST).is_file() else folder)
    if found:
        more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
        raise CheckFailed(
            f"{folder.name} is not the report that this release makes: {'; '.join(found[:5])}{more}.",
            next_action="Use the same safer-kpi, --kind, --previous and --area; else do not use that report.",
        )
