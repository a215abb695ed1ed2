"""Kill a landing at named points and at random moments, and look at what is left.

Run as a process of its own: it imports everything once, then forks a child per trial before any thread exists.
Prints one JSON line: hits per point and every violation found.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path

import duckdb  # noqa: F401 (imported before the forks, which is what makes a trial cheap)
import pandera.backends.polars.container
import pandera.polars  # noqa: F401 (the same)

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.lake import boundary, connect, connection, raw
from safer_kpi.landing import Terms, init, land, sweep
from safer_kpi.settings import Settings
from tests.kills.forks import in_child, kill_after, killed_at
from tests.properties.histories import Delivery, Row

VIOLENCE, ASB = "Violence and sexual offences", "Anti-social behaviour"
# Three deliveries: a new month, a correction of it with a progressed, a late and a withdrawn row, and another month.
HISTORY = (
    Delivery("2024-01", 1, tuple(Row(n, "E01015272", VIOLENCE, "Under investigation") for n in range(1, 31))),
    Delivery(
        "2024-01",
        2,
        (
            Row(1, "E01015272", VIOLENCE, "Local resolution"),
            *(Row(n, "E01015272", VIOLENCE, "Under investigation") for n in range(3, 31)),
            Row(40, "E01015387", VIOLENCE, "Under investigation"),
        ),
    ),
    Delivery("2024-02", 3, (Row(0, "E01015272", ASB, ""), Row(0, "E01015272", ASB, ""), Row(7, "", ASB, ""))),
)

BROKEN = Delivery("2024-03", 4, ())  # a header and no row: refused, with nothing but a receipt


_MARKS = str.maketrans("", "", "sbe")
#: The commits of the history's three deliveries, and that of the refused one's receipt, last about this long.
COMMITS, WINDOW_SECONDS = 4, 0.02


def lander(home: Path, files: list[Path], point: str | None, write, window: tuple[int, float] | None = None) -> None:
    """Land the history, saying ``s`` when first bytes are stored and ``aN`` for each acknowledged delivery.

    With ``window`` (which commit, seconds) the process is killed that long after that commit has begun; ``b`` says that
    it has begun and ``e`` that it has ended.
    """
    started, commits = False, 0

    def watch(name: str) -> None:
        nonlocal started, commits
        if window is not None and name == "lake.commit.before":
            commits += 1
            if commits == window[0]:
                threading.Thread(target=kill_after, args=(window[1],), daemon=True).start()
                write("b")
        if window is not None and name == "lake.commit.after" and commits == window[0]:
            write("e")
        if name == "raw.write.after" and not started:
            started = True
            write("s")
        if name == point:
            os.kill(os.getpid(), signal.SIGKILL)

    boundary.watch = watch
    for number, (delivery, path) in enumerate(zip((*HISTORY, BROKEN), files, strict=True)):
        land(Settings.load(home), "police_street", [str(path)], terms=Terms(published=delivery.published))
        write(f"a{number}")


def inspect(home: Path, acknowledged: list[int], write, *, complete: bool) -> None:
    """Write every rule that the lake breaks."""
    settings = Settings.load(home)
    with connect(settings) as connection:
        days = dict(
            connection.execute(
                """SELECT day(published_at) - 2, count(*) FROM journal.delivery
                WHERE feed = 'police_street' AND status = 'accepted' GROUP BY ALL"""
            ).fetchall()
        )
        if twice := [day for day, count in days.items() if count > 1]:
            write(f"deliveries {twice} there twice;")
        if lost := [number for number in acknowledged if number not in days and number < len(HISTORY)]:
            write(f"acknowledged {lost} lost;")
        if complete and set(days) != {0, 1, 2}:
            write(f"after landing again only {sorted(days)} are there;")
        expected: dict[str, Counter[Row]] = {}
        for day in sorted(days):
            expected[HISTORY[day].month] = HISTORY[day].counted()
        found: dict[str, Counter[Row]] = {}
        for month, crime_id, lsoa, kind, outcome, weight in connection.execute(
            """SELECT month, coalesce(crime_id, '0'), coalesce(lsoa_code, ''), crime_type,
                coalesce(last_outcome_category, ''), sum(weight)
            FROM landing.police_street GROUP BY ALL HAVING sum(weight) <> 0"""
        ).fetchall():
            found.setdefault(month, Counter())[Row(int(crime_id, 16), lsoa, kind, outcome)] += int(weight)
        if found != expected:
            write("the live rows are not those of the deliveries the journal holds;")
        entries = connection.execute("SELECT count(*), max(entry) FROM journal.entry").fetchall()[0]
        if entries[0] != (entries[1] or 0):
            write("the journal has a gap;")


def after_sweep(home: Path, write) -> None:
    """Sweep, then write what is still there without a receipt."""
    settings = Settings.load(home)
    sweep(settings)
    with connect(settings) as connection:
        known = {row[0] for row in connection.execute("SELECT DISTINCT sha256 FROM journal.delivery").fetchall()}
        orphans = connection.execute(
            "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true, dry_run => true)"
        ).fetchall()
    if left := {path.name for path in Path(settings.raw).glob("*/*")} ^ known:
        write(f"{len(left)} stored files without a receipt, or the other way round;")
    if orphans or list(settings.scratch.glob("*")):
        write("orphans are left after the sweep;")
    for sha256 in known:
        raw.fetch(settings, sha256)


def trial(seeded: Path, folder: Path, point: str | None, delay: float, commit: int = 0) -> tuple[bool, list[str]]:
    """One kill and everything that must hold after it; answers whether it hit, and the violations.

    With ``commit`` the kill is meant for that commit, and hits if it falls before the commit has ended.
    """
    home = Path(tempfile.mkdtemp(dir=folder)) / "lake"
    if point is None or not point.startswith("seeds."):
        shutil.copytree(seeded, home)
    files = [delivery.write(folder, number) for number, delivery in enumerate((*HISTORY, BROKEN))]
    if commit:
        status, written = in_child(lambda write: lander(home, files, None, write, (commit, delay)))
    elif point is None:
        status, written = killed_at(lambda write: lander(home, files, None, write), delay)
    else:
        status, written = in_child(lambda write: lander(home, files, point, write))
    hit = os.WIFSIGNALED(status) and (not commit or (b"b" in written and b"e" not in written))
    problems = [written[written.index(b"!") :].decode()] if b"!" in written else []
    acknowledged = [int(text) for text in written.decode().translate(_MARKS).split("a") if text.isdigit()]

    def left_behind(write) -> None:
        if (home / "catalogue.sqlite").exists():
            inspect(home, acknowledged, write, complete=False)

    def landed_again(write) -> None:
        lander(home, files, None, lambda _: None)
        inspect(home, [0, 1, 2], write, complete=True)
        after_sweep(home, write)

    for step in (left_behind, landed_again):
        _, found = in_child(step)
        if found:
            problems.append(found.decode())
    shutil.rmtree(home.parent)
    return hit, problems


def _seed(home: Path) -> str:
    """Make a lake; answers which extensions' signatures were found good, as JSON."""
    init(Settings.load(home))
    return json.dumps(list(connection._accepted))


