"""Make the report of a release, and compare a folder with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing.model.commentary import read_commentary
from safer_kpi.publishing.model.report import Report, report
from safer_kpi.publishing.opening import opened
from safer_kpi.publishing.reading_facts import read_facts

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

#: The folder of the report in a publication, and the file of its comments.
SITE = "site"
COMMENTARY = "commentary.yaml"


def make_report(
    release: str,
    *,
    home: str | os.PathLike[str] | None = None,
    previous: str | None = None,
    area: str | None = None,
    commentary: Path | None = None,
) -> Report:
    """Return the report that a release makes, with the comments of a file.

    ``opened``, ``read_facts`` and ``commentary`` tell of the arguments and errors.
    """
    said = None if commentary is None else read_commentary(commentary)
    with opened(release, home=home, previous=previous) as found:
        return report(read_facts(found, area=area), said)


def differences(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Return what in a folder is not as the files of a report are: each path, and whether it differs or is missing."""
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    found = [f"{name} is missing" for name in files.keys() - there.keys()]
    found += [f"{name} does not belong to it" for name in there.keys() - files.keys()]
    found += [f"{name} differs" for name in files.keys() & there.keys() if there[name].read_bytes() != files[name]]
    return sorted(found)
