"""A child process that reads several files of one dialect; one that is not plain and even is left to a child alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safer_kpi.intake.child import MOST_GROWTH, job_of
from safer_kpi.intake.confined import SPARE_BYTES, confined
from safer_kpi.intake.even import read_even
from safer_kpi.intake.read import DiskFailed, OutOfMemory, connected

ROWS = "rows.{}.parquet"
"""What the child leaves of each file, by its number."""
_INPUT = "input.{}.csv"


def main() -> None:
    """Read the job, do it under its limits and write the answer; the parent interprets any other end."""
    confined(_read, _most_written, out_of_memory=OutOfMemory, disk_failed=(DiskFailed,))


def _most_written(told: dict[str, Any]) -> int:
    return max(int(file["found"]["bytes"]) for file in told["files"]) * MOST_GROWTH + SPARE_BYTES


def _read(told: dict[str, Any]) -> dict[str, Any]:
    """Return for each file whether its rows are there, whole."""
    jobs = [job_of(told | file) for file in told["files"]]
    names = [(_INPUT.format(number), ROWS.format(number)) for number in range(len(jobs))]
    for (source, _), job in zip(names, jobs, strict=True):
        Path(source).symlink_to(job.path)  # before DuckDB is told which paths it may touch: it looks where they lead
    largest = max(job.found.bytes for job in jobs)
    connection = connected(told["memory_bytes"], [name for both in names for name in both], size=largest)
    return {
        "read": [read_even(connection, source, job, target) for (source, target), job in zip(names, jobs, strict=True)]
    }
