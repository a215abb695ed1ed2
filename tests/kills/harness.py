"""Kill acts on copies of warm lakes, again and again, and look at what is left.

``python -m tests.kills.harness warm FOLDER LAKES`` makes a warm lake for each act, from the lakes ``seeded`` and
``built`` in another folder, and measures the act undisturbed.
``… run FOLDER HALF SEED MOMENTS COMMITS`` tries every second kill of each act: at each named point, at random moments,
and inside each commit. It imports everything once and forks a process for each trial before any thread exists. Prints
one JSON line: the kills by act and kind, and every violation.
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
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb  # noqa: F401 (imported before the forks, which is what makes a trial cheap)
import pandera.backends.polars.container
import pandera.polars  # noqa: F401 (the same)
import sqlmesh  # noqa: F401 (the same)

from safer_kpi.catalogue.feeds import feed_names, load_feed
from safer_kpi.lake import boundary, connection
from safer_kpi.landing import sweep
from safer_kpi.settings import Settings
from tests.flows.crash_harness import in_child, kill_after
from tests.kills.acts import ACTS, Act
from tests.kills.standing import broken, orphans, rows_of, standing

#: The points around a commit of the catalogue; others mark what is around such a commit, or no commit.
COMMITS = ("lake.commit", "models.commit", "compaction.commit")
#: Seconds.
SHORTEST = 0.005
Write = Callable[[str], object]


def settings_of(folder: Path) -> Settings:
    """The settings of the lake in a folder, whose chain is remembered there too."""
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    return Settings.load(folder / "lake")


def undisturbed(act: Act, folder: Path, write: Write) -> None:
    """Do an act whole, and write what it passes and what must stand after it, as JSON."""
    settings = settings_of(folder)
    points: list[str] = []
    lasted: list[float] = []
    rows = [rows_of(settings)]
    begun = time.monotonic()

    def watch(name: str) -> None:
        points.append(name)
        point, _, side = name.rpartition(".")
        if point in COMMITS:
            if side == "before":
                lasted.append(time.monotonic())
            else:
                lasted[-1] = time.monotonic() - lasted[-1]
                if (found := rows_of(settings)) != rows[-1]:
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


def warm(folder: Path, lakes: Path) -> None:
    """Make the warm lake of each act, and measure the act on a copy."""
    for act in ACTS:
        own = folder / act.name
        shutil.copytree(lakes / ("built" if act.built else "seeded"), own / "lake")

        def make(write: Write, act: Act = act, own: Path = own) -> None:
            act.warm(settings_of(own))
            write(json.dumps(list(connection._accepted)))

        _, accepted = in_child(make)
        assert not accepted.startswith(b"!"), accepted
        # So that no trial hashes the extensions again.
        connection._accepted.update(map(tuple, json.loads(accepted)))
        copy = folder / "copy"
        shutil.copytree(own, copy)
        _, told = in_child(lambda write, act=act, copy=copy: undisturbed(act, copy, write))
        assert not told.startswith(b"!"), told
        (own / "undisturbed.json").write_bytes(told)
        shutil.rmtree(copy)
    (folder / "accepted.json").write_text(json.dumps(list(connection._accepted)))


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


def killed_at(work: Callable[[Write], None], seconds: float) -> tuple[int, bytes]:
    """Do work in a child and kill it so long after it said that it began."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        work(lambda text: os.write(writer, text.encode()))
        os._exit(0)
    os.close(writer)
    written = os.read(reader, 1)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        time.sleep(max(0.0, min(0.01, deadline - time.monotonic())))
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    while chunk := os.read(reader, 65536):
        written += chunk
    os.close(reader)
    return status, written


