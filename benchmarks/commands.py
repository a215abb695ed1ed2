"""Commands from a new process, against the least that reading a number takes: Python that imports and opens DuckDB."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.facts import demo
from benchmarks.figure import Figure, alternate, process
from benchmarks.workplace import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workplace import Workplace

ROUNDS = 9
BARE = (
    "import sys, duckdb;"
    "print(duckdb.connect(sys.argv[1], read_only=True).execute('SELECT count(*) FROM kpi.metric').fetchall())"
)


def figures(place: Workplace) -> Iterator[Figure]:
    """One figure for each command, on the demo's lake."""
    story = demo(place)
    metric, area = "1a.violence_and_sexual_offences", story.area_code
    first, second = story.first_release, story.second_release
    commands = {
        "show METRIC": (2.0, ["show", metric, "--area", area, "--by", "year"]),
        "deliveries": (3.0, ["deliveries"]),
        "receipt of a file": (3.0, ["receipt", "3"]),
        "receipt of a file with rows held": (3.0, ["receipt", "138"]),
        "contract list": (3.0, ["contract", "list"]),
        "release list": (3.0, ["release", "list"]),
        "compare of one metric": (4.0, ["compare", first, second, "--metric", metric, "--area", area]),
        "compare of everything": (None, ["compare", first, second]),
    }
    process(SCRIPT, "contract", "list", "--home", str(story.home))  # what contracts say is kept from the first time on
    for name, (goal, words) in commands.items():
        ours, theirs = alternate(
            partial(process, SCRIPT, *words, "--home", str(story.home)),
            partial(process, sys.executable, "-c", BARE, str(story.home / "safer_kpi.duckdb")),
            rounds=ROUNDS,
        )
        yield Figure(name=f"{name}, cold / bare Python with DuckDB", ours=ours, theirs=theirs, goal=goal)
