"""``vintages``: every value a period had, the revision triangle, and how long a metric takes to settle."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from safer_kpi.cli.options import By, Csv, Home, Json, Period
from safer_kpi.cli.output import say

_MEANS = """
SELECT count(*) AS periods, count(*) FILTER (revisions > 0) AS revised, avg(revision) AS mean,
  avg(abs(revision)) AS mean_absolute
FROM this
"""
_MOST_MONTHS = 24


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("vintages")(vintages)


def vintages(
    metric: Annotated[str, typer.Argument(help="A metric's id, as the command metrics lists them.")],
    *,
    area: Annotated[str, typer.Option("--area", help="An area's code or exact name.")],
    by: By = None,
    period: Period = None,
    breakdown: Annotated[str | None, typer.Option("--breakdown", help="One part of the metric, such as sex:F.")] = None,
    triangle: Annotated[
        bool, typer.Option("--triangle", help="One line per period: its value after each whole month since its end.")
    ] = False,
    home: Home = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Show every value a period ever had, from when until when, and what changed it."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.numbers import print_sensitive
    from safer_kpi.cli.options import open_lake
    from safer_kpi.cli.output import emit, print_table
    from safer_kpi.domain.periods import period_type
    from safer_kpi.reading.older import lacking
    from safer_kpi.reading.plain import number
    from safer_kpi.reading.settling import NEEDED

    lake = open_lake(home)
    asked: dict[str, Any] = {"area": area, "by": period_type(by), "period": period, "breakdown": breakdown}
    table = lake.vintages(metric, **asked)
    rows = table.rows()
    now = lake.sql("SELECT as_of FROM kpi.build").rows()[0]["as_of"]
    as_triangle = _triangle(rows, now) if triangle and rows else None
    if printed(as_triangle or rows, _columns(as_triangle) if as_triangle else table.columns, json=json, csv=csv):
        return
    if not rows:
        say("No such period there has ever had a figure.")
        return
    say(f"{metric} · {rows[0]['area_name']} · {rows[0]['unit']}")
    if triangle:
        lines = [
            {key: number(cell) if key.isdecimal() and cell is not None else cell for key, cell in line.items()}
            for line in _triangle(rows, now)
        ]
        print_table(lines, _columns(lines), title="Months after the end of the period")
    else:
        emit([_told(row) for row in rows], as_json=False)
    print_sensitive(rows)
    means = lake.revisions(metric, **asked).query(_MEANS).rows()[0]
    say(
        f"{means['revised']} of {means['periods']} periods were revised after their first value; latest less first: "
        f"mean {number(means['mean'])}, mean of its absolute amount {number(means['mean_absolute'])}."
    )
    if lacking(lake.book, NEEDED):
        say("Months until it settles: not recorded, because an older version wrote this file.")
        return
    settling = next(row for row in lake.settling().rows() if row["metric_id"] == metric)
    say(settled(settling))


def settled(row: Mapping[str, Any]) -> str:
    """Return the declared and the measured settling time in a sentence."""
    measured = "none measured" if row["measured_months"] is None else f"{row['measured_months']} measured"
    of = f"on {row['periods']} periods" if row["periods"] else "as no period is old enough"
    return f"Months until it settles: {row['declared_months']} declared, {measured} {of}: {row['verdict']}."


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one vintage as people read it."""
    from safer_kpi.reading.plain import number

    return {
        "period": row["period"],
        "known from": row["known_from"],
        "until": row["known_until"] or "now",
        "months after": row["months_after"],
        "value": number(row["value"]),
        "revision": "" if row["revision"] is None else number(row["revision"]),
        "numerator": row["numerator"],
        "denominator": row["denominator"],
        "status": row["status"],
        "why": ", ".join(row["causes"]),
    }


def _triangle(rows: Sequence[Mapping[str, Any]], now: dt.datetime) -> list[dict[str, Any]]:
    """Return one line per period: its value known after each whole month since its end, and the latest.

    Columns run to the last month after which some period still changed; a month in the future is empty.
    """
    last = min(_MOST_MONTHS, max(row["months_after"] + 1 for row in rows))
    lines: dict[str, dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault(row["period"], {"period": row["period"]})
        age = (now.year - row["period_end"].year) * 12 + now.month - row["period_end"].month - 1
        # Later rows of a period write over the months from which their own value was known.
        for month in range(max(0, row["months_after"] + 1), min(last, age) + 1):
            line[str(month)] = row["value"]
        line["latest"] = row["value"]
    return list(lines.values())


def _columns(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    found = {key for line in lines for key in line}
    months = sorted(found - {"period", "latest"}, key=int)
    return ["period", *months, "latest"]
