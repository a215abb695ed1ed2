"""``peers``: the own number beside those of the forces and authorities that the project names, never ranked."""

from typing import Annotated

import typer

from safer_kpi.cli.options import Area, By, Csv, Home, Json, Period
from safer_kpi.cli.output import say

_CAPTION = (
    "Peers stand in the order of contracts/peers.yaml and are not ranked: forces record and publish differently, and a"
    " higher number may mean better recording."
)
_COLUMNS = ["area", "code", "period", "value", "95 % interval", "unit", "status", "coverage", "why", "differs"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("peers")(peers)


def peers(
    metric: Annotated[str, typer.Argument(help="A metric's id, as the command metrics lists them.")],
    *,
    area: Area = None,
    by: By = None,
    period: Period = None,
    breakdown: Annotated[str | None, typer.Option("--breakdown", help="One part of the metric.")] = None,
    release: Annotated[str | None, typer.Option("--release", help="A release id, or now.")] = None,
    home: Home = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Show a number beside those of the partnership's peers, with what differs; they are never ranked."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.numbers import print_sensitive
    from safer_kpi.cli.options import open_lake
    from safer_kpi.cli.output import observations, print_table
    from safer_kpi.domain.periods import period_type

    lake = open_lake(home)
    table = lake.peers(metric, area=area, by=period_type(by), period=period, breakdown=breakdown, release=release)
    rows = table.rows()
    if printed(rows, table.columns, json=json, csv=csv):
        return
    say(f"{metric}: {lake.book.metrics[metric]['title']}")
    shown = [
        observation
        | {
            "unit": row["unit"],
            "why": "the own number" if row["is_own"] else row["why"],
            "differs": row["differs"],
        }
        for row, observation in zip(rows, observations(rows), strict=True)
    ]
    print_table(shown, _COLUMNS)
    print_sensitive(rows)
    if all(row["is_own"] for row in rows):
        say("No peers: name them and why in contracts/peers.yaml, and land their published files.")
    else:
        say(_CAPTION)
