"""Publishing: reports for the panel, the officer and the resident, made of one certified release and the one before.

``opening`` and ``reading_facts`` read what a release states, ``model`` puts it into words page by page, ``draw`` draws
it, ``site`` renders the pages, ``workbook`` makes the spreadsheet and ``exports`` the data files; a strategic
assessment is a report with more sections. Every number and sentence has one source in the release. ``sealing`` makes a
publication of a report, ``public`` the public edition of a release, and ``withdrawing`` takes one back; they alone need
the pipeline.
"""

from __future__ import annotations

from safer_kpi.publishing.made import ASSESSMENT, COMMENTARY, REPORT, SITE, differences, make_report, report_files
from safer_kpi.publishing.model.report import Report, report
from safer_kpi.publishing.opening import opened
from safer_kpi.publishing.reading_facts import read_facts
from safer_kpi.publishing.site.render import render
from safer_kpi.publishing.writing import write

__all__ = [
    "ASSESSMENT",
    "COMMENTARY",
    "REPORT",
    "SITE",
    "Report",
    "differences",
    "make_report",
    "opened",
    "read_facts",
    "render",
    "report",
    "report_files",
    "write",
]