def trial(act: Act, warmed: Path, folder: Path, told: dict[str, Any], **kill: Any) -> tuple[bool, list[str]]:
    """One kill and everything that must hold after it; answers whether it hit, and the violations."""
    own = Path(tempfile.mkdtemp(dir=folder)) / "own"
    shutil.copytree(warmed, own)
    if "moment" in kill:
        status, written = killed_at(lambda write: disturbed(act, own, write), kill["moment"])
    else:
        status, written = in_child(lambda write: disturbed(act, own, write, **kill))
    hit = os.WIFSIGNALED(status) and ("commit" not in kill or (b"b" in written and b"e" not in written))
    problems = [written[written.index(b"!") :].decode()] if b"!" in written else []
    acknowledged = written.partition(b"!")[0].count(b"a")

    def left_behind(write: Write) -> None:
        settings = settings_of(own)
        found = broken(settings)
        rows = rows_of(settings)
        if rows not in told["rows"]:
            found.append("the rows are those of no whole step")
        elif act.steps > 1 and told["rows"].index(rows) < min(acknowledged, len(told["rows"]) - 1):
            found.append("an acknowledged step is lost")
        elif acknowledged == act.steps and rows != told["rows"][-1]:
            found.append("what was acknowledged is lost")
        write("".join(f"{one}; " for one in found))

    def done_again(write: Write) -> None:
        settings = settings_of(own)
        act.do(settings, lambda _: None)
        sweep(settings)
        found = broken(settings) + orphans(settings)
        now = standing(settings)
        found += [
            f"{name} is not as undisturbed" for name in told["standing"] if now.get(name) != told["standing"][name]
        ]
        write("".join(f"{one}; " for one in found))

    for step in (left_behind, done_again):
        _, found = in_child(step)
        if found:
            problems.append(f"{step.__name__}: {found.decode()}")
    shutil.rmtree(own.parent)
    return hit, problems


def kills(told: dict[str, Any], chance: random.Random, moments: int, commits: int) -> Iterator[dict[str, Any]]:
    """The kills of an act: at each point, at random moments, and inside its commits; more of these than are wanted."""
    for number in range(len(told["points"])):
        yield {"point": number}
    for _ in range(moments):
        yield {"moment": chance.uniform(0, 0.8 * told["seconds"])}
    # A commit of a transaction that wrote nothing ends at once.
    written = [which for which, seconds in enumerate(told["commits"]) if seconds > SHORTEST]
    for number in range(6 * commits if written else 0):
        which = written[number % len(written)]
        # More of them early: on a machine that has less to do than when it was measured a commit is shorter.
        yield {"commit": which, "after": told["commits"][which] * chance.random() ** 2}


def run(folder: Path, half: int, chance: random.Random, moments: dict[str, int], commits: dict[str, int]) -> None:
    """Try every second kill of each act."""
    connection._accepted.update(map(tuple, json.loads((folder / "accepted.json").read_text())))
    hits: dict[str, Counter[str]] = {}
    problems: list[str] = []
    work = Path(tempfile.mkdtemp(dir=folder))
    for act in ACTS:
        told = json.loads((folder / act.name / "undisturbed.json").read_text())
        found = hits[act.name] = Counter()
        wanted = commits.get(act.name, 0)
        for number, kill in enumerate(kills(told, chance, moments.get(act.name, 0), wanted)):
            kind = next(iter(kill))
            if number % 2 != half or (kind == "commit" and found["commit"] >= wanted / 2):
                continue
            hit, wrong = trial(act, folder / act.name, work, told, **kill)
            found[kind if hit else f"{kind} missed"] += 1
            problems += [f"{act.name} {kill}: {text}" for text in wrong]
    sys.stdout.write(json.dumps({"hits": hits, "problems": problems}) + "\n")


def main() -> None:
    for feed in feed_names(Settings.load().project):  # read before the forks, too
        load_feed(Settings.load().project, feed)
    kind, folder = sys.argv[1], Path(sys.argv[2])
    if kind == "warm":
        warm(folder, Path(sys.argv[3]))
        return
    half, seed = int(sys.argv[3]), int(sys.argv[4])
    run(folder, half, random.Random(seed + half), json.loads(sys.argv[5]), json.loads(sys.argv[6]))


if __name__ == "__main__":
    main()
