"""One program of a stack: started in a session of its own, restarted when it dies, with a log that stays short."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from safer_kpi.stack import processes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOG_BYTES = 4 << 20
#: Seconds after which a component is known to live: importing Airflow takes less, also on a busy machine.
_SETTLED = 15


@dataclass(frozen=True, kw_only=True)
class Spec:
    """The description of a component.

    Attributes:
        name: its name in logs, state and messages.
        command: its command line.
        user: the user it runs as; None for ours.
        stop_signal: the signal that asks it to end.
        stop_seconds: how long it may take to end before it is killed.
        once: whether it runs once and is not restarted after a successful end.
        needs_database: whether to kill it when the database dies; it would notice too late by itself.
    """

    name: str
    command: tuple[str, ...]
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 8
    once: bool = False
    needs_database: bool = False


class Component:
    """A running component: its process, and when to start it again."""

    def __init__(self, spec: Spec, *, log: Path, environment: Mapping[str, str], longest_delay: float = 20) -> None:
        self.spec = spec
        self.restarts = 0
        self.is_done = False
        self.pid = 0
        self.started = 0
        self.started_at = 0.0
        self.due = 0.0
        self._log = log
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self._longest_delay = longest_delay

    @property
    def is_running(self) -> bool:
        """Whether its process has started and is not known to be dead."""
        return self._process is not None

    @property
    def waits(self) -> bool:
        """Whether it is dead and waits for its next start."""
        return self._process is None and not self.is_done

    def start(self) -> None:
        """Start it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 (our own words, no shell)
                self.spec.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                user=self.spec.user,
                group=pwd.getpwnam(self.spec.user).pw_gid if self.spec.user else None,
                extra_groups=[] if self.spec.user else None,  # another user gets none of our groups
                start_new_session=True,
            )
        self.pid = self._process.pid
        seen = processes.look(self.pid)
        self.started = seen.started if seen else 0
        self.started_at = time.time()

    def notice(self) -> int | None:
        """Return its exit code, or the negative number of the signal, if it died since the last call; else None.

        The rest of its session is killed. Its next start is delayed, and the delay grows while it keeps dying early.
        """
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self._process = None
        self.end_session()
        if self.spec.once and code == 0:
            self.is_done = True
            return code
        lived = time.time() - self.started_at
        self.failures = 1 if lived > _SETTLED else self.failures + 1
        self.due = time.monotonic() + min(self._longest_delay, 0.25 * 2 ** (self.failures - 1))
        self.restarts += 1
        return code

    def end_session(self) -> None:
        """Kill all processes that it started: workers of a killed scheduler must not outlive it."""
        if self.pid:
            processes.end(lambda: processes.of_session(self.pid))

    def kill(self) -> None:
        """Kill its process."""
        if self._process is not None:
            self._process.kill()

    def ask_to_stop(self) -> None:
        """Send its process alone the signal that asks it to end."""
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, self.spec.stop_signal)

    def await_stop(self, asked_at: float) -> None:
        """Wait for its end as long as it may take, then kill the rest of its session."""
        if self._process is not None:
            try:
                self._process.wait(max(0, asked_at + self.spec.stop_seconds - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        self.end_session()

    def shorten_log(self) -> None:
        """Cut its log to the last two lengths. The program keeps the file open, so the file is emptied in place."""
        if self._log.stat().st_size > LOG_BYTES:
            shutil.copyfile(self._log, self._log.with_suffix(".log.1"))
            os.truncate(self._log, 0)
