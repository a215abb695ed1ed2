"""``compare``: why numbers changed."""

from typing import Annotated

import typer

from safer_kpi.cli.options import Area, By, Home, Json, Period

_SHOWN = 12
_CHANGED = """
SELECT * EXCLUDE (changed)
FROM (SELECT *, bool_or(step = 'movement') OVER (PARTITION BY period) AS changed FROM this)
WHERE changed
"""
_MOVED = """
SELECT metric_id, area_name, period,
  sum(CASE step WHEN 'opening' THEN amount ELSE 0 END) AS opening,
  sum(CASE step WHEN 'movement' THEN amount ELSE 0 END) AS moved,
  sum(CASE step WHEN 'closing' THEN amount ELSE 0 END) AS closing,
  string_agg(DISTINCT cause, ', ' ORDER BY cause) AS causes
FROM this
GROUP BY metric_id, area_code, area_name, period, breakdown
HAVING count(*) FILTER (step = 'movement') > 0
"""
_TOP = f"SELECT * FROM this ORDER BY opening = 0, abs(moved) DESC, metric_id, area_name, period LIMIT {_SHOWN}"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(compare)


def compare(
    a: Annotated[str, typer.Argument(help="A release, now, a date, prod, or a preview such as dev.", metavar="A")],
    b: Annotated[str, typer.Argument(help="A release, now, a date, prod, or a preview such as dev.", metavar="B")],
    *,
    metric: Annotated[str | None, typer.Option("--metric", help="One metric.")] = None,
    area: Area = None,
    by: By = None,
    period: Period = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Say why the numbers of A became those of B, by cause and delivery, to the last unit."""
    from safer_kpi.cli.options import open_lake
    from safer_kpi.cli.output import print_json, print_table
    from safer_kpi.cli.statement import statement_lines
    from safer_kpi.domain.periods import period_type

    lake = open_lake(home)
    table = lake.compare(a, b, metric=metric, area=area, by=period_type(by), period=period)
    if json:
        print_json(table.rows())
        return
    if metric and area:
        changed = table if period else table.query(_CHANGED)
        lines = statement_lines(lake, changed.rows(), a=a, b=b)
        typer.echo("\n".join(lines) or f"Nothing changed between {a} and {b}: residual 0.")
        return
    # What stayed the same is not even read.
    moved = table.moved.query(_MOVED)
    top = moved.query(_TOP).rows()
    if not top:
        typer.echo(f"Nothing changed between {a} and {b}: residual 0.")
        return
    print_table(top, list(top[0]), title=f"What moved most between {a} and {b}")
    count = moved.query("SELECT count(*) AS n FROM this").rows()[0]["n"]
    typer.echo(f"{count:,} numbers moved; residual 0 for each. Add --metric and --area for a statement.")
