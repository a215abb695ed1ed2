"""The report as a spreadsheet, by the Analysis Function's rules: needs the extra ``report`` (gptables).

``cells`` and ``sheet`` say what a sheet is; each of the other modules makes some sheets of a report, ``book`` writes
them all, and ``packing`` makes the file independent of the machine.
"""

from __future__ import annotations

from safer_kpi.publishing.workbook.book import WORKBOOK, workbook

__all__ = ["WORKBOOK", "workbook"]
