"""Kill the landing of an archive at every write, rename, commit and removal, and look at what is left.

Run as a process of its own, as ``crash_harness`` is: ``archive_crash_harness.py FOLDER FIRST STEP`` kills at the points
FIRST, FIRST + STEP and so on. Prints one JSON line: the kills by name of the point, and every violation found.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import signal
import sys
from collections import Counter
from pathlib import Path

import duckdb  # noqa: F401 (imported before the forks, which is what makes a trial cheap)
import pandera.backends.polars.container
import pandera.polars  # noqa: F401 (the same)

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.files import sha256_of
from safer_kpi.lake import boundary, connect, connection, raw
from safer_kpi.landing import Terms, init, land_by_name, sweep
from safer_kpi.landing.stored_bytes import fetch
from safer_kpi.settings import Settings
from tests.feeds.archive_maker import archive
from tests.flows.test_archives import MONTHS, street
from tests.kills.forks import in_child

PUBLISHED = dt.datetime(2024, 3, 1)
CONTENT = {f"{month}-dorset-street.csv": street(month, crimes) for month, crimes in MONTHS.items()}


def lander(home: Path, path: Path, stop_at: int | None, write) -> None:
    """Land the archive, writing the name of each point; kill the process at the point numbered ``stop_at``."""
    passed = 0

    def watch(name: str) -> None:
        nonlocal passed
        if passed == stop_at:
            write(name)
            os.kill(os.getpid(), signal.SIGKILL)
        passed += 1

    boundary.watch = watch
    land_by_name(Settings.load(home), [str(path)], terms=Terms(published=PUBLISHED), progress=lambda _: None)
    write(f"passed {passed}")


def inspect(home: Path, write) -> None:
    """Write every rule that the lake breaks: rows are those of its deliveries, and each delivery has its bytes."""
    settings = Settings.load(home)
    with connect(settings, read_only=True) as lake:
        sent = lake.execute(
            "SELECT cells[1], sha256 FROM journal.delivery WHERE feed = 'police_street' AND status = 'accepted'"
        ).fetchall()
        query = "SELECT cell, sum(weight)::BIGINT FROM landing.police_street GROUP BY cell HAVING sum(weight) <> 0"
        live = dict(lake.execute(query).fetchall())
        entries, last = lake.execute("SELECT count(*), coalesce(max(entry), 0) FROM journal.entry").fetchall()[0]
    if len(sent) != len({cell for cell, _ in sent}):
        write("a delivery is there twice;")
    if live != {cell: MONTHS[cell.removeprefix("dorset/")] for cell, _ in sent}:
        write("the live rows are not those of the deliveries;")
    if entries != last:
        write("the journal has a gap;")
    for cell, sha256 in sent:
        copy = fetch(settings, sha256)
        if copy.read_bytes() != CONTENT[f"{cell.removeprefix('dorset/')}-dorset-street.csv"]:
            write("a delivery has other bytes than it came with;")
        raw.release(settings, copy)


def landed_again(home: Path, path: Path, before: set[str], write) -> None:
    """Land the archive again; every file is there once, and its bytes are in the archive alone."""
    lander(home, path, None, lambda _: None)
    inspect(home, write)
    settings = Settings.load(home)
    sweep(settings)
    with connect(settings, read_only=True) as lake:
        query = "SELECT DISTINCT sha256 FROM journal.delivery WHERE feed = 'police_street'"
        own = {row[0] for row in lake.execute(query).fetchall()}
    if len(own) != len(MONTHS):
        write(f"of {len(MONTHS)} files {len(own)} are deliveries;")
    if stored(settings) - before != {sha256_of(path)} | {f"{one}{raw.MEMBER}" for one in own}:
        write("the archive is not the only place of its files' bytes;")
    if list(settings.scratch.glob("*")):
        write("work files are left after the sweep;")


def stored(settings: Settings) -> set[str]:
    return {path.name for path in Path(settings.raw).glob("*/*")}


def main() -> None:
    """Count the points of a landing that is not stopped, then stop one landing at each of them."""
    for feed in feed_names(Settings.load().project):  # read before the forks, too
        load_feed(Settings.load().project, feed)
    folder, first, step = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    path = folder / "download.zip"
    path.write_bytes(archive([(f"{name[:7]}/{name}", content) for name, content in CONTENT.items()]))
    seeded = folder / "seeded" / "lake"

    def seed(write) -> None:
        init(Settings.load(seeded))
        write(json.dumps(list(connection._accepted)))

    _, accepted = in_child(seed)
    connection._accepted.update(map(tuple, json.loads(accepted)))
    before = stored(Settings.load(seeded))
    hits: Counter[str] = Counter()
    problems: list[str] = []

    def trial(stop_at: int | None) -> tuple[bool, str]:
        home = folder / "trial" / "lake"
        shutil.copytree(seeded, home)
        status, written = in_child(lambda write: lander(home, path, stop_at, write))
        for look in (lambda write: inspect(home, write), lambda write: landed_again(home, path, before, write)):
            _, found = in_child(look)
            if found:
                problems.append(f"{stop_at} {written.decode()}: {found.decode()}")
        shutil.rmtree(home.parent)
        return os.WIFSIGNALED(status), written.decode()

    _, whole = trial(None)
    points = int(whole.removeprefix("passed "))
    for number in range(first, points, step):
        hit, name = trial(number)
        hits[name] += hit
    sys.stdout.write(json.dumps({"points": points, "hits": hits, "problems": problems}) + "\n")


if __name__ == "__main__":
    main()
