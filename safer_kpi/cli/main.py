"""The ``safer-kpi`` command: finds the command that is named and turns errors into messages and exit codes."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from safer_kpi.cli.boundary import ended_in_words
from safer_kpi.cli.named import Commands
from safer_kpi.cli.process import run


class _Group(TyperGroup):
    """Import a command when it is named, and let it end in words, with its exit code."""

    def __init__(self, **terms: Any) -> None:
        super().__init__(**terms | {"commands": Commands()})

    def invoke(self, ctx: Any) -> Any:
        with ended_in_words(ctx.args, debug=bool(ctx.params.get("debug"))):
            return super().invoke(ctx)


app = typer.Typer(
    name="safer-kpi",
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(asked: bool) -> None:
    if asked:
        from safer_kpi.version import package_version

        typer.echo(f"safer-kpi {package_version()}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="If the command fails, show where in the code, without secrets and values."),
    ] = False,
) -> None:
    """Certified, explainable performance indicators, kept as a ledger."""


def main() -> None:
    """Run the command line."""
    run(lambda: app)
