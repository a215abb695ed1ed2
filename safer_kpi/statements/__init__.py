"""What people see of a comparison: a summary in sentences, statements, one page, and the rows as CSV."""

from __future__ import annotations

from safer_kpi.statements.document import page
from safer_kpi.statements.explain import Explanation, explain
from safer_kpi.statements.numbers import Slice
from safer_kpi.statements.rows_csv import write_rows

__all__ = ["Explanation", "Slice", "explain", "page", "write_rows"]
