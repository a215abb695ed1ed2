"""Airflow's local executor, with workers that have imported what the tasks need."""

from __future__ import annotations

import fcntl
import tempfile
from collections import Counter
from typing import TYPE_CHECKING, Any

from airflow.executors.local_executor import LocalExecutor
from airflow.utils.state import TaskInstanceState

if TYPE_CHECKING:
    from collections.abc import Sequence

_ENDED = (TaskInstanceState.SUCCESS, TaskInstanceState.FAILED)


class KernelLock:
    """A lock shared with forked processes; the kernel releases it when its holder dies.

    A lock of multiprocessing stays locked for ever when its holder is killed, and an idle worker always holds one.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (open as long as the lock is)

    def __enter__(self) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN)


class WarmLocalExecutor(LocalExecutor):
    """Import the libraries of landing and building once, before the workers are forked.

    Each task is a fork of a worker. Without this, a task would spend longer on imports than on landing a small file.
    The libraries start no threads and open no files when they are imported.

    A task that waits for a person ends its process and continues in another one after the answer. If the answer comes
    before that end, Airflow would take the end of the first process for the death of the second and lose the answer.
    Here the end of a task's process counts only if it is the last process of that try.

    A worker may be killed at any time, idle or not: another one replaces it.
    """

    def start(self) -> None:
        """Import, then start the workers."""
        from safer_kpi.engine import give_back_soon

        give_back_soon()
        import pandera.polars

        import safer_kpi.inbox
        import safer_kpi.releases
        from safer_kpi.compute import import_libraries

        own = (safer_kpi.inbox.__name__, safer_kpi.releases.__name__)
        names = (pandera.polars.__name__, *import_libraries(), *own)
        self.log.info("Workers start with %s", ", ".join(names))
        self._processes: Counter[Any] = Counter()
        super().start()

    def _spawn_worker(self) -> None:
        queues: tuple[Any, ...] = (self.activity_queue, self.result_queue)
        for queue in queues:
            if not isinstance(queue._rlock, KernelLock):  # noqa: SLF001 (there is no other way to give it one)
                queue._rlock, queue._wlock = KernelLock(), KernelLock()  # noqa: SLF001 (it takes none from outside)
        super()._spawn_worker()  # type: ignore[no-untyped-call] # airflow's own has no types

    def _process_workloads(self, workload_list: Sequence[Any]) -> None:
        self._processes.update(each.key for each in workload_list)
        super()._process_workloads(workload_list)  # type: ignore[no-untyped-call] # airflow's own has no types

    def change_state(self, key: Any, state: Any, info: Any = None, remove_running: bool = True) -> None:
        """Record the end of a task's process, unless another process of the same try has started."""
        if state in _ENDED:
            self._processes[key] -= 1
            if self._processes[key] > 0:
                return
            del self._processes[key]
        super().change_state(key, state, info, remove_running)
