"""Commands about feed contracts: ``contract list`` and ``contract show``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from safer_kpi.cli.options import Home, Json


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What partners agreed to send.", no_args_is_help=True)
    group.command("list")(list_contracts)
    group.command("show")(show_contract)
    app.add_typer(group, name="contract")


def list_contracts(home: Home = None, json: Json = False) -> None:
    """List the project's contracts."""
    from safer_kpi.catalogue.feeds import feed_names, load_feed
    from safer_kpi.cli.output import emit
    from safer_kpi.settings import Settings

    project = Settings.load(home).project
    rows = []
    for name in feed_names(project):
        feed = load_feed(project, name)
        rows.append(
            {"feed": name, "version": feed.version, "title": feed.title, "owner": feed.owner, "cadence": feed.cadence}
        )
    emit(rows, as_json=json)


def show_contract(
    feed: Annotated[str, typer.Argument(help="The feed.")], home: Home = None, json: Json = False
) -> None:
    """Show a contract: its columns, the header names each goes by, and the checks a row must pass."""
    from safer_kpi.catalogue.feeds import load_feed
    from safer_kpi.cli.output import emit
    from safer_kpi.settings import Settings

    contract = load_feed(Settings.load(home).project, feed)
    rows: list[dict[str, Any]] = []
    for layout in contract.layouts:
        for name, column in layout.schema.columns.items():
            checks = [str(check.error or check.name) for check in column.checks]
            rows.append(
                {
                    "layout": layout.name,
                    "column": name,
                    "headers": ", ".join((column.metadata or {}).get("headers", ())),
                    "required": not column.nullable,
                    "checks": ", ".join(checks),
                    "description": column.description or "",
                }
            )
    if not json:
        typer.echo(f"{contract.name} {contract.version}: {contract.title}")
        typer.echo(f"From {contract.owner}; {contract.cadence}; {contract.legal_basis}.")
        typer.echo(
            f"Cells {contract.cell}" + (f", named like {contract.file_name_example}" if contract.file_name else "")
        )
    emit(rows, as_json=json)
