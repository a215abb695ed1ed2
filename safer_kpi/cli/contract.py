"""Commands about feed contracts: ``contract list``, ``show``, ``export`` and ``diff``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from safer_kpi.cli.options import Csv, Home, Json

Side = Annotated[str, typer.Argument(help="An exported contract (YAML), or a feed for its current contract.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What partners agreed to send.", no_args_is_help=True)
    group.command("list")(list_contracts)
    group.command("show")(show_contract)
    group.command("export")(export_contract)
    group.command("diff")(diff_contracts)
    app.add_typer(group, name="contract")


def list_contracts(home: Home = None, json: Json = False, csv: Csv = False) -> None:
    """List the project's contracts."""
    from safer_kpi.catalogue.outlines import outlines
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.output import emit
    from safer_kpi.settings import Settings

    rows = [
        {"feed": name, "version": feed.version, "title": feed.title, "owner": feed.owner, "cadence": feed.cadence}
        for name, feed in outlines(Settings.load(home)).items()
    ]
    if not printed(rows, json=json, csv=csv):
        emit(rows, as_json=False)


def show_contract(
    feed: Annotated[str, typer.Argument(help="The feed.")], home: Home = None, json: Json = False, csv: Csv = False
) -> None:
    """Show a contract: its columns, their header names, and the checks that a row must pass."""
    from safer_kpi.catalogue.check_words import column_words
    from safer_kpi.catalogue.feeds import load_feed
    from safer_kpi.catalogue.marks import MEANINGS
    from safer_kpi.catalogue.partner_page import format_words
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.output import emit
    from safer_kpi.settings import Settings

    contract = load_feed(Settings.load(home).project, feed)
    rows: list[dict[str, Any]] = []
    for layout in contract.layouts:
        for name, column in layout.schema.columns.items():
            rows.append(
                {
                    "layout": layout.name,
                    "column": name,
                    "headers": ", ".join((column.metadata or {}).get("headers", ())),
                    "required": not column.nullable,
                    "checks": "; ".join(column_words(layout, name)),
                    "description": column.description or "",
                }
            )
    if not printed(rows, json=json, csv=csv):
        typer.echo(f"{contract.name} {contract.version}: {contract.title}")
        typer.echo(f"From {contract.owner}; {contract.cadence}; {contract.legal_basis}.")
        typer.echo(
            f"Cells {contract.cell.name}" + (f", named like {contract.file_name_example}" if contract.file_name else "")
        )
        typer.echo(format_words(contract))
        if contract.source is not None:
            typer.echo(contract.source.words)
        for mark, meaning in contract.marks.items():
            typer.echo(f"Mark {mark!r}: {MEANINGS[meaning].words}")
        emit(rows, as_json=False)


def export_contract(
    feed: Annotated[str, typer.Argument(help="The feed.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write the two files.")] = Path(),
    home: Home = None,
    json: Json = False,
) -> None:
    """Write a contract for a partner: Open Data Contract Standard 3.1 (YAML), and a page to read (Markdown)."""
    from safer_kpi.catalogue.feeds import load_feed
    from safer_kpi.catalogue.odcs import to_yaml
    from safer_kpi.catalogue.partner_page import partner_page
    from safer_kpi.cli.output import print_json
    from safer_kpi.settings import Settings

    contract = load_feed(Settings.load(home).project, feed)
    out.mkdir(parents=True, exist_ok=True)
    written = {f"{feed}-{contract.version}.odcs.yaml": to_yaml(contract), f"{feed}.md": partner_page(contract)}
    for name, text in written.items():
        (out / name).write_text(text, encoding="utf-8")
    if json:
        print_json([{"feed": feed, "version": contract.version, "file": str(out / name)} for name in written])
    else:
        typer.echo("\n".join(str(out / name) for name in written))


def diff_contracts(old: Side, new: Side, home: Home = None, json: Json = False, csv: Csv = False) -> None:
    """Say what a new version of a contract breaks; exit with 1 if its version number is too low for the change."""
    from safer_kpi.catalogue.contract_diff import compare_contracts
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.output import print_table
    from safer_kpi.settings import Settings

    project = Settings.load(home).project
    found = compare_contracts(_contract(project, old), _contract(project, new))
    version = f"{found.old_version} -> {found.new_version}"
    rows = [{"level": one.level, "where": one.where, "change": one.change} for one in found.changes]
    least = {"level": found.level, "where": "version", "change": version, "least_version": found.least_version}
    if not printed([*rows, {**least, "enough": found.enough}], json=json, csv=csv):
        if rows:
            print_table(rows, ["level", "where", "change"])
        typer.echo(_verdict(found.level, version, found.least_version, enough=found.enough))
    if not found.enough:
        raise typer.Exit(1)


def _verdict(level: str | None, version: str, least: str, *, enough: bool) -> str:
    if level is None and enough:
        return f"{version}: nothing changed that a partner would notice."
    asked = "No change" if level is None else f"A {level} change"
    return f"{version}: {asked[0].lower()}{asked[1:]}" + (
        f"; {least} is the least, so this is enough." if enough else f" needs at least {least}."
    )


def _contract(project: Path, side: str) -> Any:
    """Return the mapping of an exported file, or of a feed's current contract."""
    from safer_kpi.catalogue.feeds import load_feed
    from safer_kpi.catalogue.odcs import to_odcs
    from safer_kpi.errors import UsageError

    path = Path(side)
    if path.suffix not in {".yaml", ".yml"}:
        return to_odcs(load_feed(project, side))
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise UsageError(
            f"{path.name!r} cannot be read as a contract.",
            next_action="Name a file that `safer-kpi contract export` wrote, or a feed.",
        ) from None
