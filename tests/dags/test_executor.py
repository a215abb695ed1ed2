"""The executor's workers may be killed at any moment, and a task's processes are told apart."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import pytest


@pytest.fixture
def lock():
    from safer_kpi.orchestration.executor import KernelLock

    return KernelLock()


def _hold(lock, held) -> None:
    with lock:
        held.set()
        time.sleep(600)


def _take(lock, taken) -> None:
    with lock:
        taken.set()


def test_a_lock_is_open_once_its_holder_was_killed(lock) -> None:
    fork = multiprocessing.get_context("fork")
    held, taken = fork.Event(), fork.Event()
    holder = fork.Process(target=_hold, args=(lock, held))
    holder.start()
    assert held.wait(10)
    waiting = fork.Process(target=_take, args=(lock, taken))
    waiting.start()
    assert not taken.wait(0.3)
    os.kill(holder.pid, signal.SIGKILL)
    assert taken.wait(10)
    for process in (holder, waiting):
        process.join(10)


def _serve(requests, answers) -> None:
    while (number := requests.get()) is not None:
        answers.put(number)


def test_a_queue_goes_on_when_an_idle_reader_was_killed(lock) -> None:
    fork = multiprocessing.get_context("fork")
    requests, answers = fork.SimpleQueue(), fork.SimpleQueue()
    requests._rlock = lock
    readers = [fork.Process(target=_serve, args=(requests, answers)) for _ in range(2)]
    for reader in readers:
        reader.start()
    time.sleep(0.3)  # one of them has the lock by now, and waits for the pipe; whichever it is
    os.kill(readers[0].pid, signal.SIGKILL)
    readers[0].join(10)
    requests.put(7)
    assert answers._reader.poll(10)
    assert answers.get() == 7
    requests.put(None)
    readers[1].join(10)


def test_an_end_that_is_not_the_last_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person answers while the asking process still ends: its end is not that of the process that goes on."""
    from collections import Counter

    from airflow.executors.local_executor import LocalExecutor
    from airflow.utils.state import TaskInstanceState

    from safer_kpi.orchestration.executor import WarmLocalExecutor

    told = []
    monkeypatch.setattr(LocalExecutor, "change_state", lambda _self, key, state, *_: told.append((key, state)))
    executor = WarmLocalExecutor(parallelism=1)
    executor._processes = Counter({"asked": 2})
    executor.change_state("asked", TaskInstanceState.SUCCESS)
    assert told == []
    executor.change_state("asked", TaskInstanceState.SUCCESS)
    assert told == [("asked", TaskInstanceState.SUCCESS)]
