"""What a demo shows at its end: a scorecard, the receipts, one reconciliation statement and one trace."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from rich.table import Table as Grid

import safer_kpi

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from safer_kpi.domain.periods import PeriodType

STATEMENT_METRIC = "1a.violence_and_sexual_offences"
STATEMENT_PERIOD = "2024-02"
TRACE_METRIC = "1a.robbery"
TRACE_PERIOD = "2025-03"
TRACE_ROWS = 6

_LONGEST_FIRST: tuple[PeriodType, ...] = ("year", "rolling12", "rolling36", "quarter", "month")
_BETTER = {"lower_is_better": "lower", "higher_is_better": "higher", "context": "neither"}

#: A title, a table, and a line below it.
Part: TypeAlias = tuple[str, Grid, str]


@dataclass(frozen=True)
class Story:
    """A finished demo: where it lies, whose area it is about, and its two releases."""

    home: Path
    area_code: str
    first_release: str
    second_release: str


def present(story: Story, console: Console) -> None:
    """Print what the demo's lake answers."""
    with safer_kpi.open(story.home) as lake:
        for part in (_scorecard(lake, story), _receipts(lake), _statement(lake, story), _trace(lake, story)):
            title, grid, caption = part
            console.print()
            console.print(title, style="bold")
            console.print(grid)
            console.print(caption, style="italic")
    console.print()
    console.print("Next things to try", style="bold")
    for command in next_things(story):
        console.print(f"  {command}", soft_wrap=True, highlight=False, markup=False)


def _grid(columns: Iterable[str]) -> Grid:
    """Return a table in which the columns with names in capitals are numbers."""
    grid = Grid(box=None, pad_edge=False)
    for column in columns:
        # Words may run over several lines; names and numbers may not.
        kept = column not in ("unit", "changes or message", "verdict")
        grid.add_column(column.lower(), justify="right" if column.isupper() else "left", no_wrap=kept, overflow="fold")
    return grid


def _scorecard(lake: safer_kpi.Lake, story: Story) -> Part:
    """Return every metric of the partnership's area over its longest period, compared with the year before."""
    grid = _grid(("metric", "period", "VALUE", "95 % INTERVAL", "unit", "verdict", "better", "status", "COVERAGE"))
    for metric in lake.metrics().rows():
        by = next(length for length in _LONGEST_FIRST if length in metric["periods"])
        row = lake.metric(metric["metric_id"], area=story.area_code, by=by, release=story.second_release).rows()[-1]
        interval = "" if row["lower"] is None else f"{_number(row['lower'])} to {_number(row['upper'])}"
        grid.add_row(
            metric["metric_id"],
            row["period"],
            _number(row["value"]),
            interval,
            row["unit"],
            _verdict(lake, story, row),
            _BETTER[metric["polarity"]],
            row["status"],
            f"{row['coverage']:.0%}",
        )
    title = f"Scorecard {story.second_release}, {story.area_code} (made-up data)"
    return title, grid, "The verdict compares with a year before; safer-kpi verdicts gives its test and its figures."


def _verdict(lake: safer_kpi.Lake, story: Story, row: Any) -> str:
    rows = lake.verdicts(
        row["metric_id"], area=story.area_code, period=row["period"], by=row["period_type"], release=row["release_id"]
    ).rows()
    return next((each["verdict"] for each in rows if each["against"] == "year_before"), "not judged")


def _receipts(lake: safer_kpi.Lake) -> Part:
    """Return the deliveries that were not plain, and one of each kind that were: new, published again, the last."""
    columns = ("DELIVERY", "file", "received", "status", "READ", "ACCEPTED", "QUARANTINED", "changes or message")
    rows = lake.deliveries().rows()
    odd = [row for row in rows if row["status"] != "accepted" or row["rows_quarantined"]]
    plain = [row for row in rows if row not in odd]
    again = [row for row in plain if "progressed" in row["changes"]]
    shown = sorted([plain[0], again[0], *odd, plain[-1]], key=lambda row: int(row["delivery_id"]))
    grid = _grid(columns)
    for row in shown:
        grid.add_row(
            str(row["delivery_id"]),
            row["file_name"],
            f"{row['received_at']:%Y-%m-%d}",
            row["status"],
            *(f"{row[name]:,}" for name in ("rows_read", "rows_accepted", "rows_quarantined")),
            row["error"] or _changes(row["changes"]),
        )
    return "Receipts", grid, f"{len(shown)} of {len(rows)}: safer-kpi deliveries shows all."


