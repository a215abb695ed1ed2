"""A file dropped into the inbox of a warm local Airflow, against the same by commands: one file, and forty at once."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
import statistics
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figure import Figure, process, timed, words
from benchmarks.workplace import FEED, LOOKUP, PROJECT, SCRIPT
from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.catalogue.known_names import known_name
from safer_kpi.demo.run import every_drop
from safer_kpi.lake import connect
from safer_kpi.landing.seeds import seed_files
from safer_kpi.reading.book import Book
from safer_kpi.stack import running
from tests.flows.airflow_api import Airflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.workplace import Workplace
    from safer_kpi.settings import Settings

ROUNDS = 20
#: Seconds until the number of a dropped file should be readable on an idle machine.
SECONDS = 5.0
BURST = 40
ROWS = 1_000
PATIENCE = 600.0


def figures(place: Workplace) -> Iterator[Figure]:
    """Five figures: the start from nothing, then one file and a burst until landed and until readable."""
    by_hand = place.lake("dropped by hand")
    # Postgres gives up its rights where root starts it, and must still reach its files.
    with tempfile.TemporaryDirectory(prefix="safer-kpi-bench-") as folder:
        Path(folder).chmod(0o755)
        watched = place.lake("dropped", home=Path(folder) / "lake")
        files = [place.street("dropped", f"{year}-{month:02}", ROWS) for year in (2022, 2023) for month in range(1, 13)]
        burst = _burst(place)
        by_command = timed(partial(_land_and_build, files[0], by_hand))
        began = time.perf_counter()
        with running(watched) as stack:
            _drop(watched, [(FEED, files[0])])  # the first build makes every model
            yield Figure(
                name="from no Airflow to the first number / the commands land and build in a new lake",
                ours=time.perf_counter() - began,
                theirs=by_command,
                note="Postgres, Airflow's tables and every model are made",
            )
            yield from _one(Airflow(stack), watched, by_hand, files[1 : ROUNDS + 1])
            yield from _many(watched, by_hand, burst)


def _land_and_build(file: Path, home: Settings) -> None:
    _command("land", FEED, str(file), home=home)
    _command("build", home=home)


def _one(airflow: Airflow, watched: Settings, by_hand: Settings, files: list[Path]) -> Iterator[Figure]:
    landed, readable, land, build = [], [], [], []
    stages: list[dict[str, float]] = []
    for file in files:  # side by side: a busy minute slows both
        began = dt.datetime.now(dt.UTC)
        seconds = _drop(watched, [(FEED, file)])
        stages.append(_stages(airflow, began, seconds))
        landed.append(seconds[0])
        readable.append(seconds[1])
        land.append(_timed(partial(_command, "land", FEED, str(file), home=by_hand)))
        build.append(_timed(partial(_command, "build", home=by_hand)))
    note = f"median of {len(files)}, {ROWS:,} rows each; slowest {{:.1f}} s"
    ours, theirs = statistics.median(landed), statistics.median(land)
    yield Figure(
        name="one file: dropped to landed / the command land", ours=ours, theirs=theirs,
        note=note.format(max(landed)),
    )  # fmt: skip
    median = [(name, statistics.median(each[name] for each in stages)) for name in stages[0]]
    yield Figure(
        name="one file: dropped to number readable / the commands land and build",
        ours=statistics.median(readable), theirs=theirs + statistics.median(build), goal=1.3,
        note=f"{note.format(max(readable))}; medians of its stages: {words(median)}",
    )  # fmt: skip
    yield Figure(
        name=f"one file: dropped to number readable / {SECONDS:g} s",
        ours=statistics.median(readable), theirs=SECONDS, goal=1, note="the second side is a limit",
    )  # fmt: skip


def _stages(airflow: Airflow, began: dt.datetime, seconds: tuple[float, float]) -> dict[str, float]:
    """Seconds of each stage of the last landing: until its run begins, its task begins, it is landed, it is built."""
    run = max(airflow.runs(f"land_{FEED}"), key=lambda each: each["queued_at"])
    tasks = airflow.tasks(f"land_{FEED}", run["dag_run_id"])
    (landing,) = (each for each in tasks if each["task_id"] == "land")
    moments = [dt.datetime.fromisoformat(each) for each in (
        run["queued_at"], landing["start_date"],
    )]  # fmt: skip
    moments = [began, *moments, *(began + dt.timedelta(seconds=each) for each in seconds)]
    names = ("settled and seen", "landing started", "landed", "built and readable")
    spans = [later - earlier for earlier, later in itertools.pairwise(moments)]
    return {name: span.total_seconds() for name, span in zip(names, spans, strict=True)}


def _many(watched: Settings, by_hand: Settings, burst: list[tuple[str, Path]]) -> Iterator[Figure]:
    before = _deliveries(watched)
    landed, readable = _drop(watched, burst)
    arrived = _deliveries(watched) - before
    expected = Counter((feed, known_name(load_feed(PROJECT, feed), path.name)) for feed, path in burst)
    lost, twice = expected - arrived, arrived - expected
    started = time.perf_counter()
    for feed, together in itertools.groupby(burst, key=lambda drop: drop[0]):
        _command("land", feed, *(str(path) for _, path in together), home=by_hand)
    land = time.perf_counter() - started
    build = _timed(partial(_command, "build", home=by_hand))
    feeds = len({feed for feed, _ in burst})
    note = f"{len(burst)} files of {feeds} feeds; {lost.total()} lost, {twice.total()} landed twice"
    yield Figure(name="forty files: dropped to all landed / the command land, a feed at a time", ours=landed,
                 theirs=land, note=note)  # fmt: skip
    yield Figure(name="forty files: dropped to all numbers readable / the same and the command build", ours=readable,
                 theirs=land + build, goal=1.3, note=note)  # fmt: skip


def _burst(place: Workplace) -> list[tuple[str, Path]]:
    """Files of every feed, the demo's and the reference data's own, a feed's files together."""
    drops = [drop for drop in every_drop(place.partner, LOOKUP) if drop.status == "accepted"]
    by_feed = [[drop for drop in drops if drop.feed == feed] for feed in feed_names(PROJECT)]
    chosen = [drop for row in itertools.zip_longest(*by_feed) for drop in row if drop is not None]
    found: dict[tuple[str, str], Path] = {}
    for feed, path in seed_files(PROJECT):
        found.setdefault((feed, path.name), path)
    for drop in chosen:
        path = place.folder / "files" / "burst" / drop.feed / Path(drop.path).name
        if len(found) == BURST:
            break
        if (drop.feed, path.name) not in found:
            drop.write(path)
            found[drop.feed, path.name] = path
    return sorted((feed, path) for (feed, _), path in found.items())


