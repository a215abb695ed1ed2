"""What people see of a comparison: a summary in sentences, statements, one page, and the rows as CSV."""

from __future__ import annotations

from safer_kpi.reading.statement.document import page
from safer_kpi.reading.statement.explain import Explanation, explain
from safer_kpi.reading.statement.numbers import Slice
from safer_kpi.reading.statement.rows_csv import write_rows

__all__ = ["Explanation", "Slice", "explain", "page", "write_rows"]