def main() -> None:
    """Try named points, then random moments.

    ``crash_harness.py FOLDER RANDOM_TRIALS SEED [0|1] [COMMIT_KILLS]``: 0 takes points before a step, 1 those after;
    else both. Then kills inside a commit until that many have fallen there.
    """
    for feed in feed_names(Settings.load().project):  # read before the forks, too
        load_feed(Settings.load().project, feed)
    folder, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    seeded = folder / "seeded" / "lake"
    _, accepted = in_child(lambda write: write(_seed(seeded)))
    connection._accepted.update(map(tuple, json.loads(accepted)))  # so that no trial hashes the extensions again
    hits: Counter[str] = Counter()
    problems: list[str] = []
    sides = ("before", "after") if len(sys.argv) < 5 else (("before",), ("after",))[int(sys.argv[4])]
    points = [f"{name}.{side}" for name in boundary.BOUNDARIES for side in sides]
    for point in points:
        hit, found = trial(seeded, folder, point, 0)
        hits[point] += hit
        problems += [f"{point}: {text}" for text in found]
    moments = random.Random(seed)
    for number in range(count):
        hit, found = trial(seeded, folder, None, moments.uniform(0, 1.2))
        hits["random moment" if hit else "ended before the kill"] += 1
        problems += [f"random {number}: {text}" for text in found]
    wanted = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    for number in range(4 * wanted):
        if hits["inside a commit"] >= wanted:
            break
        commit, moment = number % COMMITS + 1, moments.uniform(0, WINDOW_SECONDS)
        hit, found = trial(seeded, folder, None, moment, commit)
        hits["inside a commit" if hit else "beside a commit"] += 1
        problems += [f"commit {commit} after {moment:.4f} s: {text}" for text in found]
    sys.stdout.write(json.dumps({"hits": hits, "problems": problems}) + "\n")


if __name__ == "__main__":
    main()
