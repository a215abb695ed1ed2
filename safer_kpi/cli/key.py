"""``key new|show``: a person's key to approve releases."""

from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Json

File = Annotated[Path, typer.Argument(help="The private key's file, which only you can read.")]
Name = Annotated[str, typer.Option("--name", help="The name of the key's owner.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Keys to approve releases.", no_args_is_help=True)
    group.command("new")(new)
    group.command("show")(show)
    app.add_typer(group, name="key")


def new(file: File, name: Name, json: Json = False) -> None:
    """Create a key and print the line to add to the lake's approvers."""
    from safer_kpi.releases.keys import make_key
    from safer_kpi.settings import Settings

    _print(name, make_key(file, passphrase=Settings.load().signing_passphrase), as_json=json)


def show(file: File, name: Name, json: Json = False) -> None:
    """Print the approvers line of a key; keys of ssh-keygen -t ed25519 work too."""
    from safer_kpi.releases.keys import public_key, read_key
    from safer_kpi.settings import Settings

    _print(name, public_key(read_key(file, passphrase=Settings.load().signing_passphrase)), as_json=json)


def _print(name: str, public: str, *, as_json: bool) -> None:
    from safer_kpi.cli.output import print_json
    from safer_kpi.reading.sealing.signatures import approver_line, fingerprint

    line, found = approver_line(name, public), fingerprint(public)
    if as_json:
        print_json([{"name": name, "approver_line": line, "fingerprint": found}])
        return
    typer.echo(line)
    typer.echo(f"{found}: compare it in person, then add the line to the lake's approvers.", err=True)
