"""The process of a command: from its first signal to its exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from safer_kpi.cli.signals import Terminated, asked, heed, let_go

if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED, TERMINATED = 130, 143
#: New objects between two searches for garbage: with Python's 700, dozens of searches are made while a command imports.
OBJECTS = 100_000


def run(load: Callable[[], Callable[[], object]]) -> NoReturn:
    """Run a command line and end the process with its exit code; ``load`` imports it, when signals are heeded."""
    code = 0
    gc.set_threshold(OBJECTS)
    try:
        heed()
        for stream in (sys.stdout, sys.stderr):
            # What the terminal cannot show is written as an escape: a name never ends a command.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a text stream at start
        load()()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except (KeyboardInterrupt, Terminated):
        code = TERMINATED if signal.SIGTERM in asked else INTERRUPTED
    let_go()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            # The reader has gone: nothing may complain at the interpreter's end.
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    # Memory goes back with the process: nothing in it is searched for garbage once more.
    gc.freeze()
    sys.exit(code)
