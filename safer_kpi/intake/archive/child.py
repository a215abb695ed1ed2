"""The child process of an archive: list the files in it, or unpack one of them.

It imports only the standard library.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safer_kpi.intake.archive.limits import ArchiveLimits
from safer_kpi.intake.archive.listing import files_of
from safer_kpi.intake.confined import SPARE_BYTES, confined
from safer_kpi.intake.zip import content, has_remarks, parts_of

UNPACKED = "unpacked"
"""The name that the unpacked file has in the working folder."""


def main() -> None:
    """Read the job, do it under its limits, write the answer."""
    confined(work, _most_written)


def _most_written(told: dict[str, Any]) -> int:
    return int(told["limits"]["max_unpacked"]) + SPARE_BYTES if told["place"] is not None else SPARE_BYTES


def work(told: dict[str, Any]) -> dict[str, Any]:
    """List the files of an archive, or unpack the one at a place."""
    limits = ArchiveLimits(**told["limits"])
    with Path(told["path"]).open("rb") as file:
        if told["place"] is None:
            return {"files": [list(found) for found in files_of(file, limits)], "has_remarks": has_remarks(file)}
        part = parts_of(file, limits)[told["place"]]
        with Path(UNPACKED).open("wb") as out:
            out.writelines(content(file, part, limits))
    return {}
