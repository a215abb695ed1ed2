"""Kill acts on copies of warm lakes, again and again, and look at what is left.

``python -m tests.kills.harness warm STORAGE FOLDER ACTS`` makes a warm lake for each act, and measures it undisturbed.
``… run STORAGE FOLDER PLAN PART PARTS SEED`` tries every PARTS-th kill of each act from PART on: at each named point,
at random moments, and inside each commit. It imports everything once and forks a process for each trial before any
thread exists. Prints one JSON line for each kill: its act and kind, and every violation.

STORAGE is ``local`` or the path of a file that says where the servers of ``production`` are.
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
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb  # noqa: F401 (imported before the forks, which is what makes a trial cheap)
import pandera.backends.polars.container
import pandera.polars  # noqa: F401 (imported before the forks)
import psycopg  # noqa: F401 (imported before the forks)
import s3fs  # noqa: F401 (imported before the forks)
import sqlmesh  # noqa: F401 (imported before the forks)

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.compute import build
from safer_kpi.lake import boundary
from safer_kpi.landing import init, sweep
from safer_kpi.settings import Settings
from tests.kills.acts import ACTS, Act
from tests.kills.forks import Write, in_child, kill_after, killed_at
from tests.kills.standing import broken, orphans, rows_of, standing
from tests.kills.storages import Local, Production, Storage, settings_of
from tests.templates import copy_templates

#: The points around a commit of the catalogue; others mark what is around such a commit, or no commit.
COMMITS = ("lake.commit", "models.commit", "compaction.commit")
#: Seconds.
SHORTEST = 0.005


def storage_of(named: str, own: str) -> Storage:
    """The storage of a command's first word; ``own`` tells the lakes of this process from those of others."""
    return Local() if named == "local" else Production(json.loads(Path(named).read_text()), own)


def undisturbed(act: Act, folder: Path, write: Write) -> None:
    """Do an act whole, and write what it passes and what must stand after it, as JSON."""
    settings = settings_of(folder)
    points: list[str] = []
    lasted: list[float] = []
    # Before it is made, a lake has no rows that could be asked for.
    rows = [rows_of(settings)] if act.start != "nothing" else []
    begun = time.monotonic()

    def watch(name: str) -> None:
        points.append(name)
        point, _, side = name.rpartition(".")
        if point in COMMITS:
            if side == "before":
                lasted.append(time.monotonic())
            else:
                lasted[-1] = time.monotonic() - lasted[-1]
                if rows and (found := rows_of(settings)) != rows[-1]:
                    rows.append(found)

    boundary.watch = watch
    act.do(settings, lambda _: None)
    seconds = time.monotonic() - begun
    boundary.watch = None
    sweep(settings)
    found = standing(settings)
    assert broken(settings) + orphans(settings) == []
    told = {"points": points, "commits": lasted, "seconds": seconds, "rows": rows, "standing": found}
    write(json.dumps(told))


def warm(storage: Storage, folder: Path, acts: list[Act]) -> None:
    """Make the warm lake of each act, and measure the act on a copy."""

    def made(make: Any, own: Path) -> None:
        def work(write: Write) -> None:
            make(settings_of(own))
            write("made")

        _, told = in_child(work)
        assert told == b"made", told

    starts = folder / "starts"
    storage.begin(starts / "nothing")
    storage.begin(starts / "seeded")
    if isinstance(storage, Local):
        storage.begin(starts / "built")
        # In a child: where nobody has made the templates yet, making them leaves threads, and no fork may have any.
        status, said = in_child(lambda _: copy_templates(starts / "kept"))
        assert status == 0, said
        for start in ("seeded", "built"):
            (starts / "kept" / start).rename(starts / start / "lake")
    else:
        made(init, starts / "seeded")
        if any(act.start == "built" for act in acts):
            storage.copy(starts / "seeded", starts / "built")
            made(build, starts / "built")
    for act in acts:
        own = folder / act.name
        storage.copy(starts / act.start, own)
        made(act.warm, own)
        copy = folder / "copy"
        storage.copy(own, copy)
        _, told = in_child(lambda write, act=act, copy=copy: undisturbed(act, copy, write))
        assert not told.startswith(b"!"), (act.name, told)
        (own / "undisturbed.json").write_bytes(told)
        shutil.rmtree(copy)


def disturbed(act: Act, folder: Path, write: Write, *, point: int = -1, commit: int = -1, after: float = 0.0) -> None:
    """Do an act until it is killed: at a point, by its number, or so long after a commit has begun.

    Writes ``s`` at its start, ``b`` and ``e`` at the beginning and end of that commit, ``a`` for each step.
    """
    points = commits = 0

    def watch(name: str) -> None:
        nonlocal points, commits
        if points == point:
            os.kill(os.getpid(), signal.SIGKILL)
        points += 1
        at, _, side = name.rpartition(".")
        if at not in COMMITS:
            return
        if side == "before":
            if commits == commit:
                threading.Thread(target=kill_after, args=(after,), daemon=True).start()
                write("b")
            commits += 1
        elif commits == commit + 1:
            write("e")

    settings = settings_of(folder)
    boundary.watch = watch
    write("s")
    act.do(settings, lambda _: write("a"))


