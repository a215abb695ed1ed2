"""The signals that ask a command to end: Ctrl-C and SIGTERM."""

from __future__ import annotations

import signal
from typing import NoReturn

asked: list[int] = []
"""The signals that asked this process to end. What was running may have turned the exception into one of its own."""


class Terminated(BaseException):
    """The system asked this process to end: SIGTERM."""


def heed() -> None:
    """End in order on SIGTERM, as on Ctrl-C: what was begun is undone before the process ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _ask)


def let_go() -> None:
    """Let a signal end the process at once: what it had to do is done."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is _ask:
            signal.signal(number, signal.SIG_DFL)


def _ask(number: int, _: object) -> NoReturn:
    asked.append(number)
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt
