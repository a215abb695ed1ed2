"""``change``: a number beside that of an earlier period, at equal age and like for like."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from safer_kpi.cli.options import By, Csv, Home, Json, Period
from safer_kpi.cli.output import say

_COLUMNS = ["area", "period", "value", "against", "reference", "change", "per cent", "as known now", "of", "why not"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("change")(change)


def change(
    metrics: Annotated[
        list[str],
        typer.Argument(help="One metric's id or several, as the command metrics lists them.", metavar="METRIC…"),
    ],
    *,
    area: Annotated[list[str] | None, typer.Option("--area", help="An area's code or exact name; repeatable.")] = None,
    by: By = None,
    period: Period = None,
    against: Annotated[
        str, typer.Option("--against", help="year_before, baseline, or an earlier period such as 2022-23.")
    ] = "year_before",
    breakdown: Annotated[str | None, typer.Option("--breakdown", help="One part of the metric.")] = None,
    release: Annotated[str | None, typer.Option("--release", help="A release id, or now.")] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="A date (until its end in the UK) or a time (UTC).")
    ] = None,
    home: Home = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Show how much a number changed: beside what the earlier period was known to be at the same age."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.numbers import print_sensitive
    from safer_kpi.cli.options import open_lake
    from safer_kpi.cli.output import emit
    from safer_kpi.domain.periods import period_type

    lake = open_lake(home)
    table = lake.change(
        metrics,
        area=area,
        by=period_type(by),
        period=period,
        against=against,
        breakdown=breakdown,
        release=release,
        known_at=known_at,
    )
    rows = table.rows()
    if printed(rows, table.columns, json=json, csv=csv):
        return
    about = {row["metric_id"]: row for row in lake.metrics().rows()}
    for metric in dict.fromkeys(metrics):
        own = [row for row in rows if row["metric_id"] == metric]
        say(f"{metric}: {about[metric]['title']}, {own[0]['unit'] if own else about[metric]['unit']}")
        if own:
            say(_known(own[0]))
        shown = [told(row) for row in own]
        used = [name for name in _COLUMNS if name not in ("of", "why not") or any(row[name] for row in shown)]
        emit(shown, as_json=False, columns=used, empty="No such area or period there.")
        print_sensitive(own)
        for differ in dict.fromkeys(row["contributors_differ"] for row in own if row["contributors_differ"]):
            say(f"Not the same sources: {differ}.")
        if about[metric].get("settling_note"):
            say(f"Called final too early: {about[metric]['settling_note']}.")


def _known(row: Mapping[str, Any]) -> str:
    at = f"known at {row['known_at']:%Y-%m-%d %H:%M} UTC"
    where = f"Release {row['release_id']}, {at}." if row["release_id"] else f"The live balance, {at}."
    return f"{where} The earlier period stands as it was known when it was as old, unless it says otherwise."


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``Lake.change`` as people read it."""
    from safer_kpi.reading.plain import number

    reference = row["reference_period"] or ""
    if row["basis"] == "latest known":
        reference += ", as known now"
    latest = row["latest_reference_value"]
    return {
        "area": row["area_name"] or row["area_code"],
        "period": row["period"],
        "value": number(row["value"]),
        "against": reference,
        "reference": number(row["reference_value"]),
        "change": signed(row["difference"]),
        "per cent": "" if row["percentage"] is None else f"{row['percentage']:+.1f}",
        "as known now": number(latest) if latest is not None and latest != row["reference_value"] else "",
        "of": like_for_like(row),
        "why not": row["reason"] or "",
    }


def signed(value: float | None) -> str:
    """Return a difference with its sign; nothing if there is none."""
    from safer_kpi.reading.plain import number

    if value is None:
        return ""
    return f"+{number(value)}" if value > 0 else number(value)


def like_for_like(row: Mapping[str, Any]) -> str:
    """Return which months are compared; nothing if all are."""
    if row["months"] == row["of_months"]:
        return ""
    return f"{row['months']} of {row['of_months']} months, without {', '.join(row['left_out'])}"
