"""The command ``rekey``: apply a changed pseudonym key."""

from __future__ import annotations

from typing import Annotated

import typer

from safer_kpi.cli.options import Home, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rekey")(rekey)


def rekey(
    reason: Annotated[str, typer.Option("--reason", help="The reason for the new key, kept in the journal.")],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="The person responsible, kept in the journal.")],
    home: Home = None,
    json: Json = False,
) -> None:
    """Give partners' ids the pseudonyms of today's key; numbers do not change."""
    from dataclasses import asdict

    from safer_kpi.cli.output import console, emit
    from safer_kpi.landing.rekey import rekey as rekey_lake
    from safer_kpi.settings import Settings

    with console(stderr=True).status("reading live rows again"):
        done = rekey_lake(Settings.load(home), person=by, reason=reason)
    if not done and not json:
        typer.echo("Every live row carries today's key already.")
        return
    emit([asdict(each) for each in done], as_json=json)
