"""Print the results of a demo: a scorecard, the receipts, one reconciliation statement and one trace."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from rich.console import Group
from rich.table import Table as Grid
from rich.text import Text

from safer_kpi.demo.answers import (
    STATEMENT_METRIC,
    STATEMENT_PERIOD,
    TRACE_METRIC,
    TRACE_PERIOD,
    Answers,
    Story,
    answers,
)
from safer_kpi.demo.changes import cells
from safer_kpi.demo.report import first_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console, JustifyMethod, RenderableType

TRACE_ROWS = 6

_BETTER = {"lower_is_better": "lower", "higher_is_better": "higher", "context": "neither"}

#: A title, a table, and a line below it.
Part: TypeAlias = "tuple[str, RenderableType, str]"


def present(story: Story, console: Console) -> None:
    """Print the results that the demo's lake gives."""
    found = answers(story)
    for title, grid, caption in (
        _scorecard(found, story), _receipts(found), _statement(found, story), _trace(found, story),
    ):  # fmt: skip
        console.print()
        console.print(title, style="bold")
        console.print(grid)
        console.print(caption, style="italic")
    console.print()
    console.print("Next things to try", style="bold")
    for command in next_things(story):
        console.print(f"  {command}", soft_wrap=True, highlight=False, markup=False)
    if (page := first_page(story.home)) is not None:
        console.print()
        console.print("The report, to read in a browser", style="bold")
        console.print(f"  {os.path.relpath(page)}", soft_wrap=True, highlight=False, markup=False)


def _grid(columns: Sequence[str], *, widths: Sequence[int] = (), header: bool = True) -> Grid:
    """Return a table in which the columns with names in capitals are numbers; ``widths`` are their least widths."""
    grid = Grid(box=None, pad_edge=False, show_header=header)
    for column, width in itertools.zip_longest(columns, widths):
        # Words may wrap over several lines; names and numbers may not.
        kept = column not in ("unit", "changes or message", "verdict")
        justify: JustifyMethod = "right" if column.isupper() else "left"
        grid.add_column(
            column.lower(), justify=justify, no_wrap=kept, overflow="fold", min_width=width if kept else None
        )
    return grid


def _scorecard(found: Answers, story: Story) -> Part:
    """Return every KPI in the strategy's words and order, with its headline metrics or the reason it has none."""
    columns = (
        "metric",
        "period",
        "VALUE",
        "95 % INTERVAL",
        "YEAR BEFORE",
        "CHANGE",
        "%",
        "unit",
        "asked for",
        "verdict",
        "better",
        "status",
        "COVERAGE",
    )
    notes: list[str] = []
    scored = {row["metric_id"]: _scored(row, notes) for row in found.scorecard if row["metric_id"]}
    scores = list(scored.values())
    widths = [max(map(len, cells)) for cells in zip(columns, *scores, strict=True)]
    parts: list[RenderableType] = []
    for _, rows in itertools.groupby(found.scorecard, key=lambda row: str(row["kpi"])):
        own = list(rows)
        parts.append(Text(f"{own[0]['kpi']}  {own[0]['words'] or own[0]['note']}", style="bold"))
        grid = _grid(columns, widths=widths, header=len(parts) == 1)
        for row in own:
            if row["metric_id"]:
                grid.add_row(*scored[row["metric_id"]])
        parts.append(grid if grid.row_count else Text(f"    {own[0]['note']}"))
    title = f"Scorecard {story.second_release}, {story.area_code} (made-up data)"
    caption = (
        "Asked for is what the strategy wants, better what the metric's own definition says. Year before is what it "
        "was known to be when it was as old as this year is now; safer-kpi change also gives what is known of it now. "
        "In brackets: of the months that both years have. The verdict compares settled numbers: safer-kpi verdicts "
        "gives its test and figures, safer-kpi metrics lists every metric.\n"
        "* Numbers of it moved after they were called final; safer-kpi metrics says how many.\n"
    )
    return title, Group(*parts), caption + "\n".join(f"({place}) {note}" for place, note in enumerate(notes, start=1))


def _scored(row: Mapping[str, Any], notes: list[str]) -> tuple[str, ...]:
    """Return the cells of one headline metric."""
    interval = "" if row["lower"] is None else f"{_number(row['lower'])} to {_number(row['upper'])}"
    value, *changed = cells(row, notes, _number)
    return (
        row["metric_id"],
        row["period"] or "",
        value,
        interval,
        *changed,
        row["unit"] or "",
        row["wanted"] or "",
        row["verdict"] or "",
        _BETTER[row["polarity"]],
        row["status"] + (" *" if row["settling_note"] else ""),
        "" if row["coverage"] is None else f"{row['coverage']:.0%}",
    )


def _receipts(found: Answers) -> Part:
    grid = _grid(("DELIVERY", "file", "received", "status", "READ", "ACCEPTED", "QUARANTINED", "changes or message"))
    for row in found.receipts:
        grid.add_row(
            str(row["delivery_id"]),
            row["file_name"],
            f"{row['received_at']:%Y-%m-%d}",
            row["status"],
            *(f"{row[name]:,}" for name in ("rows_read", "rows_accepted", "rows_quarantined")),
            row["error"] or _changes(row["changes"]),
        )
    return "Receipts", grid, f"{len(found.receipts)} of {found.deliveries}: safer-kpi deliveries shows all."


def _statement(found: Answers, story: Story) -> Part:
    grid = _grid(("line", "delivery", "AMOUNT"))
    for line in found.statement:
        if line["step"] == "movement":
            at = line["received_at"]
            source = f"delivery {line['delivery_id']} ({at:%Y-%m-%d})" if at else ""
            grid.add_row(f"  {line['cause']}", source, f"{line['amount']:+,}")
        else:
            release = story.first_release if line["step"] == "opening" else story.second_release
            grid.add_row(f"as certified in {release}", "", f"{line['amount']:,}", style="bold")
    title = f"Reconciliation statement: {STATEMENT_METRIC}, {story.area_code}, {STATEMENT_PERIOD}"
    return title, grid, "Opening and movements add up to closing, residual 0."


def _trace(found: Answers, story: Story) -> Part:
    grid = _grid(("ENTRY", "cause", "file", "sha-256", "SOURCE ROW", "WEIGHT"))
    for row in found.trace[:TRACE_ROWS]:
        grid.add_row(
            str(row["entry"]),
            row["cause"],
            row["file_name"],
            f"{row['sha256'][:12]}…",
            str(row["source_row"]),
            f"{row['weight']:+}",
        )
    title = f"Trace: {TRACE_METRIC}, {story.area_code}, {TRACE_PERIOD}, to the rows of the partner's file"
    return title, grid, f"{min(TRACE_ROWS, len(found.trace))} of {len(found.trace)} source rows."


def next_things(story: Story) -> tuple[str, ...]:
    """Return commands to try on the demo's lake, as they can be typed in the folder where the demo was run."""
    home = os.path.relpath(story.home)
    area, releases = story.area_code, f"{story.first_release} {story.second_release}"
    command, python = _typed("safer-kpi"), _typed("python")
    one_line = f'import safer_kpi; print(safer_kpi.open("{home}").metric("{TRACE_METRIC}", area="{area}", by="year"))'
    return (
        f"{command} show {TRACE_METRIC} --area {area} --by quarter --home {home}",
        f"{command} compare {releases} --metric 1c.violence_positive_outcomes --area {area} --by year --home {home}",
        f"{command} change 3a.joint_patrols --area {area} --by year --home {home}",
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
