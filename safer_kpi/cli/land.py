"""Commands that write to the lake: ``init``, ``land``, ``replay``, ``revert``, ``sweep``, ``build``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from safer_kpi.cli.options import Home, Json
from safer_kpi.settings import PROD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.landing import Receipt

Delivery = Annotated[int, typer.Argument(help="A delivery's number, as the command deliveries lists them.")]
ReceivedAt = Annotated[
    str | None,
    typer.Option("--received-at", help="To load history: when the file was received, such as 2024-06-14T09:00Z."),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (init, land, replay, revert, sweep, build):
        app.command(command.__name__)(command)


def init(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of the new project; if omitted, only the lake is created.")
    ] = None,
    area: Annotated[
        list[str] | None,
        typer.Option("--area", help="A local authority of the partnership, by its ONS code; repeat it for more."),
    ] = None,
    partnership: Annotated[
        str | None,
        typer.Option("--partnership", help="A community safety partnership, by its ONS code, in place of --area."),
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Write a project for a partnership, and create its lake with the reference data as first deliveries."""
    from safer_kpi.catalogue.new_project import new_project
    from safer_kpi.catalogue.partnership import chosen_partnership
    from safer_kpi.catalogue.template import area_of
    from safer_kpi.cli.output import print_json
    from safer_kpi.errors import UsageError
    from safer_kpi.landing import init as make_lake
    from safer_kpi.settings import Settings

    settings, name = Settings.load(home), ""
    if folder is not None:
        chosen = chosen_partnership(area or [], partnership)
        new_project(folder, chosen)
        name = chosen.name
        settings = Settings.load(home, project=folder, default_home=folder / "lake")
    elif area or partnership:
        raise UsageError("A project needs a folder.", next_action="Write safer-kpi init DIR --area CODE.")
    make_lake(settings)
    if json:
        code = area_of(settings.project)
        print_json([{"project": str(settings.project), "home": str(settings.home), "area": code}])
        return
    if name:
        typer.echo(f"The project of {name} is at {folder}.")
    typer.echo(f"The lake is at {settings.home}.")
    typer.echo(f"Next: safer-kpi land police_street FILE --home {settings.home}")


def land(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[FEED] FILE...",
            help="The feed, as the command feeds lists them, and paths or URLs, landed in this order. Without a feed "
            "each file goes to the feed that its name fits, and so does each file in a ZIP archive.",
        ),
    ],
    published: Annotated[
        str | None, typer.Option("--published", help="When the partner published them; default: when received.")
    ] = None,
    received_at: ReceivedAt = None,
    confirm: Annotated[
        str | None,
        typer.Option("--confirm", metavar="NAME", help="The person who confirmed the withdrawals with the partner."),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="The reason; goes with --confirm.")] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Land a partner's files: validate them and post the differences."""
    from safer_kpi.cli.output import console
    from safer_kpi.landing import Landed, Terms, confirmation_of, feed_and_files, land_by_name, parse_time
    from safer_kpi.landing import land as land_files
    from safer_kpi.landing.class_notes import unclassified_notes
    from safer_kpi.settings import Settings

    terms = Terms(
        published=parse_time(published),
        received_at=parse_time(received_at),
        confirmation=confirmation_of(confirm, reason),
    )
    settings = Settings.load(home)
    feed, files = feed_and_files(settings, words)
    with console(stderr=True).status("opening the lake") as status:
        if feed is None:
            landed = land_by_name(settings, files, terms=terms, progress=status.update)
        else:
            landed = Landed(receipts=tuple(land_files(settings, feed, files, terms=terms, progress=status.update)))
    _show(landed.receipts, as_json=json)
    for note in unclassified_notes(settings, landed.receipts):
        typer.echo(note, err=True)
    for left in landed.left:
        typer.echo(f"Not landed: file {left.number} of the archive, by name: {left.why}.", err=True)
    if any(receipt.status == "refused" for receipt in landed.receipts):
        raise typer.Exit(3)


def replay(delivery: Delivery, received_at: ReceivedAt = None, home: Home = None, json: Json = False) -> None:
    """Read a delivery's stored bytes again under today's contract; a reverted delivery counts again."""
    from safer_kpi.landing import parse_time
    from safer_kpi.landing import replay as replay_delivery
    from safer_kpi.settings import Settings

    _show([replay_delivery(Settings.load(home), delivery, received_at=parse_time(received_at))], as_json=json)


