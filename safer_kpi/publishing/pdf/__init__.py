"""A report as one accessible PDF (PDF/UA-1): what a panel reads, on A4. Needs the extra ``report`` (Typst).

The PDF is made from markup of the same templates as the pages, so it says what the pages say. ``tree`` reads that
markup into a few kinds of blocks, ``drawings`` fixes the sizes and styles of the charts, and ``report.typ`` sets the
blocks on sheets. Text reaches Typst as data and never as code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safer_kpi.publishing.pdf.sheets import sheets
from safer_kpi.publishing.pdf.tree import read
from safer_kpi.publishing.site.render import paper

if TYPE_CHECKING:
    from safer_kpi.publishing.model.report import Report

#: The file of the PDF in the folder of a report.
PDF = "report.pdf"


def pdf(report: Report) -> bytes:
    """Return the report as a PDF: the same report gives the same bytes."""
    return sheets(read(paper(report)), report)
