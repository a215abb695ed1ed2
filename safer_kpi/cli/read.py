"""Commands that read: ``show``, ``metrics``, ``feeds``, ``deliveries``, ``quarantine``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from safer_kpi.cli.options import Area, By, Csv, Home, Json, Period
from safer_kpi.cli.output import say

if TYPE_CHECKING:
    from safer_kpi.reading.lake import Lake

Metric = Annotated[str, typer.Argument(help="A metric's id or a KPI, as the command metrics lists them.")]
Release = Annotated[str | None, typer.Option("--release", help="A release id, or now.")]
KnownAt = Annotated[str | None, typer.Option("--known-at", help="A date (until its end in the UK) or a time (UTC).")]
Feed = Annotated[str | None, typer.Argument(help="One feed; default: all.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (show, metrics, feeds, deliveries, quarantine):
        app.command(command.__name__)(command)


def show(
    metric: Metric,
    *,
    area: Area = None,
    by: By = None,
    period: Period = None,
    breakdown: Annotated[str | None, typer.Option("--breakdown", help="One part of the metric, such as sex:F.")] = None,
    release: Release = None,
    known_at: KnownAt = None,
    definition: Annotated[int | None, typer.Option("--definition", help="The definition version it must have.")] = None,
    home: Home = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """Show a metric or a KPI: the latest release, a named one, the live balance, or a metric as known at a date."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.kpis import kpi_named
    from safer_kpi.cli.numbers import print_numbers
    from safer_kpi.cli.options import open_lake
    from safer_kpi.cli.output import sparkline
    from safer_kpi.domain.periods import period_type

    lake = open_lake(home)
    kpi = kpi_named(lake, metric, release=release)
    if kpi is not None:
        own = {"--breakdown": breakdown, "--known-at": known_at, "--definition": definition}
        _show_kpi(lake, kpi, area=area, by=by, period=period, own=own, json=json, csv=csv)
        return
    told = None if json or csv else lake.metrics(metric).begun()
    table = lake.metric(
        metric,
        area=area,
        by=period_type(by),
        period=period,
        breakdown=breakdown,
        release=release,
        known_at=known_at,
        definition=definition,
    )
    rows = table.rows()
    if printed(rows, table.columns, json=json, csv=csv):
        return
    found = next(iter(told or ()), {"title": metric})
    say(f"{metric}: {found['title']}, {rows[0]['unit'] if rows else found.get('unit', '')}")
    say(_where_from(rows, asked=release is not None or known_at is not None))
    if "certificate" in found:
        say(f"What is live now: {certificate(found)}.")
    if found.get("settling_note"):
        say(f"Called final too early: {found['settling_note']}.")
    if not rows:
        say("No such area or period there.")
        return
    print_numbers(rows)
    for code in dict.fromkeys(row["area_code"] for row in rows):
        series = [row for row in rows if row["area_code"] == code]
        if len(series) > 2:
            line = sparkline([row["value"] for row in series])
            typer.echo(f"{series[0]['area_name']}  {line}  {series[0]['period']} to {series[-1]['period']}")


def _show_kpi(
    lake: Lake,
    kpi: dict[str, Any],
    *,
    area: str | None,
    by: str | None,
    period: str | None,
    own: Mapping[str, object],
    json: bool,
    csv: bool,
) -> None:
    """Show a KPI: its words, and the newest figure of each of its headline metrics."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.kpis import headline_rows, print_kpi, print_moved
    from safer_kpi.domain.periods import period_type
    from safer_kpi.errors import UsageError

    if given := [option for option, value in own.items() if value is not None]:
        named = ", ".join(kpi["headlines"] or ()) or "none yet"
        raise UsageError(
            f"{given[0]} is for a metric, and {kpi['kpi']} is a KPI.", next_action=f"Metrics of {kpi['kpi']}: {named}."
        )
    rows = headline_rows(lake, kpi, area=area, by=period_type(by), period=period)
    if not printed(rows, json=json, csv=csv, kpi=kpi):
        print_kpi(kpi, rows, {name: row["title"] for name, row in lake.book.metrics.items()})
        print_moved(lake, [row["metric_id"] for row in rows])


def _where_from(rows: Sequence[Mapping[str, Any]], *, asked: bool) -> str:
    if not rows:
        return ""
    release_id, known_at = rows[0]["release_id"], rows[0]["known_at"]
    if release_id:
        return f"Release {release_id}, known at {known_at:%Y-%m-%d %H:%M} UTC."
    live = f"The live balance as known at {known_at:%Y-%m-%d %H:%M} UTC: nobody has certified it."
    return live if asked else f"Nothing has been published yet. {live}"


def certificate(metric: Mapping[str, Any]) -> str:
    """Return whether the last certificate of a metric is still valid, in words."""
    if metric["certificate"] == "certified":
        return f"certified in {metric['certified_in']}"
    if metric["certificate"] == "lapsed":
        return f"lapsed since {metric['certified_in']} because {metric['because']}"
    return "provisional: no release certifies it"


def metrics(home: Home = None, json: Json = False, csv: Csv = False) -> None:
    """List the KPIs in the strategy's words and order, each with its metrics or with what is missing to measure it."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.kpis import print_metrics
    from safer_kpi.cli.options import open_lake

    lake = open_lake(home)
    rows, kpis = lake.metrics().rows(), lake.kpis().rows()
    if not printed(rows, json=json, csv=csv, kpis=kpis):
        print_metrics(kpis, [row | {"what is live now": certificate(row)} for row in rows])


