"""A call that runs beside its caller, in a thread of its own.

``concurrent.futures`` does the same, and imports ``logging``: that is a fiftieth of the time of a command that shows
one number.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Beside(Generic[T]):
    """A call that has begun."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._result: T
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def result(self) -> T:
        """Wait for the call, and return what it returned or raise what it raised."""
        self._thread.join()
        if self._problem is not None:
            raise self._problem
        return self._result

    def _run(self) -> None:
        try:
            self._result = self._call()
        except BaseException as problem:  # noqa: BLE001 (whoever asks for the result gets it)
            self._problem = problem
