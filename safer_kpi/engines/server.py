"""A Sail of our own: a child of this process on the loopback, which ends when this process does."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from safer_kpi.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

#: It says where it listens, and ends with its standard input, which closes even if its parent is killed.
_SERVE = """
import sys
from pysail.spark import SparkConnectServer
server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
print(server.listening_address[1], flush=True)
sys.stdin.read()
"""


@contextmanager
def own_sail() -> Iterator[str]:
    """Yield the address of a Sail that runs until the block ends.

    Raises:
        Unavailable: it did not start.
    """
    with subprocess.Popen(  # noqa: S603 (our own interpreter, no shell, nothing from outside)
        [sys.executable, "-P", "-c", _SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise AssertionError
        try:
            port = child.stdout.readline().strip()
            if not port.isdigit():
                raise Unavailable(
                    "The engine Sail did not start.",
                    next_action="Run `python -m pysail spark server` to see why, or compute with DuckDB.",
                )
            yield f"sc://127.0.0.1:{int(port)}"
        finally:
            child.stdin.close()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
