"""``verify``: check that a release is unchanged since its publication."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safer_kpi.cli.options import Csv, Home, Json

if TYPE_CHECKING:
    from safer_kpi.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    release: Annotated[
        str | None, typer.Argument(help="A release id or a release folder; default: all releases.")
    ] = None,
    *,
    head: Annotated[
        str | None, typer.Option("--head", help="SHA-256 of the last known manifest, to find a roll-back.")
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Also hash the rows again.")] = False,
    remember: Annotated[
        bool, typer.Option("--remember", help="Keep the head of the chain if every check passes.")
    ] = False,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Recompute the release from the raw bytes in an empty lake; takes some time."),
    ] = False,
    forget: Annotated[
        bool,
        typer.Option("--forget", help="Forget what this machine remembers of a lake here that was made anew."),
    ] = False,
    home: Home = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Check a release's files, certificates, signatures and chain; exit with 1 if a check fails."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.output import print_table
    from safer_kpi.cli.rebuild import rebuilt_rows
    from safer_kpi.errors import CheckFailed
    from safer_kpi.reading.sealing.signatures import read_approvers
    from safer_kpi.reading.verifying.chain import keep_head
    from safer_kpi.reading.verifying.trust import keep_trust
    from safer_kpi.reading.verifying.verify import COLUMNS, Terms, verify_folder
    from safer_kpi.settings import Settings

    settings = Settings.load(home)
    if forget:
        _forget(settings)
        return
    lake_id = None
    folders: list[Path] = []
    if rebuild:
        rows = rebuilt_rows(release, home)
    elif release is not None and Path(release).is_dir():
        # A broken folder may be past opening: it is checked without a lake.
        folders = [Path(release).absolute()]
        checks = verify_folder(folders[0], Terms.of(settings, head=head, deep=deep))
        rows = [dict(zip(COLUMNS, check, strict=True)) for check in checks]
    else:
        rows, folders, lake_id = _of_lake(settings, release, home, head=head, deep=deep)
    failed = [row for row in rows if row["status"] == "failed"]
    if printed(rows, COLUMNS, json=json, csv=csv):
        pass
    elif not rows:
        typer.echo("Nothing has been published yet.")
    else:
        print_table(failed or [row for row in rows if row["check"] != "file"], list(COLUMNS))
        if files := sum(row["check"] == "file" and row["status"] == "ok" for row in rows):
            typer.echo(f"{files:,} files as their manifests name them." + ("" if deep else " Rows: add --deep."))
    if failed:
        named = "; ".join(f"{row['check']} {row['subject']}: {row['detail']}" for row in failed)
        raise CheckFailed(f"{len(failed)} checks failed: {named}.", next_action="Do not use this release.")
    if remember and folders:
        keep_trust(read_approvers(settings.approvers), folders[-1].parent, settings.heads, lake_id)
        typer.echo(f"Kept outside the store: {keep_head(folders[-1], settings.heads, lake_id=lake_id)}")


def _forget(settings: "Settings") -> None:
    """Forget the lake whose releases lay here."""
    from safer_kpi.reading.verifying.heads import forget
    from safer_kpi.settings import RELEASES

    head = forget(settings.heads, settings.home / RELEASES)
    typer.echo(f"Forgotten: the head {head}." if head else "This machine remembers no releases here.")


def _of_lake(
    settings: "Settings", release: str | None, home: str | None, *, head: str | None, deep: bool
) -> tuple[list[dict[str, Any]], list[Path], str | None]:
    """Return the checks of a lake or of one of its releases, the folders that were checked, and the lake's identity.

    If the lake had a read file that cannot be opened or read now, that is a failed check, and all others are made
    without it.
    """
    import duckdb

    from safer_kpi.cli.options import open_lake
    from safer_kpi.errors import SaferKpiError
    from safer_kpi.reading.place import MANIFEST
    from safer_kpi.reading.verifying.identity import lake_id_of
    from safer_kpi.reading.verifying.verify import COLUMNS, Terms, folders_of, verify_folder
    from safer_kpi.releases.lake_checks import had_read_file
    from safer_kpi.settings import RELEASES

    try:
        lake = open_lake(home)
        folders, lake_id = folders_of(lake, release), lake_id_of(lake)
        rows = lake.verify(release, head=head, deep=deep).rows()
    except (SaferKpiError, duckdb.Error, KeyError) as broken:  # a column of it may be gone
        if release is not None or not had_read_file(settings):
            raise
        what = broken.what if isinstance(broken, SaferKpiError) else "It does not have the columns that a build writes."
        manifests = (path for path in (settings.home / RELEASES).glob(f"*/{MANIFEST}") if path.is_file())
        folders = sorted(path.parent for path in manifests)
        checks = [check for folder in folders for check in verify_folder(folder, Terms.of(settings, deep=deep))]
        checks.append(("read file", settings.kpi_file.name, "failed", f"{what} Run safer-kpi export."))
        rows = [dict(zip(COLUMNS, check, strict=True)) for check in dict.fromkeys(checks)]
        return rows + _stored(settings, None, deep=deep), [], None
    if release is None and lake.place.release_id is None:
        rows += _stored(settings, lake_id, deep=deep)
    return rows, folders, lake_id


def _stored(settings: "Settings", lake_id: str | None, *, deep: bool) -> list[dict[str, Any]]:
    """Return the checks of what the lake stores; an empty list where only its read file is here."""
    from safer_kpi.errors import NotFound
    from safer_kpi.reading.verifying.verify import COLUMNS
    from safer_kpi.releases.lake_checks import lake_checks

    try:
        checks = lake_checks(settings, lake_id=lake_id, deep=deep)
    except NotFound:
        return []
    return [dict(zip(COLUMNS, check, strict=True)) for check in checks]
