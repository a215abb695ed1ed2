"""``make bench``: run every figure and print one table, with the machine and the versions."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks import (
    auditing,
    commands,
    country,
    dropping,
    engines,
    landing,
    months,
    public_audit,
    reading,
    redelivery,
    reporting,
    small,
    starting,
    tracing,
    verifying,
)
from benchmarks.workplace import Workplace, machine

if TYPE_CHECKING:
    from benchmarks.figure import Figure

PARTS = {
    "landing": landing.figures,
    "months": months.figures,
    "redelivery": redelivery.figures,
    "country": country.figures,
    "small": small.figures,
    "starting": starting.figures,
    "reading": reading.figures,
    "commands": commands.figures,
    "auditing": auditing.figures,
    "tracing": tracing.figures,
    "verifying": verifying.figures,
    "dropping": dropping.figures,
    "engines": engines.figures,
    "reporting": reporting.figures,
    "public_audit": public_audit.figures,
}


def main() -> None:
    """Measure, then print; ``--markdown`` prints the table as README quotes it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="shrink every size, for a trial run")
    parser.add_argument("--only", choices=sorted(PARTS), action="append", help="run just this part (may be repeated)")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    options = parser.parse_args()
    console = Console()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="safer-kpi-bench-") as folder:
        place = Workplace(Path(folder), options.scale)
        for name in options.only or PARTS:
            with console.status(f"measuring {name}"):
                for figure in PARTS[name](place):
                    figures.append(figure)
                    console.log(f"{figure.name}: {figure.ratio:.2f}")
    console.print(machine(), highlight=False, soft_wrap=True)
    if options.markdown:
        print(_markdown(figures))
    else:
        console.print(_table(figures))


def _cells(figure: Figure) -> tuple[str, str, str, str, str, str]:
    goal = f"{figure.goal:g}" if figure.goal else ""
    return figure.name, f"{figure.ratio:.2f}", goal, _seconds(figure.ours), _seconds(figure.theirs), figure.note


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds:.2f} s"


def _table(figures: list[Figure]) -> Table:
    table = Table(box=None)
    for heading in ("figure", "RATIO", "GOAL", "FIRST", "SECOND", "note"):
        table.add_column(heading.lower(), justify="right" if heading.isupper() else "left", overflow="fold")
    for figure in figures:
        table.add_row(*_cells(figure))
    return table


def _markdown(figures: list[Figure]) -> str:
    lines = ["| figure | ratio | goal | first | second | note |", "|---|---:|---:|---:|---:|---|"]
    return "\n".join([*lines, *(f"| {' | '.join(_cells(figure))} |" for figure in figures)])


if __name__ == "__main__":
    main()