def revert(
    delivery: Delivery,
    reason: Annotated[str, typer.Option("--reason", help="The reason, kept in the journal.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="The person responsible, kept in the journal.")],
    received_at: ReceivedAt = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Undo a delivery by posting its inverse; nothing is deleted."""
    from safer_kpi.landing import parse_time
    from safer_kpi.landing import revert as revert_delivery
    from safer_kpi.settings import Settings

    receipt = revert_delivery(
        Settings.load(home), delivery, reason=reason, person=by, received_at=parse_time(received_at)
    )
    _show([receipt], as_json=json)


def sweep(
    expired: Annotated[
        bool, typer.Option("--expired", help="Also delete bytes whose retention under their contract has ended.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Remove files that a stopped process left behind: work files, bytes without a receipt, unknown Parquet files."""
    from safer_kpi.cli.output import print_json
    from safer_kpi.landing import expire
    from safer_kpi.landing import sweep as sweep_lake
    from safer_kpi.settings import Settings

    settings = Settings.load(home)
    gone = expire(settings) if expired else []
    removed = sweep_lake(settings)
    if json:
        print_json([{"removed": removed, "expired": len(gone)}])
    else:
        if expired:
            typer.echo(f"The bytes of {len(gone)} deliveries expired; the journal says under which rule.")
        typer.echo(f"{removed} files removed." if removed else "Nothing was left behind.")


def build(
    env: Annotated[
        str, typer.Option("--env", help="prod, or the name of an environment to preview a change in.")
    ] = PROD,
    full: Annotated[
        bool, typer.Option("--full", help="Make every number again, also those that nothing new can have changed.")
    ] = False,
    audit: Annotated[
        bool, typer.Option("--audit", help="Afterwards, check every ledger against its model over the live rows.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Bring the numbers up to the last entry, check them, and write safer_kpi.duckdb; or preview a changed project."""
    from safer_kpi.cli.output import console, print_json
    from safer_kpi.cli.superseded import tell_of
    from safer_kpi.compute import audit as audit_lake
    from safer_kpi.compute import build as build_numbers
    from safer_kpi.settings import Settings

    with console(stderr=True).status("building"):
        result = build_numbers(Settings.load(home), environment=env, full=full)
    if audit:
        with console(stderr=True).status("recounting"):
            audit_lake(Settings.load(home))
    if json:
        print_json([{"entries": result.entries, "last_entry": result.last_entry, "snapshot_id": result.snapshot_id,
                     "waiting": result.waiting, "seconds": dict(result.seconds),
                     "superseded_files": list(result.superseded), "warnings": list(result.warnings)}])  # fmt: skip
        return
    if env == PROD:
        typer.echo(f"{result.entries} new entries; the numbers hold all up to entry {result.last_entry}.")
    else:
        typer.echo(f"The preview {env} holds what prod holds, up to entry {result.last_entry}.")
        if result.waiting:
            typer.echo(f"{result.waiting} later entries wait for a build and are left out: it shows the change alone.")
        typer.echo(f"Next: safer-kpi compare prod {env}")
    if result.seconds:
        typer.echo(", ".join(f"{step} {seconds:.1f} s" for step, seconds in result.seconds.items()))
    for warning in result.warnings:
        typer.echo(f"Warning: {warning}", err=True)
    tell_of(result.superseded)


def _show(receipts: Sequence[Receipt], *, as_json: bool) -> None:
    from safer_kpi.cli.output import emit
    from safer_kpi.receipts.partner_receipt import hidden_words

    rows = [receipt.as_row() for receipt in receipts]
    if as_json:
        emit(rows, as_json=True)
        return
    shown = [
        {
            "delivery": row["delivery_id"], "file": row["file_name"], "status": row["status"],
            "read": row["rows_read"], "accepted": row["rows_accepted"], "quarantined": row["rows_quarantined"],
            "skipped": row["rows_skipped"], "bytes": row["stored"],
            "changes": ", ".join(f"{count:,} {cause}" for cause, count in row["changes"].items()) or "none",
            "stale cells": ", ".join(row["stale_cells"]),
            "hidden": hidden_words(row) or "",
        }
        for row in rows
    ]  # fmt: skip
    told = [name for name in shown[0] if any(row[name] not in ("", None) for row in shown)]
    emit(shown, as_json=False, columns=told)
    for row in rows:
        if row["error"]:
            typer.echo(row["error"], err=True)
        if hidden := hidden_words(row):
            typer.echo(f"Delivery {row['delivery_id']}: its workbook hides {hidden}.", err=True)
        if not row["error"] and row["rows_quarantined"]:
            typer.echo(f"Delivery {row['delivery_id']}: see `safer-kpi quarantine` for the rows held back.", err=True)
