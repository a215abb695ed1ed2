"""Processes are killed, files change under way, folders vanish: the numbers are those of an undisturbed run.

One stack for all. Each test drops files of months of its own, does harm, and waits; the same files are landed and built
by the library alone in a second lake. No month is a quarter's last, so that nothing is put up for approval.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from safer_kpi.catalogue.feeds import load_feed
from safer_kpi.catalogue.known_names import known_name
from safer_kpi.compute import build, unbuilt
from safer_kpi.demo.generator import write_street
from safer_kpi.demo.partner import sample_partner
from safer_kpi.inbox.handling import RECEIPT
from safer_kpi.lake import connect
from safer_kpi.landing import land
from safer_kpi.settings import Settings
from safer_kpi.stack import Stack, processes, running
from tests.flows.airflow_api import Airflow, drop, short_folder, until

pytestmark = pytest.mark.soak

FEED = "police_street"
LOOKUP = Path(__file__).resolve().parents[2] / "seeds" / "area_lookup" / "bcp_lsoa21_ward24.csv"
ROWS, MANY_ROWS = 300, 60_000  # as many take seconds to land
OBSERVATIONS = "SELECT * FROM book.kpi.observation ORDER BY ALL"


@dataclass
class World:
    """The stack, its lake, the undisturbed lake, and what was sent."""

    folder: Path
    settings: Settings
    undisturbed: Settings
    stack: Stack
    up: ExitStack
    months: Iterator[str]
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    left_behind: set[Path] = field(default_factory=set)

    @property
    def inbox(self) -> Path:
        return Path(self.settings.watched) / FEED

    @property
    def airflow(self) -> Airflow:
        return Airflow(self.stack)

    def start(self) -> None:
        self.stack = self.up.enter_context(running(self.settings))

    def stop(self) -> None:
        self.up.close()

    def write(self, rows: int = ROWS, *, month: str = "", vintage: int = 0) -> Path:
        """A month's file, of a month that no other test has."""
        month = month or next(self.months)
        path = self.folder / "sent" / f"{len(self.sent)}-{vintage}" / f"{month}-dorset-street.csv"
        write_street(path, sample_partner(LOOKUP), month, rows=rows, vintage=vintage)
        return path

    def expect(self, path: Path, *, name: str = "") -> None:
        """Note a file that must be delivered once, and land it in the undisturbed lake."""
        self.sent[name or path.name, digest(path)] += 1
        land(self.undisturbed, FEED, [str(path)])

    def drop(self, path: Path) -> None:
        """Drop a file that must be delivered once."""
        self.expect(path)
        self.left_behind = self.taken()
        drop(self.settings.watched, FEED, path)

    def landing_pid(self) -> int:
        """The process of a task that has begun to land: it has taken a copy for itself; 0 where there is none."""
        if self.taken() <= self.left_behind:
            return 0
        tasks = [task for task in self.airflow.tasks(f"land_{FEED}", state="running") if task["task_id"] == "land"]
        return next((int(task["pid"]) for task in tasks if task["pid"]), 0)

    def taken(self) -> set[Path]:
        """The private copies of files that are being landed, and those that killed landings left behind."""
        return set((self.settings.home / "taken").glob("*/*"))

    def is_building(self) -> bool:
        """Whether a build holds the lake: of the build DAG, or of the landing that has put the last file away.

        What costs least is asked first: this is asked again and again.
        """
        with (self.settings.home / "lease.lock").open("rb") as lease:
            try:
                fcntl.flock(lease, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                waits = any(path.is_file() for path in self.inbox.iterdir())
                builds = self.airflow.tasks("build_kpis", state="running", task_id="build_entries")
                return bool(
                    builds or (not waits and self.airflow.tasks(f"land_{FEED}", state="running", task_id="land"))
                )
        return False

    def is_quiet(self) -> bool:
        """Nothing waits, nothing runs, and the numbers hold the last entry. What costs least is asked first."""
        if any(path.is_file() for path in self.inbox.iterdir()) or not self.settings.kpi_file.is_file():
            return False
        return not (self.airflow.is_busy() or self.stack.unready() or unbuilt(self.settings))

    def settle(self) -> None:
        """Wait until all is well again."""
        until(self.is_quiet, "all is quiet", story=self.airflow.story)

    def kept(self) -> Counter[tuple[str, str]]:
        """Name and hash of every file that lies beside a receipt."""
        folders = [receipt.parent for receipt in self.inbox.glob(f"accepted/*/{RECEIPT}")]
        return Counter((path.name, digest(path)) for each in folders for path in each.iterdir() if path.name != RECEIPT)

    def delivered(self) -> Counter[tuple[str, str]]:
        """Name and hash of every delivery of the journal."""
        with connect(self.settings, read_only=True) as lake:
            found = lake.execute("SELECT file_name, sha256 FROM journal.delivery WHERE feed = ?", [FEED]).fetchall()
        return Counter(tuple(row) for row in found)

    def known(self) -> Counter[tuple[str | None, str]]:
        """The same of every file that was sent, with its name as far as the contract knows it."""
        contract = load_feed(self.settings.project, FEED)
        found: Counter[tuple[str | None, str]] = Counter()
        for (name, sha256), times in self.sent.items():
            found[known_name(contract, name), sha256] += times
        return found

    def failed(self) -> list[str]:
        """The runs that failed."""
        return [f"{run['dag_id']} {run['dag_run_id']}" for run in self.airflow.runs(state="failed")]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def numbers(settings: Settings) -> list[tuple[Any, ...]]:
    """Every row people read."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{settings.kpi_file}' AS book (READ_ONLY)")
        return connection.execute(OBSERVATIONS).fetchall()


def every_month() -> Iterator[str]:
    """Months, but for the last of each quarter."""
    return (f"{year}-{month:02}" for year in range(2019, 2024) for month in range(1, 13) if month % 3)


@pytest.fixture(scope="module")
def world(new_lake: Callable[..., Settings]) -> Iterator[World]:
    with short_folder() as folder, ExitStack() as up:
        settings = Settings.load(folder / "lake")
        made = World(
            folder, settings, new_lake(folder / "undisturbed"), up.enter_context(running(settings)), up, every_month()
        )
        yield made


@pytest.fixture(autouse=True)
def _nothing_to_mend(
    world: World, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> Iterator[None]:
    """After each fault: the numbers of an undisturbed run, a delivery and a receipt per file, nothing for a person."""
    began = time.monotonic()
    world.sent, failed = world.kept(), world.failed()
    yield
    world.settle()
    with capsys.disabled():
        print(f"\n{request.node.name}: all is well after {time.monotonic() - began:.0f} s")
    build(world.undisturbed)
    assert world.delivered() == world.known()
    assert world.kept() == world.sent
    assert numbers(world.settings) == numbers(world.undisturbed)
    assert world.failed() == failed


def test_the_triggerer_is_killed(world: World) -> None:
    os.kill(world.stack.pids()["triggerer"], signal.SIGKILL)
    world.drop(world.write())


def _kill_while_landing(world: World, whom: Callable[[int], int]) -> None:
    world.drop(world.write(MANY_ROWS))
    pid = until(world.landing_pid, "a file is being landed", every=0.05, story=world.airflow.story)
    os.kill(whom(pid), signal.SIGKILL)


def test_a_task_is_killed_while_it_lands(world: World) -> None:
    _kill_while_landing(world, lambda task: task)


def test_a_worker_is_killed_while_its_task_lands(world: World) -> None:
    _kill_while_landing(world, parent)


def test_every_idle_worker_is_killed(world: World) -> None:
    """One of them waits for the next task, with a lock in its hand."""
    workers = [pid for pid in world.stack.children("scheduler") if is_idle(pid)]
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    world.drop(world.write())


def is_idle(pid: int) -> bool:
    try:
        return b"<idle>" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # a task that has just ended
        return False


def parent(pid: int) -> int:
    found = processes.look(pid)
    assert found is not None
    return found.parent


def test_the_scheduler_is_killed_while_a_build_runs(world: World) -> None:
    world.drop(world.write())
    until(world.is_building, "a build runs", every=0.05, story=world.airflow.story)
    os.kill(world.stack.pids()["scheduler"], signal.SIGKILL)


def test_postgres_is_killed_while_a_file_is_landed(world: World) -> None:
    world.drop(world.write(MANY_ROWS))
    until(world.landing_pid, "a file is being landed", every=0.05, story=world.airflow.story)
    os.kill(world.stack.pids()["postgres"], signal.SIGKILL)


def test_files_are_dropped_while_all_is_down(world: World) -> None:
    world.stop()
    for _ in range(3):
        world.drop(world.write())
    world.start()


def test_a_file_is_dropped_twice_at_once_under_two_names(world: World) -> None:
    path = world.write()
    again = path.with_name(f"{path.stem} (1).csv")
    shutil.copyfile(path, again)
    for each in (path, again):
        world.drop(each)


def test_a_file_is_dropped_twice_at_once_under_one_name(world: World) -> None:
    """The second takes the first one's place before anybody took that."""
    path = world.write()
    world.expect(path)
    for beside in (world.inbox / f"{path.name}.{number}.part" for number in (1, 2)):
        shutil.copyfile(path, beside)
        beside.replace(world.inbox / path.name)


def test_uploads_grow_for_twenty_seconds(world: World) -> None:
    """One is kept open, one is opened anew for each piece."""
    kept_open, opened_anew = world.write(), world.write()
    uploads = [
        threading.Thread(target=upload, args=(path, world.inbox / path.name), kwargs={"keep_open": keep_open})
        for path, keep_open in ((kept_open, True), (opened_anew, False))
    ]
    for each in (kept_open, opened_anew):
        world.expect(each)
    for each in uploads:
        each.start()
    for each in uploads:
        each.join()


def upload(path: Path, target: Path, *, keep_open: bool, seconds: float = 20, pieces: int = 40) -> None:
    """Write a file piece by piece, the rows cut anywhere."""
    whole = path.read_bytes()
    size = len(whole) // pieces + 1
    parts = [whole[start : start + size] for start in range(0, len(whole), size)]
    if keep_open:
        with target.open("wb", buffering=0) as file:
            for part in parts:
                file.write(part)
                time.sleep(seconds / pieces)
        return
    for part in parts:
        with target.open("ab") as file:
            file.write(part)
        time.sleep(seconds / pieces)


def test_a_file_is_replaced_while_it_is_read(world: World) -> None:
    """A later publication of the same month takes its name: both are deliveries, the later one stays."""
    first = world.write(MANY_ROWS)
    later = world.write(MANY_ROWS, month=first.name[:7], vintage=2)
    world.drop(first)
    kept = Path(world.settings.raw)
    until(lambda: list(kept.glob(f"*/{digest(first)}")), "its bytes are kept", every=0.05, story=world.airflow.story)
    beside = world.inbox / f"{later.name}.part"
    shutil.copyfile(later, beside)
    beside.replace(world.inbox / later.name)
    world.expect(later)


def test_the_inbox_disappears_and_returns(world: World) -> None:
    """It goes while a file is being landed; another is put into it while it is away."""
    inbox = Path(world.settings.watched)
    away = inbox.with_name("inbox.away")
    world.drop(world.write(MANY_ROWS))
    until(world.landing_pid, "a file is being landed", every=0.05, story=world.airflow.story)
    inbox.rename(away)
    path = world.write()
    world.expect(path)
    drop(away, FEED, path)
    seen = world.stack.layout.log("triggerer")
    until(
        lambda: f"The inbox of {FEED} cannot be listed" in seen.read_text(encoding="utf-8", errors="replace"),
        "the watcher has noticed",
        story=world.airflow.story,
    )
    away.rename(inbox)
