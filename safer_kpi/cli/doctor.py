"""``doctor``: look at a lake, its settings, servers, keys, rights, disk and clock."""

from typing import Annotated

import typer

from safer_kpi.cli.options import Csv, Home, Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    *,
    fix: Annotated[
        bool, typer.Option("--fix", help="Do what is safe: take others' rights away, remove left work files.")
    ] = False,
    fix_clock: Annotated[
        bool, typer.Option("--fix-clock", help="Give entries that a clock posted in the future a time from now on.")
    ] = False,
    by: Annotated[str, typer.Option("--by", help="Who answers for --fix-clock.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, for --fix-clock.")] = "",
    home: Home = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Say what is wrong with a lake, its settings and servers, and what would mend it; exit with 1 if anything is."""
    from safer_kpi import diagnosis
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.output import print_table
    from safer_kpi.errors import CheckFailed, UsageError
    from safer_kpi.reading.place import is_url
    from safer_kpi.settings import Settings, open_location

    if is_url(open_location(home)):
        raise UsageError(
            "The home is a URL, from which numbers can only be read.",
            next_action="Name the home of a lake on this machine with --home.",
        )
    settings = Settings.load(home)
    mended = diagnosis.mend_clock(settings, person=by, reason=reason) if fix_clock else []
    findings = diagnosis.examine(settings)
    mended += diagnosis.mend(findings) if fix else []
    if mended:
        findings = diagnosis.examine(settings)
    rows = [finding.as_row() for finding in findings]
    if not printed(rows, diagnosis.COLUMNS, json=json, csv=csv, mended=mended):
        for text in mended:
            typer.echo(text)
        print_table(rows, diagnosis.COLUMNS, kept=diagnosis.COLUMNS)
    bad = [finding for finding in findings if finding.status == diagnosis.WRONG]
    if bad:
        named = ", ".join(dict.fromkeys(finding.check for finding in bad))
        raise CheckFailed(
            f"{len(bad)} of {len(findings)} findings are wrong: {named}.",
            next_action="Do what their last column says, then run safer-kpi doctor again.",
        )
