"""The command ``fetch``: bring what is new at the sources of feeds into the inbox, and land it if asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from safer_kpi.cli.options import Home, Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from safer_kpi.inbox import Fetched
    from safer_kpi.landing import Receipt
    from safer_kpi.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fetch")(fetch)


def fetch(
    feeds: Annotated[
        list[str] | None, typer.Argument(metavar="[FEED]...", help="The feeds; default: all that have a source.")
    ] = None,
    land: Annotated[bool, typer.Option("--land", help="Land what was fetched, as a running Airflow would.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Ask for everything, and drop it, as if nothing had been fetched before.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Fetch what is new at the sources that contracts name, into the inbox."""
    from safer_kpi.cli.output import console, print_json
    from safer_kpi.inbox import feeds_with_a_source
    from safer_kpi.inbox import fetch as fetch_feed
    from safer_kpi.settings import Settings

    settings = Settings.load(home)
    rows: list[Fetched] = []
    receipts: list[Receipt] = []
    with console(stderr=True).status("fetching") as status:
        for feed in dict.fromkeys(feeds or feeds_with_a_source(settings.project)):
            if not any(feed in row.feeds for row in rows):  # fetched together with an earlier one
                rows += fetch_feed(settings, feed, again=again, progress=status.update)
        if land:
            status.update("landing")
            receipts = _landed(settings, rows)
    if json:
        print_json([row.as_row() for row in rows], receipts=[receipt.as_row() for receipt in receipts])
    else:
        _show(rows, receipts, is_landed=land)
    if any(row.status == "failed" for row in rows):
        raise typer.Exit(1)
    if any(receipt.status == "refused" for receipt in receipts):
        raise typer.Exit(3)


def _landed(settings: Settings, rows: Sequence[Fetched]) -> list[Receipt]:
    """Land the fetched files that wait in the inbox, in the order they were fetched."""
    from safer_kpi.inbox import arrivals, handle, open_place

    place = open_place(settings.watched)
    receipts: list[Receipt] = []
    for row in rows:
        if row.status not in {"fetched", "waiting"}:
            continue
        for feed in row.feeds:
            for arrival in arrivals(place, feed):
                handled = handle(settings, place, arrival) if arrival.name == row.file_name else None
                receipts += handled.receipts if handled else ()
    return receipts


def _show(rows: Sequence[Fetched], receipts: Sequence[Receipt], *, is_landed: bool) -> None:
    from safer_kpi.cli.output import emit

    shown = [
        {
            "feeds": ", ".join(row.feeds),
            "period": row.period,
            "file": row.file_name,
            "status": row.status.replace("_", " "),
            "bytes": row.bytes,
            "published": row.published_at,
        }
        for row in rows
    ]
    emit(shown, as_json=False, empty="No contract names a source, or nothing is there.")
    for row in rows:
        if row.message:
            typer.echo(f"{row.period or row.file_name or ', '.join(row.feeds)}: {row.message}", err=True)
    if rows and not any(row.status in {"fetched", "failed"} for row in rows):
        typer.echo("Nothing new.")
    if receipts:
        told = [
            {
                "delivery": one.delivery_id, "feed": one.feed, "file": one.file_name, "status": one.status,
                "accepted": one.rows_accepted, "quarantined": one.rows_quarantined, "changes": one.changes,
            }
            for one in receipts
        ]  # fmt: skip
        emit(told, as_json=False)
        for one in receipts:
            if one.error:
                typer.echo(one.error, err=True)
    elif not is_landed and any(row.status == "fetched" for row in rows):
        typer.echo("The files wait in the inbox; a running Airflow lands them, or safer-kpi fetch --land.")
