"""The child process: set limits, do one job from the working folder, write the answer to standard output.

It imports only the standard library and DuckDB, because most deliveries are small and it must start quickly.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safer_kpi.intake.confined import CLEAN, SPARE_BYTES, confined
from safer_kpi.intake.dialect import Dialect
from safer_kpi.intake.even import Job
from safer_kpi.intake.found import Preflight
from safer_kpi.intake.read import DiskFailed, OutOfMemory, read, read_copied

# The clean copy quotes each field: an empty one of one byte becomes three, and a source row is written before it.
MOST_GROWTH = 16


def main() -> None:
    """Read the job, do it under its limits and write the answer; the parent interprets any other end."""
    confined(_read, _most_written, out_of_memory=OutOfMemory, disk_failed=(DiskFailed,))


def _most_written(told: dict[str, Any]) -> int:
    taken = told["found"]["bytes"] if "found" in told else Path(CLEAN).stat().st_size
    return int(taken) * MOST_GROWTH + SPARE_BYTES


def _read(told: dict[str, Any]) -> dict[str, Any]:
    if "found" not in told:
        return read_copied(tuple(told["columns"]), told["rows"], told["memory_bytes"])
    return read(job_of(told))


def job_of(told: dict[str, Any]) -> Job:
    """Return the job that a parent tells of."""
    return Job(
        path=Path(told["path"]),
        found=Preflight(**{**told["found"], "header": tuple(told["found"]["header"])}),
        dialect=Dialect(**{**told["dialect"], "encodings": tuple(told["dialect"]["encodings"])}),
        columns=tuple(told["columns"]),
        memory_bytes=told["memory_bytes"],
    )
