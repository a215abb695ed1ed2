"""``audit``: what do the hidden cells of a published table still tell?"""

from pathlib import Path
from typing import Annotated

import typer

from safer_kpi.cli.options import Csv, Json

_COLUMNS = ["line", "least", "most", "values", "needed", "because"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit")(audit)


def audit(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A CSV file: columns that name a cell, and one of numbers.")
    ],
    *,
    value: Annotated[
        str | None, typer.Option("--value", metavar="COLUMN", help="The column of the numbers; default: the last.")
    ] = None,
    hidden: Annotated[
        list[str] | None,
        typer.Option(
            "--hidden",
            metavar="MARK=LOW-HIGH",
            help="What a mark stands for, such as '*=0-4', or 's=0-' without an end; default: *, c, [c] and an"
            " empty cell are 1 to 4, and <5 is what it says. May be repeated.",
        ),
    ] = None,
    total: Annotated[
        list[str] | None,
        typer.Option("--total", metavar="NAME", help="Another name of a margin beside Total and All. May be repeated."),
    ] = None,
    within: Annotated[
        Path | None,
        typer.Option(
            "--within", metavar="FILE", help="A CSV file with the columns part and whole: what adds up to what."
        ),
    ] = None,
    rounded: Annotated[
        int,
        typer.Option(
            "--rounded", metavar="BASE", min=1, help="Numbers shown are less than BASE away from the true ones."
        ),
    ] = 1,
    width: Annotated[
        int,
        typer.Option(
            "--width", min=2, help="Numbers in a row that a hidden cell must keep, if its mark leaves so many."
        ),
    ] = 5,
    absent_unknown: Annotated[
        bool,
        typer.Option("--absent-unknown", help="Take a combination without a row as not known; default: as nothing."),
    ] = False,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Work out what the hidden cells of a published table can still be; exit with 1 if one keeps too few numbers."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.output import emit, say
    from safer_kpi.disclosure.audit.csv_files import read_lines, read_marks, read_within
    from safer_kpi.disclosure.audit.table import Terms, audit_table

    terms = Terms(
        value=value,
        totals=tuple(total or ()),
        marks=read_marks(hidden or ()),
        rounded=rounded,
        width=width,
        absent_is_zero=not absent_unknown,
        within=read_within(within) if within else {},
    )
    found = audit_table(read_lines(file), terms)
    examined = {"cells": found.cells, "hidden": found.hidden, "relations": found.relations, "passed": found.passed}
    if not printed(found.rows, [*found.dimensions, *_COLUMNS], json=json, csv=csv, audited=examined):
        counts = f"{found.cells:,} cells, {found.hidden:,} of them hidden, {found.relations:,} sums"
        if found.passed:
            say(f"{counts}: every hidden cell keeps as many numbers as its mark leaves, or {width}.")
        else:
            emit(found.rows, as_json=False, columns=[*found.dimensions, *_COLUMNS[:-1]])
            for row in found.rows[:3]:
                say(f"Row {row['line']}: " + "; ".join(row["because"]))
            say(f"{counts}: {len(found.rows):,} can be narrowed.")
    if not found.passed:
        raise typer.Exit(1)
