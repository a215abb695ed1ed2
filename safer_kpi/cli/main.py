"""The ``safer-kpi`` command: registers each command's module and turns errors into messages and exit codes."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from safer_kpi.cli import (
    change,
    compact,
    compare,
    contract,
    demo,
    docs,
    doctor,
    drop,
    fetch,
    key,
    land,
    migrate,
    peers,
    read,
    receipt,
    rekey,
    release,
    sql,
    trace,
    up,
    verdicts,
    verify,
    vintages,
)
from safer_kpi.errors import SaferKpiError


class _Commands(TyperGroup):
    """Show errors that a person can fix without a traceback, each with its exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SaferKpiError as mistake:
            typer.echo(f"{mistake.what}\n{mistake.next_action}".strip(), err=True)
            raise typer.Exit(mistake.exit_code) from None


app = typer.Typer(
    name="safer-kpi",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _module in (
    demo,
    land,
    drop,
    fetch,
    migrate,
    compact,
    rekey,
    receipt,
    contract,
    docs,
    read,
    trace,
    vintages,
    change,
    verdicts,
    peers,
    compare,
    verify,
    sql,
    release,
    key,
    doctor,
    up,
):
    _module.register(app)


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
) -> None:
    """Certified, explainable performance indicators, kept as a ledger."""


def main() -> None:
    """Run the command line."""
    app()