def feeds(
    feed: Annotated[str | None, typer.Argument(help="One feed, to list its cells; default: all feeds.")] = None,
    on: Annotated[
        str | None, typer.Option("--on", help="The day to judge by, such as 2025-03-31; default: today.")
    ] = None,
    home: Home = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """List the feeds with their received, late and missing cells; or the cells of one feed."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.options import day, open_lake
    from safer_kpi.cli.output import emit

    lake = open_lake(home)
    table = lake.feeds(on=day(on)) if feed is None else lake.cells(feed, on=day(on))
    rows = table.rows()
    if printed(rows, table.columns, json=json, csv=csv):
        return
    if feed is not None:
        emit(rows, as_json=False, empty="Nothing of it has been delivered.")
        return
    columns = ["feed", "owner", "cadence", "deliveries", "last_received", "cells", "late", "missing", "held_rows"]
    emit(rows, as_json=False, columns=columns, empty="Nothing has been delivered.")


def deliveries(feed: Feed = None, home: Home = None, json: Json = False, csv: Csv = False) -> None:
    """List the receipts, built or not."""
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.options import lake_settings, open_lake
    from safer_kpi.cli.output import emit

    settings = lake_settings(home)
    if settings is None:
        rows = open_lake(home).deliveries(feed).rows()
    else:
        from safer_kpi import lake

        with lake.connect(settings, read_only=True) as connection:
            rows = [row for row in lake.receipts(connection) if feed in (None, row["feed"])]
    if printed(rows, json=json, csv=csv):
        return
    columns = ["delivery_id", "feed", "file_name", "published_at", "received_at", "status"]
    columns += ["rows_read", "rows_accepted", "rows_quarantined", "changes", "error"]
    emit(rows, as_json=False, columns=columns, empty="Nothing has been delivered.")


def quarantine(
    feed: Feed = None,
    delivery: Annotated[int | None, typer.Option("--delivery", help="One delivery.")] = None,
    home: Home = None,
    json: Json = False,
    csv: Csv = False,
) -> None:
    """List rows held back: the rule and the row number, never the row's values."""
    from safer_kpi import lake
    from safer_kpi.cli.for_programs import printed
    from safer_kpi.cli.options import lake_settings
    from safer_kpi.cli.output import emit
    from safer_kpi.errors import NotFound

    settings = lake_settings(home)
    if settings is None:
        raise NotFound(
            "There is no lake there.", next_action="Quarantined rows are listed where the files were landed."
        )
    with lake.connect(settings, read_only=True) as connection:
        found = connection.execute(
            "SELECT delivery_id, feed, source_row, rule, column_name, cell, entry FROM journal.quarantine "
            "ORDER BY delivery_id, source_row, rule, column_name"
        ).fetchall()
    names = ("delivery_id", "feed", "source_row", "rule", "column_name", "cell", "entry")
    rows = [dict(zip(names, row, strict=True)) for row in found]
    rows = [row for row in rows if feed in (None, row["feed"]) and delivery in (None, row["delivery_id"])]
    if not printed(rows, names, json=json, csv=csv):
        emit(rows, as_json=False, empty="No row is held back.")
