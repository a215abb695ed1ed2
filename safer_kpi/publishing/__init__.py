"""Publishing: a report for the panel, the officer and the resident, made of one certified release and the one before.

``opening`` and ``reading_facts`` read what a release states, ``model`` puts it into words page by page, ``draw`` draws
it, and ``site`` renders the pages. Every number and sentence has one source in the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing.model.report import Report, report
from safer_kpi.publishing.opening import opened
from safer_kpi.publishing.reading_facts import read_facts
from safer_kpi.publishing.site.render import render
from safer_kpi.publishing.writing import write

if TYPE_CHECKING:
    import os

__all__ = ["Report", "make_report", "opened", "read_facts", "render", "report", "write"]


def make_report(
    release: str, *, home: str | os.PathLike[str] | None = None, previous: str | None = None, area: str | None = None
) -> Report:
    """Return the report that a release makes: see ``opened`` and ``read_facts`` for the arguments and errors."""
    with opened(release, home=home, previous=previous) as found:
        return report(read_facts(found, area=area))