def _statement(lake: safer_kpi.Lake, story: Story) -> Part:
    lines = lake.compare(
        story.first_release,
        story.second_release,
        metric=STATEMENT_METRIC,
        area=story.area_code,
        period=STATEMENT_PERIOD,
    ).rows()
    files = {row["delivery_id"]: row for row in lake.deliveries().rows()}
    grid = _grid(("line", "delivery", "AMOUNT"))
    for line in lines:
        if line["step"] == "movement":
            receipt = files.get(line["delivery_id"])
            source = f"delivery {line['delivery_id']} ({receipt['received_at']:%Y-%m-%d})" if receipt else ""
            grid.add_row(f"  {line['cause']}", source, f"{line['amount']:+,}")
        else:
            release = story.first_release if line["step"] == "opening" else story.second_release
            grid.add_row(f"as certified in {release}", "", f"{line['amount']:,}", style="bold")
    title = f"Reconciliation statement: {STATEMENT_METRIC}, {story.area_code}, {STATEMENT_PERIOD}"
    return title, grid, "Opening and movements add up to closing, residual 0."


def _trace(lake: safer_kpi.Lake, story: Story) -> Part:
    rows = lake.trace(TRACE_METRIC, area=story.area_code, period=TRACE_PERIOD).rows()
    grid = _grid(("ENTRY", "cause", "file", "sha-256", "SOURCE ROW", "WEIGHT"))
    for row in rows[:TRACE_ROWS]:
        grid.add_row(
            str(row["entry"]),
            row["cause"],
            row["file_name"],
            f"{row['sha256'][:12]}…",
            str(row["source_row"]),
            f"{row['weight']:+}",
        )
    title = f"Trace: {TRACE_METRIC}, {story.area_code}, {TRACE_PERIOD}, to the rows of the partner's file"
    return title, grid, f"{min(TRACE_ROWS, len(rows))} of {len(rows)} source rows."


def next_things(story: Story) -> tuple[str, ...]:
    """Commands to try on the demo's lake, as they can be typed where the demo was run."""
    home = os.path.relpath(story.home)
    area, releases = story.area_code, f"{story.first_release} {story.second_release}"
    command, python = _typed("safer-kpi"), _typed("python")
    one_line = f'import safer_kpi; print(safer_kpi.open("{home}").metric("{TRACE_METRIC}", area="{area}", by="year"))'
    return (
        f"{command} show {TRACE_METRIC} --area {area} --by quarter --home {home}",
        f"{command} compare {releases} --metric 1c.violence_positive_outcomes --area {area} --by year --home {home}",
        f"{command} verdicts 1a.domestic_abuse_violence --area {area} --by year --home {home}",
        f"{command} feeds joint_patrols --on 2025-06-01 --home {home}",
        f"{command} receipt 2 --home {home}",
        f"{command} quarantine --home {home}",
        f"{command} verify --home {home}",
        f"{python} -c '{one_line}'",
    )


def _typed(program: str) -> str:
    """Return the program's name if the shell finds it, else its path beside this interpreter."""
    beside = Path(sys.executable).parent / program
    return program if shutil.which(program) == str(beside) else os.path.relpath(beside)


def _number(value: Any) -> str:
    """Return a count with thousands, a rate or share with its first decimals, a dash if there is no number."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:,.3g}"


def _changes(changes: Any) -> str:
    found = json.loads(changes) if isinstance(changes, str) else changes or {}
    return ", ".join(f"{cause} {count:,}" for cause, count in found.items())
