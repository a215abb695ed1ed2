"""The supervisor of a stack, with components that only sleep: nothing of Airflow is started."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from safer_kpi.stack import processes
from safer_kpi.stack.layout import MARKER, Layout

SUPERVISE = """
import json, os, sys
from pathlib import Path
from safer_kpi.stack.component import Spec
from safer_kpi.stack.layout import Layout
from safer_kpi.stack.plan import Plan
from safer_kpi.stack.supervisor import Supervisor

folder, tiers, once = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
specs = tuple(tuple(Spec(name=name, command=tuple(words), stop_seconds=1) for name, words in tier) for tier in tiers)
one = (Spec(name="once", command=tuple(once), once=True),) if once else ()
tied = 0 if "tied" in sys.argv else None
Supervisor(Layout(folder), environment=os.environ, tied=tied, look_every=0.2).run(Plan(None, one, specs))
"""
SLEEP = ["sleep", "600"]
#: A component with a child in a group of its own, as a task of a scheduler is.
PARENT = [sys.executable, "-c", "import os, time; os.fork() or os.setpgid(0, 0); time.sleep(600)"]
#: One that will not end when asked to.
STUBBORN = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"]


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path, tiers: list, once: list | None = None, *, tied: bool = False) -> None:
        self.layout = Layout(folder)
        self.layout.logs.mkdir(parents=True)
        words = [str(folder), json.dumps(tiers), json.dumps(once), *(["tied"] if tied else [])]
        self.process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, *words],
            stdin=subprocess.PIPE if tied else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def component(self, name: str) -> dict:
        state = json.loads(self.layout.state.read_text()) if self.layout.state.exists() else {}
        return state.get("components", {}).get(name, {"pid": 0, "restarts": 0})

    def pid(self, name: str) -> int:
        return until(lambda: self.component(name)["pid"])

    def alive(self) -> list[int]:
        return [process.pid for process in processes.marked(self.layout.folder)]

    def kill(self, name: str) -> int:
        """Kill a component, and wait for the next of its name."""
        before = self.pid(name)
        os.kill(before, signal.SIGKILL)
        return until(lambda: self.pid(name) != before and self.pid(name))


def until(found: Callable, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
    return answer


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started = []

    def start(*tiers: list, **options) -> Running:
        started.append(Running(tmp_path / f"stack {len(started)}", list(tiers), **options))
        return started[-1]

    yield start
    for running in started:
        running.process.kill()
        running.process.wait()
        if running.process.stdin:
            running.process.stdin.close()
        processes.end(lambda folder=running.layout.folder: processes.marked(folder))


def test_what_dies_is_started_again(supervise):
    running = supervise([["one", SLEEP], ["two", SLEEP]])
    other = running.pid("two")
    assert running.kill("one") > 0
    assert running.component("one")["restarts"] == 1
    assert running.pid("two") == other


def test_what_keeps_dying_waits_longer_each_time(supervise, tmp_path):
    # It notes when it starts. A busy machine may start it later than it is due, never sooner.
    note = tmp_path / "starts"
    running = supervise([["doomed", ["sh", "-c", f"date +%s.%N >> '{note}'; exit 1"]]])
    until(lambda: running.component("doomed")["restarts"] >= 4, 60)
    starts = [float(line) for line in note.read_text().split()]
    waits = [later - sooner for sooner, later in pairwise(starts)][:3]
    assert [wait >= delay for wait, delay in zip(waits, (0.25, 0.5, 1), strict=True)] == [True] * 3


def test_children_of_a_killed_component_die_with_it(supervise):
    running = supervise([["parent", PARENT]])
    pid = running.pid("parent")
    child = until(lambda: processes.descendants(pid))[0]
    running.kill("parent")
    assert not processes.is_alive(child.pid, child.started)


@pytest.mark.parametrize("command", [SLEEP, PARENT, STUBBORN], ids=["asked", "with children", "stubborn"])
def test_a_stop_leaves_no_process(supervise, command):
    running = supervise([["below", SLEEP]], [["above", command]])
    running.pid("above")
    time.sleep(0.2)
    running.process.terminate()
    assert running.process.wait(5) == 0
    assert running.alive() == []
    assert not running.layout.state.exists()


def test_the_last_tier_stops_first(supervise, tmp_path):
    told = tmp_path / "told"
    code = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(open(sys.argv[1], 'a').write(sys.argv[2])))"
    tell = [sys.executable, "-c", f"{code}; time.sleep(600)", str(told)]
    running = supervise([["below", [*tell, "below "]]], [["above", [*tell, "above "]]])
    running.pid("above")
    time.sleep(0.5)
    running.process.terminate()
    running.process.wait(5)
    assert told.read_text() == "above below "


def test_a_killed_supervisor_leaves_no_process(supervise):
    running = supervise([["one", SLEEP], ["parent", PARENT]])
    running.pid("parent")
    until(lambda: len(running.alive()) >= 4)  # the guard, one, parent and its child
    running.process.kill()
    running.process.wait()
    until(lambda: running.alive() == [], 5)


def test_a_killed_guard_is_replaced(supervise):
    running = supervise([["one", SLEEP]])
    running.pid("one")

    def guards() -> list[int]:
        command = ["ps", "-o", "pid=,args=", "-p", ",".join(map(str, running.alive() or [0]))]
        lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
        return [int(line.split()[0]) for line in lines if "stack.guard" in line]

    first = until(guards)
    os.kill(first[0], signal.SIGKILL)
    assert until(lambda: [pid for pid in guards() if pid not in first])


def test_the_next_supervisor_ends_what_a_killed_one_left(supervise):
    folder = supervise([["one", SLEEP]]).layout.folder  # its folder is used by a stray that no guard ends
    stray = subprocess.Popen(SLEEP, env={**os.environ, MARKER: f"{folder.parent / 'stack 1'}"})
    supervise([["one", SLEEP]]).pid("one")
    assert stray.wait(5) == -signal.SIGKILL


def test_a_strangers_process_is_left_alone(supervise):
    with subprocess.Popen(SLEEP, env={**os.environ, MARKER: "/elsewhere"}) as stranger:
        running = supervise([["one", SLEEP]])
        running.pid("one")
        running.process.terminate()
        running.process.wait(5)
        assert stranger.poll() is None
        stranger.kill()


def test_a_tied_stack_ends_with_who_started_it(supervise):
    running = supervise([["one", SLEEP]], tied=True)
    running.pid("one")
    running.process.stdin.close()
    assert running.process.wait(5) == 0
    assert running.alive() == []


def test_what_runs_once_is_tried_until_it_ends_well(supervise, tmp_path):
    mark = tmp_path / "mark"
    once = ["sh", "-c", f"test -e '{mark}' || {{ touch '{mark}'; exit 1; }}"]
    running = supervise([["one", SLEEP]], once=once)
    assert running.pid("one")
    assert running.component("once")["pid"] == 0


def test_a_log_is_kept_short(supervise):
    running = supervise([["chatty", ["sh", "-c", "head -c 9000000 /dev/zero; sleep 600"]]])
    log = running.layout.log("chatty")
    until(lambda: log.with_suffix(".log.1").exists(), 15)
    assert until(lambda: log.stat().st_size == 0)
