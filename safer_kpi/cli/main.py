"""The ``safer-kpi`` command: registers each command's module and turns errors into messages and exit codes."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from safer_kpi.cli import (
    approvers,
    audit,
    change,
    compact,
    compare,
    contract,
    demo,
    docs,
    doctor,
    drop,
    export,
    fetch,
    key,
    land,
    mcp,
    migrate,
    peers,
    publication,
    publish,
    read,
    receipt,
    rekey,
    release,
    report,
    sql,
    trace,
    up,
    verdicts,
    verify,
    vintages,
)
from safer_kpi.cli.boundary import ended_in_words
from safer_kpi.cli.process import run


class _Commands(TyperGroup):
    """Let every command end in words, with its exit code."""

    def invoke(self, ctx: Any) -> Any:
        with ended_in_words(ctx.args, debug=bool(ctx.params.get("debug"))):
            return super().invoke(ctx)


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
    audit,
    sql,
    release,
    report,
    publication,
    publish,
    export,
    mcp,
    key,
    approvers,
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
    debug: Annotated[
        bool,
        typer.Option("--debug", help="If the command fails, show where in the code, without secrets and values."),
    ] = False,
) -> None:
    """Certified, explainable performance indicators, kept as a ledger."""


def main() -> None:
    """Run the command line."""
    run(lambda: app)
