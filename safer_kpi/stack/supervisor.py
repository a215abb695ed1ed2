"""Start the components of a stack, restart those that die, and stop them in order.

One thread sleeps until a signal comes: a child's death or a request to stop.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from safer_kpi.files import write_durably
from safer_kpi.stack import processes
from safer_kpi.stack.adoption import adopt_orphans, reap_orphans
from safer_kpi.stack.component import Component, Spec
from safer_kpi.stack.layout import MARKER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from safer_kpi.stack.layout import Layout
    from safer_kpi.stack.plan import Plan


class _Stopped(Exception):
    """The supervisor was asked to stop."""


class Supervisor:
    """The parent of a stack's components.

    Args:
        layout: the stack's folder.
        environment: what each component inherits.
        address: the URL of the stack, written to its state file.
        tied: a file whose end means that the process that started the stack is gone.
        look_every: seconds between checks of conditions that send no signal, such as the length of a log.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        environment: Mapping[str, str],
        address: str = "",
        tied: int | None = None,
        look_every: float = 5,
    ) -> None:
        self._layout = layout
        # Only the children carry the marker: the guard kills every process that does, and we must outlive a clean stop.
        self._environment = {**environment, MARKER: str(layout.folder)}
        self._address = address
        self._tied = tied
        self._look_every = look_every
        self._components: list[Component] = []
        self._database: Component | None = None
        self._database_is_ready: Callable[[int], bool] = bool
        self._guard: subprocess.Popen[bytes] | None = None
        self._awake, self._alarm = socket.socketpair()
        self._stopping = False
        self._looked = time.monotonic()

    def run(
        self,
        plan: Plan,
        *,
        database_is_ready: Callable[[int], bool] = bool,
        when_prepared: Callable[[], None] = lambda: None,
    ) -> None:
        """Run the plan until a signal, or the end of the tied file, says to stop.

        Args:
            plan: the components to run.
            database_is_ready: returns whether the database with that process id (0: none) takes connections.
            when_prepared: called when the component that runs once has ended successfully.
        """
        self._listen()
        self._database_is_ready = database_is_ready
        processes.end(lambda: processes.marked(self._layout.folder))  # processes that a killed supervisor left behind
        tiers: list[list[Component]] = []
        try:
            self._start_guard()
            if plan.stores:
                tiers.append(self._start(*plan.stores))
            if plan.database is not None:
                tiers.append(self._start(plan.database))
                self._database = tiers[-1][0]
                self._until(self._has_database)
            for once in plan.once:
                tiers.append(self._start(once))
                self._until(lambda: tiers[-1][0].is_done)
            if plan.once:
                when_prepared()
            # All at once; tier by tier only when they stop.
            tiers += [self._start(*tier) for tier in plan.tiers]
            self._until(lambda: False)
        except _Stopped:
            pass
        finally:
            self._stop(tiers)

    def _listen(self) -> None:
        for end in (self._awake, self._alarm):
            end.setblocking(False)
        signal.set_wakeup_fd(self._alarm.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        adopt_orphans()

    def _ask(self, *_: object) -> None:
        self._stopping = True

    def _start_guard(self) -> None:
        # No child inherits the writing end of the pipe, so it closes when we die for any reason.
        self._guard = subprocess.Popen(  # noqa: S603 (our own words, no shell)
            [sys.executable, "-P", "-m", "safer_kpi.stack.guard", str(self._layout.folder)],
            stdin=subprocess.PIPE,
            env=self._environment,
            start_new_session=True,
        )

    def _start(self, *specs: Spec) -> list[Component]:
        tier = [Component(spec, log=self._layout.log(spec.name), environment=self._environment) for spec in specs]
        self._components += tier
        for component in tier:
            component.start()
        self.tell()
        return tier

    def _until(self, condition: Callable[[], bool]) -> None:
        """Supervise the components until a condition holds."""
        while not condition():
            # No signal comes when the database is ready.
            self._sleep(self._look_every if self._has_database() else 0.05)
            if self._stopping:
                raise _Stopped
            self._see_to_the_dead()
            if time.monotonic() - self._looked > self._look_every:
                self._looked = time.monotonic()
                for component in self._components:
                    component.shorten_log()

    def _sleep(self, seconds: float) -> None:
        due = [component.due - time.monotonic() for component in self._components if component.waits]
        watched = [self._awake.fileno(), *([] if self._tied is None else [self._tied])]
        readable, _, _ = select.select(watched, [], [], max(0, min([seconds, *due])))
        with contextlib.suppress(BlockingIOError):
            self._awake.recv(4096)
        if self._tied is not None and self._tied in readable and not os.read(self._tied, 4096):
            self._stopping = True

    def _has_database(self) -> bool:
        return self._database is None or self._database_is_ready(self._database.pid if self._database.is_running else 0)

    def _see_to_the_dead(self) -> None:
        changed = False
        has_database = self._has_database()
        for component in self._components:
            code = component.notice()
            if code is not None:
                self._say(f"{component.spec.name} ended with {code}")
                if component is self._database:
                    self._kill_who_needs_it()
            may_start = has_database or component is self._database
            restart = component.waits and may_start and component.due <= time.monotonic()
            if restart:
                component.start()
            changed = changed or restart or code is not None
        if self._guard is not None and self._guard.poll() is not None:
            self._start_guard()
        reap_orphans({component.pid for component in self._components} | {self._guard.pid if self._guard else 0})
        if changed:
            self.tell()

    def _kill_who_needs_it(self) -> None:
        for component in self._components:
            if component.spec.needs_database:
                component.kill()

    def _stop(self, tiers: list[list[Component]]) -> None:
        for tier in reversed(tiers):
            for component in tier:
                component.ask_to_stop()
            asked_at = time.monotonic()
            for component in tier:
                component.await_stop(asked_at)
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()  # it ends the processes that left its session, and then itself
            self._guard.wait()
        reap_orphans(set())
        self._layout.state.unlink(missing_ok=True)
        self._say("stopped")

    def tell(self) -> None:
        """Write the state file: which components run."""
        me = processes.look(os.getpid())
        state = {
            "address": self._address,
            "supervisor": {"pid": os.getpid(), "started": me.started if me else 0},
            "components": {
                component.spec.name: {
                    "pid": component.pid if component.is_running else 0,
                    "started": component.started,
                    "started_at": component.started_at,
                    "restarts": component.restarts,
                    "failures": component.failures,
                }
                for component in self._components
                if not component.spec.once or not component.is_done
            },
        }
        write_durably(self._layout.state, (json.dumps(state, indent=1) + "\n").encode(), private=True)

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {text}\n")
        sys.stdout.flush()
