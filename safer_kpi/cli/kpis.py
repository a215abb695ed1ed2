"""What commands print of the strategy: each KPI in its words and order, its metrics, or why it has no number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from safer_kpi.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from safer_kpi.domain.periods import PeriodType
    from safer_kpi.reading.lake import Lake

Row = dict[str, Any]

BETTER = {"lower_is_better": "lower", "higher_is_better": "higher", "context": "neither"}


def kpi_named(lake: Lake, name: str, *, release: str | None) -> Row | None:
    """Return the KPI of that code, or None if ``name`` is a metric's id or nothing that is known."""
    if name in lake.book.metrics:
        return None
    return next((row for row in lake.kpis(release=release).rows() if row["kpi"] == name), None)


def heading(kpi: Mapping[str, Any]) -> str:
    """Return a KPI in one line: its code and its words."""
    return f"{kpi['kpi']}  {kpi['words'] or kpi['note']}"


def asked(kpi: Mapping[str, Any]) -> str:
    """Return what is asked for and why, and what is missing if nothing is measured; empty if it is not recorded."""
    if kpi["direction"] is None:
        return ""
    both = "opposite directions, by part" if kpi["direction"] == "both" else f"an {kpi['direction']}"
    words = "a decrease" if kpi["direction"] == "decrease" else both
    told = " ".join(filter(None, (f"Asked for: {words}.", kpi["explanation"])))
    return f"{told}\n{kpi['note']}." if kpi["note"] else told


def print_metrics(kpis: Sequence[Row], metrics: Sequence[Row]) -> None:
    """Print every KPI in the strategy's order with its metrics; then the metrics that stand under no KPI of it."""
    from safer_kpi.cli.output import print_table

    columns = ["metric_id", "definition_version", "title", "unit", "asked for", "better", "what is live now"]
    columns.append("moved after final")
    priority = None
    for kpi in kpis:
        if kpi["priority"] != priority:
            priority = kpi["priority"]
            typer.echo(f"{priority}\n")
        wanted = dict(zip(kpi["headlines"] or (), kpi["wanted"] or (), strict=True))
        mine = [row for row in metrics if row["kpi"] == kpi["kpi"] or row["metric_id"] in wanted]
        order = {name: place for place, name in enumerate(wanted)}
        mine.sort(key=lambda row: (order.get(row["metric_id"], len(order)), row["metric_id"]))
        say("\n".join(filter(None, (heading(kpi), asked(kpi)))))
        if mine:
            print_table([row | _directions(row, wanted) for row in mine], columns)
        else:
            typer.echo("")
    known = {kpi["kpi"] for kpi in kpis}
    if others := [row for row in metrics if row["kpi"] not in known]:
        say("In no KPI of the strategy")
        print_table([row | _directions(row, {}) for row in others], columns)


def _directions(metric: Mapping[str, Any], wanted: Mapping[str, str]) -> Row:
    """Return what the strategy asks of a headline metric, and what is better by the metric's own definition."""
    return {
        "asked for": wanted.get(metric["metric_id"], ""),
        "better": BETTER.get(metric.get("polarity") or "", ""),
        "moved after final": f"{metric['moved_after']} of {metric['measured_periods']}"
        if metric["moved_after"]
        else "",
    }


def print_moved(lake: Lake, metrics: Iterable[str]) -> None:
    """Print of each metric whether numbers of it moved after they were called final."""
    notes = {row["metric_id"]: row["settling_note"] for row in lake.metrics().rows() if row["settling_note"]}
    for name in dict.fromkeys(metrics):
        if name in notes:
            say(f"Called final too early: {name}: {notes[name]}.")


def headline_rows(
    lake: Lake, kpi: Mapping[str, Any], *, area: str | None, by: PeriodType | None, period: str | None
) -> list[Row]:
    """Return the newest observation of each headline metric of a KPI, or those of a period.

    Each row also says what the strategy asks of the metric (``wanted``), what is better by its own definition
    (``polarity``) and which metrics are read beside it (``guards``). Without an area, wards are left out.
    """
    from safer_kpi.domain.periods import LONGEST_FIRST, parse_period

    release = kpi["release_id"] or "now"
    found = []
    for metric_id, wanted in zip(kpi["headlines"] or (), kpi["wanted"] or (), strict=True):
        about = lake.book.metrics.get(metric_id)
        if about is None:
            continue  # the release knows it, and the project defines it no longer
        asked = parse_period(period, by=by).period_type if period else by
        if asked and asked not in (about.get("periods") or [asked]):
            continue  # it is not available in this period type
        length = by or (None if period else next(each for each in LONGEST_FIRST if each in about["periods"]))
        rows = lake.metric(metric_id, area=area, by=length, period=period, release=release).rows()
        newest = {row["area_code"]: row for row in rows if area or row["area_type"] != "ward"}
        valued = {row["area_code"]: row for row in rows if row["value"] is not None}
        own = {"wanted": wanted, "polarity": about.get("polarity"), "guards": about.get("guards")}
        found += [valued.get(code, row) | {"title": about["title"]} | own for code, row in newest.items()]
    return found


def print_kpi(kpi: Mapping[str, Any], rows: Sequence[Row], titles: Mapping[str, str]) -> None:
    """Print one KPI: its words, what is asked for, and its headline metrics with what is read beside each."""
    from safer_kpi.cli.numbers import print_reasons
    from safer_kpi.cli.output import observations, print_table

    say(heading(kpi))
    if kpi["priority"]:
        say(f"Priority: {kpi['priority']}.")
        say(asked(kpi))
        source = kpi["plan"] or f"{kpi['document']}, paragraph {kpi['paragraph']}"
        say(f"Source: {source}.")
    if rows:
        shown = [
            {"metric": row["title"], **observation, "unit": row["unit"], "asked for": row["wanted"],
             "better": BETTER.get(row["polarity"] or "", "")}
            for row, observation in zip(rows, observations(rows), strict=True)
        ]  # fmt: skip
        columns = ["metric", "area", "code", "period", "value", "unit", "asked for", "better", "status", "coverage"]
        print_table(shown, [*columns, *(["also from"] if any(row["also from"] for row in shown) else [])])
    print_reasons(rows)
    for row in {row["metric_id"]: row for row in rows}.values():
        if row["guards"]:
            say(f"Read {row['title']} beside {', '.join(titles.get(each, each) for each in row['guards'])}.")