def looked_at(act: Act, folder: Path, told: dict[str, Any], acknowledged: int, write: Write) -> None:
    """Write what is wrong with what a killed act has left, then with the lake after the act was done again."""
    settings = settings_of(folder)
    rows = told["rows"]
    if act.start != "nothing":
        found = broken(settings)
        there = rows_of(settings)
        if there not in rows:
            found.append("the rows are those of no whole step")
        elif act.steps > 1 and rows.index(there) < min(acknowledged, len(rows) - 1):
            found.append("an acknowledged step is lost")
        elif acknowledged == act.steps and there != rows[-1]:
            found.append("what was acknowledged is lost")
        write("".join(f"left: {one}; " for one in found))
    act.do(settings, lambda _: None)
    sweep(settings)
    now = standing(settings)
    found = broken(settings) + orphans(settings)
    found += [f"{name} is not as undisturbed" for name, value in told["standing"].items() if now.get(name) != value]
    write("".join(f"again: {one}; " for one in found))


def trial(
    storage: Storage, act: Act, warmed: Path, folder: Path, told: dict[str, Any], **kill: Any
) -> tuple[bool, list[str]]:
    """One kill and everything that must hold after it; answers whether it hit, and the violations."""
    own = Path(tempfile.mkdtemp(dir=folder)) / act.name
    storage.copy(warmed, own)
    if "moment" in kill:
        status, written = killed_at(lambda write: disturbed(act, own, write), kill["moment"])
    else:
        status, written = in_child(lambda write: disturbed(act, own, write, **kill))
    hit = os.WIFSIGNALED(status) and ("commit" not in kill or (b"b" in written and b"e" not in written))
    problems = [written[written.index(b"!") :].decode()] if b"!" in written else []
    acknowledged = written.partition(b"!")[0].count(b"a")
    _, found = in_child(lambda write: looked_at(act, own, told, acknowledged, write))
    shutil.rmtree(own.parent)
    return hit, problems + ([found.decode()] if found else [])


def kills(told: dict[str, Any], chance: random.Random, plan: dict[str, int]) -> Iterator[dict[str, Any]]:
    """The kills of an act: at each point, at random moments, and inside its commits; more of these than are wanted."""
    for number in range(0, len(told["points"]), plan.get("every", 1)):
        yield {"point": number}
    for _ in range(plan["moments"]):
        yield {"moment": chance.uniform(0, 0.8 * told["seconds"])}
    # A commit of a transaction that wrote nothing ends at once.
    written = [which for which, seconds in enumerate(told["commits"]) if seconds > SHORTEST]
    for number in range(6 * plan["commits"] if written else 0):
        which = written[number % len(written)]
        # More of them early: on a machine that has less to do than when it was measured a commit is shorter.
        yield {"commit": which, "after": told["commits"][which] * chance.random() ** 2}


def run(storage: Storage, folder: Path, plans: dict[str, Any], part: int, parts: int, seed: int) -> None:
    """Try one part of the kills of each act that has a plan."""
    chance = random.Random(seed + part)
    work = Path(tempfile.mkdtemp(dir=folder))
    named = {act.name: act for act in ACTS}
    for act in (named[name] for name in plans):
        told = json.loads((folder / act.name / "undisturbed.json").read_text())
        inside = 0
        for number, kill in enumerate(kills(told, chance, plans[act.name])):
            kind = next(iter(kill))
            if number % parts != part or (kind == "commit" and inside >= plans[act.name]["commits"] / parts):
                continue
            begun = time.monotonic()
            hit, wrong = trial(storage, act, folder / act.name, work, told, **kill)
            inside += hit and kind == "commit"
            each = {"act": act.name, "kill": kill, "kind": kind if hit else f"{kind} missed", "problems": wrong}
            sys.stdout.write(json.dumps(each | {"seconds": time.monotonic() - begun}) + "\n")
            sys.stdout.flush()


def load_all() -> None:
    """Read all contracts before the forks, too."""
    for feed in feed_names(Settings.load().project):
        load_feed(Settings.load().project, feed)


def main() -> None:
    load_all()
    kind, named, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    if kind == "warm":
        warm(storage_of(named, "warm"), folder, [act for act in ACTS if act.name in sys.argv[4].split()])
        return
    part, parts, seed = map(int, sys.argv[5:8])
    run(storage_of(named, f"part{part}"), folder, json.loads(sys.argv[4]), part, parts, seed)


if __name__ == "__main__":
    main()
