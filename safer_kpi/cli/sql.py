"""``sql``: query the read file, or the lake itself."""

import sys
from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from safer_kpi.cli.options import Csv, Home, Json

_PROMPT = "kpi> "


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sql")(sql)


def sql(
    query: Annotated[str | None, typer.Argument(help="One query; default: a prompt.")] = None,
    lake: Annotated[bool, typer.Option("--lake", help="Query the lake itself, as of the last complete build.")] = False,
    home: Home = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Query the schema kpi, read-only: observation, certified, ledger, metric, area, delivery, release, coverage."""
    import duckdb

    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.output import print_table
    from safer_kpi.errors import UsageError

    def show(rows: list[dict[str, Any]]) -> None:
        if printed(rows, json=json, csv=csv):
            return
        if rows:
            print_table(rows, list(rows[0]), kept=list(rows[0]))  # what was asked for stays in its place
        else:
            typer.echo("No rows.")

    read = _lake_reader(home) if lake else _book_reader(home)
    if query is not None:
        try:
            show(read(query))
        except duckdb.Error as wrong:
            raise UsageError(str(wrong).strip(), next_action="Correct the query.") from None
        return
    for statement in _statements():
        try:
            show(read(statement))
        except (duckdb.Error, UsageError) as wrong:
            typer.echo(str(wrong).strip(), err=True)


def _statements() -> Iterator[str]:
    """Yield statements from the prompt or a pipe, each up to its semicolon."""
    shown = sys.stdin.isatty()
    pending = ""
    while True:
        if shown:
            typer.echo("...> " if pending else _PROMPT, nl=False)
        line = sys.stdin.readline()
        if not line or line.strip() in {"exit", "quit", ".exit", ".quit"}:
            break
        pending += line
        if pending.rstrip().endswith(";"):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


def _book_reader(home: str | None) -> Callable[[str], list[dict[str, Any]]]:
    from safer_kpi.cli.options import open_lake

    opened = open_lake(home)
    opened.book.use_bare_names()
    return lambda query: opened.sql(query).rows()


def _lake_reader(home: str | None) -> Callable[[str], list[dict[str, Any]]]:
    from safer_kpi import lake
    from safer_kpi.cli.options import open_lake
    from safer_kpi.reading.queries import close_off, require_reading
    from safer_kpi.settings import Settings

    # The file of the last complete build names the snapshot it was made from.
    with open_lake(home) as book:
        snapshot = int(book.sql("SELECT snapshot_id FROM kpi.build").rows()[0]["snapshot_id"])
    settings = Settings.load(home)
    connection = lake.connect(settings, read_only=True, snapshot=snapshot)
    close_off(connection, folders=[settings.data])

    def read(query: str) -> list[dict[str, Any]]:
        require_reading(connection, query)
        found = connection.execute(query)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return read
