"""The common part of both child processes: limits, one job from the working folder, the answer."""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safer_kpi.errors import InputRefused

if TYPE_CHECKING:
    from collections.abc import Callable

BEGIN = b"\n"
"""What a child reads from standard input when its job is there."""
SPARE_BYTES = 64 * 2**20
CLEAN = "clean.csv"
"""The working folder's clean copy of a table: source row and fields, each quoted, lines ended by a line feed."""


def confined(
    work: Callable[[dict[str, Any]], dict[str, Any]],
    most_written: Callable[[dict[str, Any]], int],
    *,
    out_of_memory: type[Exception] = MemoryError,
    disk_failed: tuple[type[Exception], ...] = (),
) -> None:
    """Wait for the job, do it under its limits and write the answer; the parent interprets any other end.

    Args:
        work: does a job and returns the answer.
        most_written: the most bytes of a file that it writes.
        out_of_memory: the errors that its engine raises when memory runs out.
        disk_failed: the errors that its engine raises when the disk fails.
    """
    if os.read(sys.stdin.fileno(), len(BEGIN)) != BEGIN:
        return  # the parent has ended, or has no job
    told: dict[str, Any] = json.loads(Path("job.json").read_bytes())
    # Nothing else may write where the answer goes.
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit(told["memory_bytes"], told["cpu_seconds"], most_written(told))
    try:
        answer = work(told)
    except InputRefused as refused:
        answer = {
            "refused": {
                "what": refused.what,
                "rule": refused.rule,
                "row": refused.row,
                "next_action": refused.next_action,
            }
        }
    except (MemoryError, out_of_memory):
        answer = {
            "refused": {
                "what": f"Reading the file was given up: it needs more than {told['memory_bytes']:,} bytes of memory.",
                "rule": "sandbox",
                "row": None,
                "next_action": "Ask the partner for a smaller export, or allow more memory.",
            }
        }
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise
        # A full disk is no fault of the file's.
        answer = {"failed": error.strerror or type(error).__name__}
    except disk_failed:
        answer = {"failed": "the rows could not be written"}
    with os.fdopen(out, "w", encoding="ascii") as file:
        json.dump(answer, file)
    # The rest of a normal exit (DuckDB's and the interpreter's tidying) has nothing left to save.
    os._exit(0)


def _limit(memory_bytes: int, cpu_seconds: int, file_bytes: int) -> None:
    """Limit allocated memory and not address space: DuckDB and threads reserve far more than they use."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_DATA, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed if kind != resource.RLIMIT_CPU else hard))


def _end_with_parent() -> None:
    """End this process when standard input closes, which happens when the parent ends.

    Read straight from the descriptor: a lock on its buffer would abort an exit by exception.
    """
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)
