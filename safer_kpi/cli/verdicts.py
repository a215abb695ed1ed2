"""``verdicts``: did it get better?"""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from safer_kpi.cli.options import Area, By, Csv, Home, Json, Period
from safer_kpi.cli.output import say

# A panel asks about the latest period that can be judged; the whole history is there for programs.
_LATEST = """
SELECT * FROM this
QUALIFY row_number() OVER (
  PARTITION BY metric_id, area_code, period_type, against ORDER BY verdict = 'not judged', period_start DESC
) = 1
ORDER BY metric_id, area_code, period_type, against
"""
_COLUMNS = ["metric", "area", "period", "against", "value", "reference", "change", "verdict", "reason", "test"]


def _against(row: Mapping[str, Any]) -> str:
    """Return the reference of a verdict in words; the baseline and the year before may be the same period."""
    named = {"year_before": "the year before", "baseline": "the baseline", "series": "its series"}[row["against"]]
    if row["against"] == "year_before" and row["is_baseline"]:
        named += " and baseline"
    return f"{named}, {row['reference_period']}" if row["reference_period"] else named


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verdicts")(verdicts)


def verdicts(
    metric: Annotated[str | None, typer.Argument(help="A metric's id; default: every metric.")] = None,
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
    """Say whether numbers got better: the latest period of each length that can be judged, or a given period."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.kpis import heading, print_moved
    from safer_kpi.cli.numbers import print_sensitive
    from safer_kpi.cli.options import open_lake
    from safer_kpi.cli.output import emit
    from safer_kpi.domain.periods import period_type
    from safer_kpi.reading.kpis import NOT_MEASURED

    lake = open_lake(home)
    table = lake.verdicts(metric, area=area, by=period_type(by), period=period, breakdown=breakdown, release=release)
    # Of all metrics: in the strategy's order, with the KPIs that have no number.
    kpis = lake.kpis(release=release).rows() if metric is None else []
    if (json or csv) and printed(table.rows(), table.columns, json=json, csv=csv, **({"kpis": kpis} if kpis else {})):
        return
    place = {kpi["kpi"]: at for at, kpi in enumerate(kpis)}
    rows = table.query(_LATEST).rows()
    if kpis:
        above = {name: row["kpi"] for name, row in lake.book.metrics.items()}
        rows.sort(key=lambda row: place.get(above.get(row["metric_id"], ""), len(place)))
    if rows:
        known = f"known at {rows[0]['known_at']:%Y-%m-%d %H:%M} UTC"
        name = rows[0]["release_id"]
        say(f"Release {name}, {known}." if name else f"The live balance, {known}: nobody has certified it.")
    shown = [
        row
        | {
            "metric": row["metric_id"],
            "area": row["area_name"] or row["area_code"],
            "against": _against(row),
            "reference": row["reference_value"],
        }
        for row in rows
    ]
    emit(shown, as_json=False, columns=_COLUMNS, empty="No such verdict there.")
    print_sensitive(rows)
    for differ in dict.fromkeys(row["contributors_differ"] for row in rows if row["contributors_differ"]):
        say(f"Not the same sources: {differ}.")
    print_moved(lake, [row["metric_id"] for row in rows])
    for kpi in kpis:
        if kpi["status"] == NOT_MEASURED:
            say(f"{heading(kpi)}\n    {kpi['note']}")
