"""``compare``: why numbers changed."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TextIO

import typer

from safer_kpi.cli.options import Area, By, Home, Json, Period

# One side names what the other may.
_SIDE = "A release, a date, now, prod or an environment such as dev."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(compare)


def compare(
    a: Annotated[str, typer.Argument(help=_SIDE, metavar="A")],
    b: Annotated[str, typer.Argument(help="The other side, named the same way.", metavar="B")],
    *,
    metric: Annotated[str | None, typer.Option("--metric", help="One metric.")] = None,
    area: Area = None,
    by: By = None,
    period: Period = None,
    rows: Annotated[bool, typer.Option("--rows", help="Print the rows too, up to a thousand.")] = False,
    csv: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="Write every row as CSV; - for standard output.")
    ] = None,
    html: Annotated[
        str | None, typer.Option("--html", metavar="FILE", help="Write one self-contained page to read or print.")
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Say why the numbers of A became those of B, by cause and delivery, to the last unit."""
    from safer_kpi.cli.options import open_lake
    from safer_kpi.cli.output import stream_json
    from safer_kpi.cli.statement import as_json, print_report, print_rows
    from safer_kpi.domain.periods import period_type
    from safer_kpi.errors import UsageError
    from safer_kpi.statements import Slice, explain

    if csv == "-" and (json or rows):
        raise UsageError("Only one output can go to standard output.", next_action="Name a file: --csv FILE.")
    chosen = Slice(a, b, metric=metric, area=area, by=period_type(by), period=period)
    lake = open_lake(home)
    if csv == "-" and html is None:
        from safer_kpi.statements.rows_csv import write_rows

        write_rows(chosen.rows(lake), sys.stdout)
        return
    found = explain(lake, chosen)
    if html is not None:
        from safer_kpi.statements.document import page

        with _written(html) as stream:
            stream.write(page(found, command=_command(chosen)))
    if csv is not None:
        from safer_kpi.statements.rows_csv import write_rows

        with contextlib.nullcontext(sys.stdout) if csv == "-" else _written(csv) as stream:
            write_rows(found.rows, stream)
    if json:
        stream_json(found.rows, summary=as_json(found))
    elif csv != "-":
        print_report(found, statements=rows or not (csv or html))
        if rows:
            print_rows(found.rows)
        for what, file in (("The page", html), ("Every row", csv)):
            if file is not None:
                typer.echo(f"{what}: {file}")


def _command(chosen: object) -> list[str]:
    """Return the words of the comparison as a person types it."""
    named = vars(chosen)
    words = ["safer-kpi", "compare", str(named["a"]), str(named["b"])]
    for option in ("metric", "area", "by", "period"):
        if named[option] is not None:
            words += [f"--{option}", named[option]]
    return words


@contextlib.contextmanager
def _written(file: str) -> Iterator[TextIO]:
    """Open a text file that is written whole or not at all."""
    from safer_kpi.errors import UsageError

    target = Path(file)
    beside = target.with_name(f".{target.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        beside.replace(target)
    except OSError as refused:
        raise UsageError(
            f"{file} cannot be written.", next_action="Name a file in a folder that you can write to."
        ) from refused
    finally:
        beside.unlink(missing_ok=True)