def _drop(settings: Settings, files: list[tuple[str, Path]]) -> tuple[float, float]:
    """Seconds from dropping files until the last is put away with its receipt, and until the numbers hold it."""
    inbox = Path(settings.watched)
    started = time.perf_counter()
    for feed, path in files:
        shutil.copyfile(path, inbox / feed / f".{path.name}")
        (inbox / feed / f".{path.name}").replace(inbox / feed / path.name)
    _until(lambda: not any((inbox / feed / path.name).exists() for feed, path in files))
    landed = time.perf_counter() - started
    with connect(settings, read_only=True) as connection:
        last = connection.execute("SELECT max(entry) FROM journal.entry").fetchall()[0][0]
    _until(lambda: _built(settings) >= last)
    return landed, time.perf_counter() - started


def _built(settings: Settings) -> int:
    """Return the last entry that the numbers people read hold."""
    if not settings.kpi_file.is_file():
        return 0
    book = Book(settings.kpi_file)
    try:
        return book.last_entry
    finally:
        book.close()


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("What was dropped is not there yet.")
        time.sleep(0.1)


def _deliveries(settings: Settings) -> Counter[tuple[str, str | None]]:
    """How often each file name of each feed was landed, as far as contracts know the name."""
    with connect(settings, read_only=True) as connection:
        return Counter(connection.execute("SELECT feed, file_name FROM journal.delivery").fetchall())


def _command(*words: str, home: Settings) -> None:
    process(SCRIPT, *words, "--home", os.fspath(home.home))


def _timed(call: Callable[[], None]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
