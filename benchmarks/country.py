"""A lake of all forces of England and Wales beside that of one force, and lakes of up to sixty-four times the files.

Every command runs in a process of its own, with a gigabyte of memory. The two sides of a ratio are seconds of
processor, of all its processes.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.figure import Figure
from benchmarks.national import ROWS_PER_MONTH, national_project, publisher
from benchmarks.own_lake import OwnLake
from benchmarks.spent import Spent, spent
from safer_kpi.domain.periods import add_months, parse_period

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.national import Publisher
    from benchmarks.workplace import Workplace

FORCE, AREA = "dorset", "E23000039"
FIRST_MONTH = "2024-04"
RELEASE = "2024-25-Q2"
MONTHS = 6
#: One of so many rows of the whole country; the soak has all.
SHARE = 30
#: How many months of one force lie in the lakes that grow.
SIZES = {1: 2, 4: 8, 16: 32, 64: 128}
GIGABYTE = 10**9


def figures(place: Workplace) -> Iterator[Figure]:
    """The country at a thirtieth of its rows, then growth."""
    folder = place.folder / "country"
    projects = {"country": national_project(folder / "country-project")}
    projects["force"] = national_project(folder / "force-project", [AREA])
    lakes = {name: OwnLake(folder=folder / name, project=project) for name, project in projects.items()}
    with publisher(place.rows(ROWS_PER_MONTH // SHARE)) as writer:
        yield from country(lakes["country"], lakes["force"], writer, months(MONTHS), RELEASE)
    yield from _growth(folder, projects["force"], place)


def months(count: int, first: str = FIRST_MONTH) -> list[str]:
    """Return so many months from a first one."""
    return [f"{add_months(parse_period(first).start, number):%Y-%m}" for number in range(count)]


def country(
    whole: OwnLake, own: OwnLake, writer: Publisher, given: Sequence[str], release: str, *, force: str = FORCE
) -> Iterator[Figure]:
    """Fill both lakes, build, certify, build again with nothing new, and redeliver a month of the force twice."""
    landed = [whole.land_month(writer, month, writer.forces) for month in given]
    for month in given:
        own.land_month(writer, month, [force])
    files = len(writer.forces) * len(given)
    a_file = sum(each.processor for each in landed) / files
    rows = (
        f"{files} files, landed in {a_file:.2f} s of processor each, {max(each.peak for each in landed) / 1e6:.0f} MB"
    )
    first, small = whole.run("build"), own.run("build")
    by_hand = by_hand_of(whole)
    yield _figure("first build of all forces / the same SQL by hand", first, by_hand, goal=3, note=rows)
    yield _figure("first build of all forces / of one force", first, small, note=rows)
    yield _figure("nothing new: all forces / one force", whole.run("build"), own.run("build"), note="goal 2 s")
    for name, step, other in zip(("draft", "publish"), whole.certify(release), own.certify(release), strict=True):
        yield _figure(f"{name}: all forces / one force", step, other)
    for turn, month in enumerate(given[-3:-1], start=1):
        is_last = turn == 2  # the first one finds months that have settled since: the calendar has moved
        landings = [lake.redeliver(writer, force, month, turn=turn) for lake in (whole, own)]
        builds = [lake.run("build") for lake in (whole, own)]
        if is_last:
            yield _figure("a force's month redelivered, landing: all forces / one force", *landings, goal=1.2)
            yield _figure("a force's month redelivered, build: all forces / one force", *builds, goal=1.5)


def by_hand_of(lake: OwnLake) -> Spent:
    """Return what the same SQL costs by hand, with all the memory it wants."""
    words = ("-m", "benchmarks.country_by_hand", str(lake.home), str(lake.project), str(lake.folder / "hand.duckdb"))
    cost = spent(sys.executable, *words, environment={"SAFER_KPI_MEMORY": "12GB"})
    (lake.folder / "hand.duckdb").unlink()
    return cost


def _figure(name: str, ours: Spent, theirs: Spent, *, goal: float | None = None, note: str = "") -> Figure:
    told = f"{ours.clock:.1f} s by the clock, {ours.peak / 1e6:.0f} MB"
    if ours.peak > GIGABYTE:
        told += ", goal 1000 MB missed"
    note = f"{told}; {note}" if note else told
    return Figure(name=name, ours=ours.processor, theirs=theirs.processor, goal=goal, note=note)


def _growth(folder: Path, project: Path, place: Workplace) -> Iterator[Figure]:
    """The same redelivery of one month into lakes of one force with ever more months."""
    costs: dict[str, dict[int, Spent]] = {}
    with publisher(place.rows(ROWS_PER_MONTH // 10)) as writer:
        for size, count in SIZES.items():
            lake = OwnLake(folder=folder / f"growth-{size}", project=project)
            given = months(count, "2012-01")
            for month in given:
                lake.land_month(writer, month, [FORCE])
            for turn, month in enumerate(given[:2], start=1):
                steps = {
                    "landing a month again": partial(lake.redeliver, writer, FORCE, month, turn=turn),
                    "its build": partial(lake.run, "build"),
                    "a build with nothing new": partial(lake.run, "build"),
                }
                if turn == 1:
                    lake.run("build")
                for name, step in steps.items():
                    costs.setdefault(name, {})[size] = step()
    for name, sizes in costs.items():
        for size, cost in sizes.items():
            if size > 1:
                yield _figure(
                    f"{name}: {size}x the files / 1x", cost, sizes[1], note=f"{SIZES[size]} files, {SIZES[1]} in 1x"
                )
