"""The ``safer-kpi`` command: registers each command's module and turns errors into messages and exit codes."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from safer_kpi.cli import (
    compact,
    compare,
    contract,
    demo,
    docs,
    key,
    land,
    read,
    receipt,
    rekey,
    release,
    sql,
    trace,
    verdicts,
    verify,
    vintages,
)
from safer_kpi.errors import SaferKpiError


class _Commands(TyperGroup):
    """Mistakes a person can mend are shown without a traceback, each with its exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SaferKpiError as mistake:
            typer.echo(f"{mistake.what}\n{mistake.next_action}".strip(), err=True)
            raise typer.Exit(mistake.exit_code) from None


app = typer.Typer(
    name="safer-kpi",
    cls=_Commands,
    help="Certified, explainable performance indicators, kept as a ledger.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _module in (
    demo,
    land,
    compact,
    rekey,
    receipt,
    contract,
    docs,
    read,
    trace,
    vintages,
    verdicts,
    compare,
    verify,
    sql,
    release,
    key,
):
    _module.register(app)


def main() -> None:
    """Run the command line."""
    app()
