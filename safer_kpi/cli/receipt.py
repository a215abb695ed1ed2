"""The command ``receipt``: the result of a partner's file, to send back to the partner."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Home, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("receipt")(receipt)


def receipt(
    delivery: Annotated[int, typer.Argument(help="A delivery's number, as the command deliveries lists them.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="The file to write to.")] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Write a partner's receipt: what was accepted, what is held back and why, and what changed. No row is shown."""
    from safer_kpi.cli.options import lake_settings
    from safer_kpi.cli.output import print_json
    from safer_kpi.errors import NotFound
    from safer_kpi.receipts.delivered import receipt_for_partner
    from safer_kpi.receipts.partner_receipt import as_markdown

    settings = lake_settings(home)
    if settings is None:
        raise NotFound("There is no lake there.", next_action="Receipts are written where the files were landed.")
    found = receipt_for_partner(settings, delivery)
    written = StringIO()
    with redirect_stdout(written):
        if json:
            print_json([found.as_row()])
        else:
            typer.echo(as_markdown(found), nl=False)
    if out is None:
        typer.echo(written.getvalue(), nl=False)
    else:
        out.write_text(written.getvalue(), encoding="utf-8")
        typer.echo(str(out), err=True)
