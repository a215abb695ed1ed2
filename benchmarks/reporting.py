"""Reporting: how long the demo's second report takes to read and to write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from benchmarks.facts import demo
from benchmarks.figure import Figure, alternate
from safer_kpi.publishing import make_report, render
from safer_kpi.publishing.pdf import pdf
from safer_kpi.publishing.workbook import workbook
from safer_kpi.reading.place import RELEASE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.workplace import Workplace

ROUNDS = 3
#: Seconds that a page, the PDF, and all files with the reading of both releases may take.
A_PAGE, A_PDF, EVERYTHING = 0.010, 5.0, 20.0


def figures(place: Workplace) -> Iterator[Figure]:
    """Reading is timed beside a plain read by DuckDB; what is written is set beside the time that it may take."""
    story = demo(place)
    folders = [story.home / "releases" / name for name in (story.first_release, story.second_release)]

    def plain() -> None:
        for folder in folders:
            with duckdb.connect(str(folder / RELEASE_FILE), read_only=True) as connection:
                for table in ("certified", "certified_verdict"):
                    connection.execute(f"FROM kpi.{table}").fetchall()

    report = make_report(str(folders[1]))
    pages, sheets, book, facts, floor = alternate(
        lambda: render(report),
        lambda: pdf(report),
        lambda: workbook(report),
        lambda: make_report(str(folders[1])),
        plain,
        rounds=ROUNDS,
    )
    number = sum(name.endswith(".html") for name in render(report))
    numbers = f"{len(report.pages)} measures, {len(report.wards)} tables of wards"
    yield Figure(
        name="reading all that a report says / fetching every row of both releases",
        ours=facts, theirs=floor, note=numbers,
    )  # fmt: skip
    yield Figure(
        name=f"the pages of a report / {A_PAGE * 1000:g} ms each",
        ours=pages, theirs=A_PAGE * number, goal=1, note=f"{number} pages",
    )  # fmt: skip
    yield Figure(name=f"its PDF / {A_PDF:g} s", ours=sheets, theirs=A_PDF, goal=1, note="the second side is a limit")
    yield Figure(
        name=f"everything, read and written / {EVERYTHING:g} s",
        ours=facts + pages + sheets + book, theirs=EVERYTHING, goal=1, note=f"of it the spreadsheet {book:.2f} s",
    )  # fmt: skip
